import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Tool } from '../../../src/main/agent/tool.ts';
import { buildToolbox } from '../../../src/main/agent/tools/toolbox.ts';
import { sealedKey } from '../../../src/main/governance/secrets/sealed-key.ts';
import {
  givenKey,
  keyFile,
  keyFromEnvironment,
  passphraseKey,
} from '../../../src/main/governance/secrets/secret-key.ts';
import { openSecretStore } from '../../../src/main/store/secret-store.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { encoded, forms } from '../../world/encodings.ts';
import { home } from '../../world/home.ts';
import { script, wake } from '../../world/make.ts';
import { calls, says } from '../../world/model-replies.ts';
import { bodiesOf, drained, settled } from '../../world/outcomes.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();
const using1 = (args: string) => script(`return agent.tool('put', ${args})`);

describe('an agent', () => {
  test('uses a secret by its handle: the tool gets the value, the journal never', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite', env: { API_KEY: 'the-value-of-the-key' } });
    const process = await world.started('p', {
      ...using1(`{ what: { auth: 'Bearer secret://api_key' } }`),
      secrets: { secrets: { api_key: '${API_KEY}' } },
    });
    await wake(process);
    await drained(process);
    expect(world.ledger.done('put')).toEqual([{ auth: 'Bearer the-value-of-the-key' }]);
    expect(JSON.stringify(await world.journal.read('p'))).not.toContain('the-value-of-the-key');
    expect((await bodiesOf(world, process, 'step.intended'))[0]?.args).toEqual({
      what: { auth: 'Bearer secret://api_key' },
    });
    expect((await bodiesOf(world, process, 'governance.noted'))[0]).toMatchObject({
      guard: 'secrets',
      what: 'access',
      about: 'api_key',
    });
  });

  test('keeps handles, not values, in what is its own', async () => {
    await using world = await createWorld({ sandbox, env: { API_KEY: 'the-value-of-the-key' } });
    const process = await world.started('p', {
      ...script(`await agent.tool('set_context', { key: 'k', value: 'secret://api_key' })`),
      secrets: { secrets: { api_key: '${API_KEY}' } },
    });
    await wake(process);
    await drained(process);
    expect(process.snapshot.context.get('k')?.value).toBe('secret://api_key');
  });

  test('hears that a secret is not there, or that its time is over', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand', env: { API_KEY: 'the-value-of-the-key' } });
    const body = script(
      `try { await agent.tool('put', { what: 'secret://' + event.payload }); return 'used' } catch (e) { return e.code }`,
    );
    const process = await world.started('p', {
      ...body,
      secrets: { secrets: { api_key: '${API_KEY}' }, ttls: { api_key: '1h' } },
    });
    for (const name of ['other', 'api_key']) await wake(process, name);
    await drained(process);
    await world.clock.advance(3_600_000);
    await wake(process, 'api_key');
    await drained(process);
    expect((await settled(world, process)).map(({ output }) => output)).toEqual([
      'SECRET_NOT_FOUND',
      'used',
      'SECRET_EXPIRED',
    ]);
  });
});

describe('a value', () => {
  test('that is written out in a manifest moves into the vault, and a handle takes its place', async () => {
    await using world = await createWorld({ sandbox, journal: 'sqlite' });
    const config = { ...using1(`{ what: 'secret://token' }`), secrets: { secrets: { token: 'written-out-token' } } };
    await wake(await world.started('p', config));
    await drained(world.alive('p'));
    await world.restart('killed');
    const process = await world.takenUp('p');
    await wake(process);
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['written-out-token', 'written-out-token']);
    expect(process.snapshot.definition?.manifest['secrets']).toMatchObject({ secrets: { token: 'secret://token' } });
    for (const file of readdirSync(world.folder)) {
      if (!statSync(join(world.folder, file)).isFile()) continue;
      expect(readFileSync(join(world.folder, file)).includes('written-out-token'), file).toBe(false);
    }
  });

  test('that replaces another is used by the next call, and lives as long as a new one', async () => {
    await using world = await createWorld({ sandbox, clock: 'hand' });
    const process = await world.started('p', {
      ...using1(`{ what: 'secret://token' }`),
      secrets: { defaultTtl: '1h' },
    });
    process.secrets.set('token', 'value-number-one', { source: 'api' });
    await wake(process);
    await drained(process);
    await world.clock.advance(3_599_000);
    process.secrets.set('token', 'value-number-two', { source: 'api' });
    await world.clock.advance(3_599_000);
    await wake(process);
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['value-number-one', 'value-number-two']);
    expect(process.secrets.list()).toMatchObject([{ name: 'token', version: 2, expired: false }]);
    process.secrets.delete('token');
    expect(caught(() => process.secrets.reveal('secret://token', 'a test', null)).code).toBe('SECRET_NOT_FOUND');
    expect(process.secrets.redact('value-number-two and value-number-one')).toBe('[secret:token] and [secret:token]');
  });

  test('of the manifest begins its time with each start, unless it is to outlive a stop', async () => {
    for (const [revokeOnStop, expired] of [
      [true, false],
      [false, true],
    ] as const) {
      await using world = await createWorld({ sandbox, clock: 'hand' });
      const process = await world.started('p', {
        ...using1('{}'),
        secrets: { secrets: { token: 'written-out-token' }, defaultTtl: '1h', revokeOnStop },
      });
      await world.clock.advance(3_000_000);
      await process.stop();
      await world.clock.advance(3_000_000);
      await process.start();
      expect(process.secrets.list()).toMatchObject([{ name: 'token', expired }]);
    }
  });
});

