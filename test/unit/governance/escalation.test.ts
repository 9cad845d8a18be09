import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { signatureOf } from '../../../src/main/governance/signed-post.ts';
import { script, wake } from '../../world/make.ts';
import { bodiesOf } from '../../world/outcomes.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();

interface Told {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Somebody who is told, and says no at first. */
async function listener(refusals: number): Promise<{ url: string; told: Told[]; asked(): number }> {
  const told: Told[] = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    if (asked++ < refusals) return response.writeHead(503).end();
    told.push({ headers: request.headers, body });
    response.end('thanks');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, told, asked: () => asked };
}

const stuck = (url: string, more: object = {}) => ({
  ...script(`for (let n = 0; n < 3; n++) await agent.tool('put', { what: 'same' })`),
  health: { onAnomaly: 'escalate' as const, escalation: { webhookUrl: url, ...more } },
});

test('a webhook is told, signed, until it takes it', async () => {
  await using world = await createWorld({ sandbox });
  const { url, told } = await listener(1);
  const process = world.process('p', { ...stuck(url, { webhookSecret: 'secret://hook' }) });
  await process.load();
  process.secrets.set('hook', 'a-secret-of-many-letters', { source: 'api' });
  await process.start();
  await wake(process);
  await world.until(() => told.length === 1);
  const [{ headers, body } = { headers: {}, body: '' }] = told;
  expect(JSON.parse(body)).toMatchObject({ process: 'p', guard: 'health', about: 'stuck' });
  const signature = String(headers['x-agent-runtime-signature']);
  expect(signature).toBe(signatureOf(body, 'a-secret-of-many-letters', Number(/t=(\d+)/.exec(signature)?.[1])));
  await world.until(() => Object.keys(process.snapshot.escalations).length === 0);
  expect(await bodiesOf(world, process, 'escalation.ended')).toMatchObject([{ outcome: 'taken', attempts: 2 }]);
});

test('what was not taken before a kill is told by the next program', async () => {
  await using world = await createWorld({ sandbox, journal: 'sqlite' });
  const { url, told, asked } = await listener(1);
  await wake(await world.started('p', stuck(url)));
  await world.until(() => asked() === 1);
  await world.until(async () =>
    (await world.journal.read('p', { kinds: ['state.changed'] })).some(
      (entry) => entry.kind === 'state.changed' && entry.body.to === 'suspended',
    ),
  );
  await world.restart('killed');
  const process = await world.takenUp('p');
  await world.until(() => told.length === 1);
  await world.until(() => Object.keys(process.snapshot.escalations).length === 0);
});
