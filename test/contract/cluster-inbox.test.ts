import { expect, test } from 'vitest';
import { type ClusterNode, ClusterWorld, passing } from '../world/cluster.ts';
import { script } from '../world/cluster-agents.ts';
import { HandClock } from '../world/hand-clock.ts';

type Nodes = [ClusterNode, ClusterNode, ClusterNode];

test('a failure goes with its agent to another node, and is answered there, once', async () => {
  const clock = new HandClock();
  const [, b, c] = (await new ClusterWorld({ clock }).startAll('a', 'b', 'c')) as Nodes;
  const body = `if (!event.metadata.redelivered_by) throw new Error('no answer'); return 'fine';`;
  const manifest = { ...(script('sync', body) as object), trigger_delivery: { max_retries: 0 } };
  await b.api.createProcess({ manifest: manifest as never, start: true });
  await b.api.wakeProcess({ name: 'sync', payload: {} });
  const item = await passing(clock, async () => (await b.api.listInbox({ kind: 'failure' })).items[0]);
  await b.api.moveProcess({ name: 'sync', node: 'c' });
  const there = await passing(clock, async () => (await c.api.listInbox({ kind: 'failure' })).items[0]);
  expect(there).toMatchObject({ id: item.id, about: { waiting: 1 } });
  expect((await b.api.listInbox({})).items).toEqual([]);
  expect((await b.api.node({})).needsYou).toBe(0);
  // So whoever asks here is asked on to the other nodes, and is not told that there is none while it is on its way.
  await expect(b.api.answerInboxItem({ id: item.id, answer: 'redeliver' })).rejects.toMatchObject({
    code: 'NOT_KNOWN_YET',
  });
  await c.api.answerInboxItem({ id: item.id, answer: 'redeliver' });
  await passing(clock, async () => (await c.api.listRuns({ state: 'done' })).items.length === 1);
  expect((await c.api.listInbox({})).items).toEqual([]);
  expect((await c.api.listRuns({ process: 'sync' })).items).toHaveLength(2);
});
