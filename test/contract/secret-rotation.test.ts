import { expect, test } from 'vitest';
import { runtimeApi } from '../../src/main/runtime/runtime-api.ts';
import { caughtLater } from '../world/caught.ts';
import { script } from '../world/make.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

test('rotating says who uses a secret and when it was rotated, by whom, and never its value', async () => {
  await using world = await createWorld({ journal: 'sqlite', clock: 'hand', sandbox });
  const runtime = await world.runtime();
  const api = runtimeApi(runtime, { url: () => null, dataDir: null, desktop: false });
  await runtime.register({
    name: 'p',
    config: {
      ...script(`return agent.tool('put', { what: 'secret://api_key' })`),
      secrets: { secrets: { api_key: 'secret://api_key' } },
      triggers: [{ id: 'hook', type: 'webhook', webhookPath: '/h', hmacSecret: 'secret://hook_key' }],
      servers: { files: { command: 'nothing', env: { TOKEN: 'secret://api_key' } } },
    },
  });
  const missing = await caughtLater(
    api.setSecret({ name: 'p', secret: 'api_key', value: 'value-number-one', mustExist: true }, 'ada'),
  );
  expect(missing.code).toBe('SECRET_NOT_FOUND');
  const set = await api.setSecret({ name: 'p', secret: 'api_key', value: 'value-number-one', mustExist: false }, 'ada');
  expect(set).toMatchObject({ version: 1, rotatedAt: null, servers: [] });
  expect(set.usedBy).toEqual(
    expect.arrayContaining([
      { part: 'agent', name: null },
      { part: 'server', name: 'files' },
    ]),
  );
  await api.setSecret(
    { name: 'p', secret: 'hook_key', value: 'a-long-enough-value-of-a-key', mustExist: false },
    'ada',
  );
  await world.clock.advance(60_000);
  const now = world.clock.now();
  const rotated = await api.setSecret(
    { name: 'p', secret: 'api_key', value: 'value-number-two', mustExist: true },
    'ada',
  );
  expect(rotated).toMatchObject({ version: 2, setAt: now, rotatedAt: now });
  const { items } = await api.listSecrets({ name: 'p' }, 'ada');
  expect(items.find(({ name }) => name === 'hook_key')?.usedBy).toEqual([{ part: 'trigger', name: 'hook' }]);
  const log = await api.secretAccessLog({ name: 'p', cursor: undefined, limit: 50 }, 'ada');
  expect(log.items[0]).toMatchObject({
    name: 'api_key',
    what: 'rotated',
    text: 'api_key has a new value, given by ada',
  });
  const kept = JSON.stringify([await world.journal.read('p'), items, rotated, log]);
  expect(kept).not.toMatch(/value-number/);
  await api.deleteSecret({ name: 'p', secret: 'api_key' }, 'ada');
  expect((await api.secretAccessLog({ name: 'p', cursor: undefined, limit: 1 }, 'ada')).items[0]?.text).toBe(
    'api_key was taken away by ada',
  );
});
