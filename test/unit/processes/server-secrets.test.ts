import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AuthorizationServer } from '../../world/authorization-server.ts';
import { GuardedMcp } from '../../world/guarded-mcp.ts';
import { script, wake } from '../../world/make.ts';
import { drained, settled } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld } from '../../world/world.ts';

const faulty = fileURLToPath(new URL('../tools/mcp/faulty-server.mjs', import.meta.url));

test('a tool server is started with the values of the secrets its settings name, and nobody else sees them', async () => {
  await using world = await createWorld({ journal: 'sqlite' });
  const runtime = await world.runtime();
  const process = await runtime.register({
    name: 'p',
    config: {
      ...script(`return (await agent.tool('faulty.environment', {})).secret`),
      servers: {
        faulty: {
          command: globalThis.process.execPath,
          args: [faulty, '--ledger', join(world.folder, 'ledger')],
          env: { SECRET: 'secret://key' },
        },
      },
    },
  });
  await process.secrets.set('key', 'a-value-nobody-guesses', { source: 'api' });
  await process.start();
  await wake(process);
  await drained(process);
  const [run] = await settled(world, process);
  expect(run?.output).toBe('[secret:key]');
});

test('signing in to a server is told with its link, and the tokens stay in the vault', async () => {
  await using authority = await AuthorizationServer.open();
  await using server = await GuardedMcp.open(authority);
  await using world = await createWorld({ journal: 'sqlite' });
  const runtime = await world.runtime();
  const client = await world.client();
  const process = await runtime.register({
    name: 'p',
    config: {
      ...script(`try { return await agent.tool('web.add', { a: 2, b: 3 }) } catch (e) { return e.code }`),
      servers: { web: { url: server.url, oauth: {} } },
    },
  });
  await process.start();
  await wake(process);
  await drained(process);
  expect((await settled(world, process))[0]?.output).toBe('MCP_SIGN_IN');
  const { link } = await client.signInToServer({ name: 'p', server: 'web' });
  const notes = await world.journal.read('p', { kinds: ['governance.noted'] });
  expect(notes.map(({ body }) => body)).toMatchObject([
    { guard: 'secrets', what: 'sign_in', about: 'web', text: expect.stringContaining(String(link)) },
  ]);
  await until(() => process.state === 'awaiting');
  expect([...process.snapshot.items.values()].map(({ item }) => item)).toMatchObject([
    { kind: 'sign_in', question: expect.stringContaining(String(link)), about: { server: 'web', link } },
  ]);
  expect((await fetch(String(link))).status).toBe(200);
  await until(() => process.snapshot.items.size === 0 && process.state === 'running');
  await until(async () => (await client.signInToServer({ name: 'p', server: 'web' })).link === null);
  await wake(process);
  await drained(process);
  expect((await settled(world, process))[1]?.output).toBe('5');
  expect((await client.listSecrets({ name: 'p' })).items.map(({ name }) => name)).toEqual(['sign_in_web']);
  const journal = JSON.stringify(await world.journal.read('p'));
  for (const token of authority.given) expect(journal).not.toContain(token);
});
