import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Logins, type Session } from '../../../src/main/transport/access/logins.ts';
import { sessionFile } from '../../../src/main/transport/access/session-file.ts';
import { TokenStore } from '../../../src/main/transport/access/token-store.ts';
import { readNodeFile, removeNodeFile, writeNodeFile } from '../../../src/main/transport/node-file.ts';
import { HandClock } from '../../world/hand-clock.ts';

let dataDir: string;
let clock: HandClock;
const open = () => new TokenStore(dataDir, clock);
const modeOf = (name: string) => statSync(join(dataDir, name)).mode & 0o777;
const day = 86_400_000;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agent-runtime-'));
  clock = new HandClock();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('the token of a data folder', () => {
  test('is made at the first start, 256 bits, for its owner alone, and stays', () => {
    const token = open().read();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(modeOf('token')).toBe(0o600);
    expect(open().read()).toBe(token);
    expect(open().grantOf(token)).toEqual({ by: 'api:token', scope: 'admin' });
    expect(open().grantOf(`${token}x`)).toBeUndefined();
  });

  test.runIf(process.platform !== 'win32').each(['token', 'tokens.json'])(
    '%s that others may read is refused, with the command that mends it',
    (name) => {
      open().create('a', 'read', null);
      chmodSync(join(dataDir, name), 0o644);
      expect(open).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNSAFE' }));
      expect(open).toThrow(`run chmod 600 '${join(dataDir, name)}'`);
      chmodSync(join(dataDir, name), 0o600);
      expect(open).not.toThrow();
    },
  );

  test.each(['', 'secret', 'a'.repeat(42)])('a file that holds "%s" is refused', (text) => {
    writeFileSync(join(dataDir, 'token'), text, { mode: 0o600 });
    expect(open).toThrow('holds no token of 256 bits');
  });

  test('changed by another program counts at once, and the old one no more', async () => {
    const tokens = open();
    const old = tokens.read();
    const fresh = open().rotate();
    await clock.advance(250);
    expect([tokens.grantOf(old), tokens.grantOf(fresh)?.by]).toEqual([undefined, 'api:token']);
  });

  test.runIf(process.platform !== 'win32')('lets nobody in while its files cannot be trusted', async () => {
    const tokens = open();
    const token = tokens.read();
    chmodSync(tokens.tokenFile, 0o666);
    await clock.advance(250);
    expect(tokens.grantOf(token)).toBeUndefined();
    chmodSync(tokens.tokenFile, 0o600);
    await clock.advance(250);
    expect(tokens.grantOf(token)?.by).toBe('api:token');
    rmSync(tokens.tokenFile);
    await clock.advance(250);
    expect(tokens.grantOf(token)).toBeUndefined();
  });
});

