import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { modelsOutOfReach } from '../../src/main/runtime/manifests/model-reach.ts';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

const key = { OPENAI_API_KEY: 'sk-test', ANTHROPIC_API_KEY: '' };
const noKey = { OPENAI_API_KEY: '', ANTHROPIC_API_KEY: '' };
const thinker = (name: string, more: object = {}) =>
  ({ version: '1.0', name, model: 'openai:gpt-5-mini', instructions: 'Think.', ...more }) as never;
const reason = 'needs the model openai:gpt-5-mini, which';

test('an agent is put on no node that has no key for its model, by hand or by itself', async () => {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock, hub: 'b' });
  const nodes: ClusterNode[] = [];
  for (const [name, env] of [
    ['b', noKey],
    ['a', key],
    ['c', key],
  ] as const)
    nodes.push(await world.start(name, { env }));
  const [b, a, c] = nodes as Nodes;
  for (const node of nodes) await node.crossing.roster.tellNow();
  await a.api.createProcess({ manifest: thinker('t1', { placement: { failover: 'auto' } }), start: true });
  await passing(clock, async () =>
    (await a.crossing.shipping.lags()).every(({ entries, standby }) => standby && entries === 0),
  );
  expect(a.crossing.shipping.standbyOf('t1')).toBe('c');
  await expect(a.api.moveProcess({ name: 't1', node: 'b' })).rejects.toMatchObject({
    code: 'PLACEMENT_REFUSED',
    details: { reasons: [expect.stringContaining(reason)] },
  });
  const { nodes: fits } = await a.api.placement({ name: 't1' });
  expect(fits.map(({ node, reasons }) => [node, reasons.length])).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 0],
  ]);
  await a.kill();
  await passing(clock, () => c.side.process('t1') !== undefined);
  expect(b.side.process('t1')).toBeUndefined();
});

test('what is not reached says why: a key, or a server on that machine; one of several is enough', async () => {
  const server = createServer((_request, response) => response.writeHead(401).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gpt = { id: 'openai:gpt-5-mini', hasKey: false };
  const llama = { id: 'ollama:llama3.2', hasKey: false };
  const lacking = (models: Parameters<typeof modelsOutOfReach>[0], env: Record<string, string> = {}) =>
    modelsOutOfReach(models, env, 'mill');
  expect(await lacking([])).toEqual([]);
  expect(await lacking([gpt])).toEqual([`${reason} mill has no key for`]);
  expect(await lacking([gpt], { OPENAI_API_KEY: 'sk-test' })).toEqual([]);
  expect(await lacking([{ ...gpt, hasKey: true }])).toEqual([]);
  expect(await lacking([llama], { OLLAMA_HOST: there })).toEqual([]);
  const away = { OLLAMA_HOST: 'http://127.0.0.1:1' };
  const silent = ['needs the model ollama:llama3.2, whose server does not answer at http://127.0.0.1:1 from mill'];
  expect(await lacking([llama], away)).toEqual(silent);
  expect(await lacking([llama, gpt], { ...away, OPENAI_API_KEY: 'sk-test' })).toEqual([]);
  expect(await lacking([llama, gpt], away)).toEqual([...silent, `${reason} mill has no key for`]);
  expect(await lacking([{ id: 'nobody:x', hasKey: false }])).toMatchObject([
    expect.stringContaining('mill cannot ask'),
  ]);
});