test('twenty secrets in eight encodings, sent by tools and events, are found nowhere', async () => {
  const planted = Array.from(
    { length: 20 },
    (_, n) =>
      [
        `key_${n}`,
        n % 2 ? randomBytes(20).toString('base64') : `"q<u&o>t'e ${randomBytes(9).toString('hex')}`,
      ] as const,
  );
  await using world = await createWorld({ sandbox, journal: 'sqlite', expects: ['fault', 'leak'] });
  const leaks = planted.flatMap(([, value]) => forms.map((form) => encoded(value, form)));
  const got: unknown[] = [];
  const echo: Tool = {
    name: 'echo',
    description: 'Says what it was told, and more.',
    parameters: { type: 'object' },
    reach: 'other',
    async execute({ what }) {
      if (what === 'fail') throw new RuntimeError('TOOL_FAILED', `It failed with ${leaks.join(' ')}`, { leaks });
      got.push(what);
      return { content: [...leaks, { [leaks[0] ?? '']: leaks.join('') }] };
    },
  };
  const config = {
    ...script(`
      const got = await agent.tool('echo', { what: event.payload.names.map((name) => 'secret://' + name) });
      await agent.log(JSON.stringify(got));
      await agent.context.set('kept', got);
      await agent.emit('told', { got });
      try { await agent.tool('echo', { what: 'fail' }) } catch (e) { await agent.context.set('failure', e.message) }
      return got`),
  };
  const process = world.process('p', config, {
    buildToolbox: (_name, settings) => buildToolbox(settings, { extra: [echo] }),
  });
  await process.start();
  for (const [name, value] of planted) process.secrets.set(name, value, { source: 'api' });
  const heard: unknown[] = [];
  world.bus.subscribe('told', async ({ data }) => void heard.push(data));
  await wake(process, { names: planted.map(([name]) => name), leaks });
  await drained(process);
  await world.until(() => heard.length === 1);
  expect(got[0]).toEqual(planted.map(([, value]) => value));
  await process.journaled.checkpoint();
  const texts = [JSON.stringify([...(await world.journal.read('p'))]), JSON.stringify(heard)];
  for (const file of readdirSync(world.folder)) {
    if (/^(lock|secret\.key)$/.test(file) || !statSync(join(world.folder, file)).isFile()) continue;
    texts.push(
      readFileSync(join(world.folder, file)).toString('latin1'),
      readFileSync(join(world.folder, file)).toString('utf8'),
    );
  }
  const asJson = (text: string) => JSON.stringify(text).slice(1, -1);
  const hits = leaks.filter((leak) => texts.some((text) => text.includes(leak) || text.includes(asJson(leak))));
  expect(hits).toEqual([]);
  expect(texts[0]).toContain('[secret:key_19]');
});

describe('the key', () => {
  test('lies in a file that only its owner reads, and a looser one is refused', () => {
    const path = join(home(), 'secret.key');
    const store = openSecretStore(':memory:');
    const key = keyFile(path)(store);
    expect(key).toHaveLength(32);
    expect(keyFile(path)(store)).toEqual(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    expect(caught(() => keyFile(path)(store)).code).toBe('DATA_DIR_UNSAFE');
    store.close();
  });

  test('comes from words, the same ones each time', () => {
    const store = openSecretStore(':memory:');
    const key = passphraseKey('correct horse')(store);
    expect(passphraseKey('correct horse')(store)).toEqual(key);
    expect(passphraseKey('battery staple')(store)).not.toEqual(key);
    expect(keyFromEnvironment({ AGENT_RUNTIME_PASSPHRASE: 'correct horse' }, givenKey(randomBytes(32)))(store)).toEqual(
      key,
    );
    store.close();
  });
});

test('the key of a model is looked up when it is used', async () => {
  await using world = await createWorld();
  const model = await world.model();
  model.reply([calls('look', {}), says('done')]);
  const process = world.process('p', {
    model: { id: 'openai-compatible:test', baseUrl: model.url, apiKey: 'secret://model_key' },
    instructions: 'Go.',
  });
  await process.load();
  process.secrets.set('model_key', 'the-key-of-the-model', { source: 'api' });
  await process.start();
  await wake(process);
  await drained(process);
  expect(model.chats[0]?.headers['authorization']).toBe('Bearer the-key-of-the-model');
  expect(
    (await caughtLater(Promise.resolve().then(() => process.secrets.reveal('secret://none', 'x', null)))).code,
  ).toBe('SECRET_NOT_FOUND');
});

describe('the key of a desktop', () => {
  const seal = (key: Uint8Array) => Promise.resolve(Buffer.from(key.map((byte) => byte ^ 0x5a)));
  const keychain = (sealAgain = false) => ({
    seal,
    open: async (sealed: Uint8Array) => ({ key: await seal(sealed), sealAgain }),
  });

  test('is sealed by the keychain, and the same one the next time', async () => {
    const folder = home();
    const key = await sealedKey(folder, async () => keychain());
    expect(key).toHaveLength(32);
    expect(readFileSync(join(folder, 'secret.sealed')).equals(Buffer.from(key ?? []))).toBe(false);
    expect(Buffer.from((await sealedKey(folder, async () => keychain(true))) ?? [])).toEqual(Buffer.from(key ?? []));
    expect(readdirSync(folder)).toEqual(['secret.sealed']);
  });

  test('is left to a key file where there is no keychain, but never made anew beside a sealed one', async () => {
    const folder = home();
    const without = () => Promise.reject(new RuntimeError('KEYCHAIN_UNAVAILABLE', 'none'));
    expect(await sealedKey(folder, without)).toBeUndefined();
    await sealedKey(folder, async () => keychain());
    expect((await caughtLater(sealedKey(folder, without))).code).toBe('KEYCHAIN_UNAVAILABLE');
  });
});