describe('a named token', () => {
  test('carries its scope and name, and only its hash is kept', () => {
    const tokens = open();
    const token = tokens.create('ci', 'operate', null);
    expect(tokens.grantOf(token)).toEqual({ by: 'api:ci', scope: 'operate' });
    expect(readFileSync(join(dataDir, 'tokens.json'), 'utf8')).not.toContain(token);
    expect(modeOf('tokens.json')).toBe(0o600);
    expect(tokens.list()).toEqual([
      { name: 'ci', scope: 'operate', createdAt: clock.now(), expiresAt: null, expired: false },
    ]);
  });

  test('made by another program counts at once', () => {
    const tokens = open();
    tokens.list();
    expect(tokens.grantOf(open().create('ci', 'read', null))?.by).toBe('api:ci');
  });

  test('ends at its time', async () => {
    const tokens = open();
    const token = tokens.create('ci', 'read', clock.now() + day);
    await clock.advance(day - 1);
    expect(tokens.grantOf(token)).toBeDefined();
    await clock.advance(1);
    expect(tokens.grantOf(token)).toBeUndefined();
    expect(tokens.list()[0]?.expired).toBe(true);
  });

  test('ends when another program revokes it', async () => {
    const tokens = open();
    const token = tokens.create('ci', 'read', null);
    expect(open().revoke('ci')).toBe(true);
    expect(open().revoke('ci')).toBe(false);
    await clock.advance(250);
    expect(tokens.grantOf(token)).toBeUndefined();
  });

  test.each(['', '../x', 'token', 'a b', '-a', 'a'.repeat(65)])('cannot be called "%s"', (name) => {
    expect(() => open().create(name, 'read', null)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });

  test('has a name of its own', () => {
    open().create('ci', 'read', null);
    expect(() => open().create('ci', 'admin', null)).toThrow(expect.objectContaining({ code: 'NAME_TAKEN' }));
  });

  test.each(['{', '[]', '{"tokens":[{"name":"a"}]}', '{"tokens":[],"more":1}'])(
    'list that reads %s is refused',
    (text) => {
      writeFileSync(join(dataDir, 'tokens.json'), text, { mode: 0o600 });
      expect(open).toThrow('cannot be read as a list of tokens');
    },
  );
});

describe('a login code', () => {
  test('gives one session, once', () => {
    const logins = new Logins(clock);
    const code = logins.newCode();
    const { token } = logins.exchange(code) as Session;
    expect(logins.grantOf(token)).toEqual({ by: 'window', scope: 'admin' });
    expect(logins.exchange(code)).toBeUndefined();
    logins.end(token);
    expect(logins.grantOf(token)).toBeUndefined();
  });

  test('is good for an hour, its session for a week', async () => {
    const logins = new Logins(clock);
    const [early, late] = [logins.newCode(), logins.newCode()];
    await clock.advance(3_600_000 - 1);
    const { token } = logins.exchange(early) as Session;
    await clock.advance(1);
    expect(logins.exchange(late)).toBeUndefined();
    await clock.advance(7 * day);
    expect(logins.grantOf(token)).toBeUndefined();
  });
});

describe('a session', () => {
  const begun = (tokens: TokenStore) => {
    const logins = new Logins(clock, sessionFile(tokens));
    return { logins, ...(logins.exchange(logins.newCode()) as Session) };
  };

  test('goes on when the node was started again, and is kept as a hash for its owner alone', () => {
    const { token } = begun(open());
    expect(modeOf('sessions.json')).toBe(0o600);
    expect(readFileSync(join(dataDir, 'sessions.json'), 'utf8')).not.toContain(token);
    expect(new Logins(clock, sessionFile(open())).grantOf(token)).toEqual({ by: 'window', scope: 'admin' });
  });

  test('that was ended stays ended, as does one whose time is over', async () => {
    const { logins, token } = begun(open());
    logins.end(token);
    expect(new Logins(clock, sessionFile(open())).grantOf(token)).toBeUndefined();
    const { token: old } = begun(open());
    await clock.advance(7 * day);
    expect(new Logins(clock, sessionFile(open())).grantOf(old)).toBeUndefined();
  });

  test.runIf(process.platform !== 'win32')('lets nobody in where others could read where it is kept', () => {
    const { token } = begun(open());
    chmodSync(join(dataDir, 'sessions.json'), 0o644);
    expect(new Logins(clock, sessionFile(open())).grantOf(token)).toBeUndefined();
  });

  test('ends with the token under which it was opened', () => {
    const tokens = open();
    const { token } = begun(tokens);
    expect(new Logins(clock, sessionFile(open())).grantOf(token)).toBeDefined();
    tokens.rotate();
    expect(new Logins(clock, sessionFile(open())).grantOf(token)).toBeUndefined();
  });
});

describe('the note of where a node listens', () => {
  const running = { url: 'http://127.0.0.1:7420', pid: process.pid, node: 'node_1', version: '1.0.0' };

  test('is found while the node lives, for its owner alone', () => {
    expect(readNodeFile(dataDir)).toBeUndefined();
    writeNodeFile(dataDir, running);
    expect(modeOf('node.json')).toBe(0o600);
    expect(readNodeFile(dataDir)).toEqual(running);
    removeNodeFile(dataDir);
    expect(readNodeFile(dataDir)).toBeUndefined();
  });

  test('that a crash left behind does not count', () => {
    writeNodeFile(dataDir, { ...running, pid: 2 ** 22 + 12_345 });
    expect(readNodeFile(dataDir)).toBeUndefined();
  });
});
