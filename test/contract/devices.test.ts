import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { selfSigned } from '../../src/main/lib/certificate.ts';
import { systemClock } from '../../src/main/lib/clock.ts';
import { DeviceBook } from '../../src/main/transport/devices/device-book.ts';
import { WindowServer } from '../../src/main/transport/devices/window-server.ts';
import { type OperationName, operations } from '../../src/shared/api.ts';
import { caught } from '../world/caught.ts';
import { freePort } from '../world/free-port.ts';
import { HandClock } from '../world/hand-clock.ts';
import { type DoorUnderTest, openDoor } from '../world/network-door.ts';
import { sendRaw } from '../world/raw-http.ts';
import { RecordedNotices, recordedRuntime, served } from '../world/recorded-runtime.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

const processes = '/api/v1/processes';
const session = '/api/v1/session';
const runtime = () =>
  recordedRuntime({
    listProcesses: () => ({ items: [], next: null }),
    startProcess: ({ name }: { name: string }) => ({ name, state: 'running' }),
  });
const exchange = (under: DoorUnderTest, code: unknown, headers = {}) =>
  under.ask({ method: 'POST', path: session, body: { code }, headers });
const wrongOf = (code: string) => (code === '00000000' ? '11111111' : '00000000');

/** Follows the notices; what came so far, and whether the line has ended. */
function follow(under: DoorUnderTest, token: string) {
  const seen = { text: '', status: 0, ended: false };
  const sent = request(
    {
      ...{ host: '127.0.0.1', port: under.port, path: '/api/v1/notices', agent: false },
      ca: JSON.parse(readFileSync(join(under.dataDir, 'window.json'), 'utf8')).certificate,
      headers: { authorization: `Bearer ${token}` },
    },
    (answer) => {
      seen.status = answer.statusCode ?? 0;
      answer.on('data', (chunk: Buffer) => {
        seen.text += chunk;
      });
      answer.on('close', () => {
        seen.ended = true;
      });
    },
  );
  sent.on('error', () => {
    seen.ended = true;
  });
  sent.end();
  return seen;
}

describe('a device is let in', () => {
  test('by a code and by the word of a person, and not by the code alone', async () => {
    const { api, calls } = runtime();
    const under = await openDoor({ api });
    const { code, urls, fingerprint } = under.door.showCode('operate');
    expect(urls[0]).toBe(`https://192.0.2.7:${under.port}/#pair=${code}`);
    expect(fingerprint).toBe(under.door.view().fingerprint);
    const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Safari/604.1';
    const { status, body } = await exchange(under, code, { 'user-agent': iPhone });
    expect(status).toBe(201);
    const { token, words } = body as { token: string; words: string[] };
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const [asks] = under.door.view().requests;
    expect(asks).toMatchObject({ name: 'Safari on iPhone', scope: 'operate', address: '127.0.0.1', words });
    const early = await under.ask({ path: processes, token });
    expect([early.status, early.body.code]).toEqual([403, 'DEVICE_WAITING']);
    expect((await under.ask({ path: session, token })).body).toMatchObject({ state: 'waiting', device: { words } });
    under.door.confirm(asks?.id ?? '', { name: 'Kitchen' });
    expect((await under.ask({ path: processes, token })).status).toBe(200);
    expect(calls.at(-1)).toMatchObject({ name: 'listProcesses', by: 'device:Kitchen' });
    expect((await under.ask({ path: session, token })).body).toMatchObject({ state: 'active', scope: 'operate' });
    expect(readFileSync(join(under.dataDir, 'window.json'), 'utf8')).not.toContain(token);
    expect(statSync(join(under.dataDir, 'window.json')).mode & 0o077).toBe(0);
    expect(statSync(join(under.dataDir, 'window-key.json')).mode & 0o077).toBe(0);
  });

  test('and not when a person sends it away', async () => {
    const under = await openDoor();
    const { body } = await exchange(under, under.door.showCode('read').code);
    under.door.refuse(under.door.view().requests[0]?.id ?? '');
    const { status, body: answer } = await under.ask({ path: session, token: body.token });
    expect([status, answer.code]).toEqual([401, 'DEVICE_UNKNOWN']);
    expect(caught(() => under.door.confirm('gone', {}))).toMatchObject({ code: 'DEVICE_NOT_FOUND' });
  });

  test('and goes on when the node was started again; what waited does not', async () => {
    const under = await openDoor({ api: runtime().api });
    const token = await under.paired();
    const waiting = (await exchange(under, under.door.showCode('read').code)).body.token as string;
    const { fingerprint } = under.door.view();
    const next = await under.again();
    expect((await next.ask({ path: processes, token })).status).toBe(200);
    expect((await next.ask({ path: session, token: waiting })).status).toBe(401);
    expect(next.door.view()).toMatchObject({ on: true, fingerprint, devices: [{ scope: 'operate' }] });
  });
});

describe('a code', () => {
  test('lets one device ask, once', async () => {
    const under = await openDoor();
    const { code } = under.door.showCode('read');
    expect((await exchange(under, `${code.slice(0, 4)} ${code.slice(4)}`)).status).toBe(201);
    const again = await exchange(under, code);
    expect([again.status, again.body.code]).toEqual([403, 'PAIRING_CODE_INVALID']);
    expect(under.logged.at(-1)).toMatchObject({ level: 'warn', message: 'a device was not let in' });
  });

  test('lives for two minutes', async () => {
    const clock = new HandClock(Date.now());
    const under = await openDoor({}, { clock });
    const { code } = under.door.showCode('read');
    await clock.advance(120_000);
    expect((await exchange(under, code)).body.code).toBe('PAIRING_CODE_INVALID');
  });

  test('is void after three wrong tries; the next one is shown later, each time twice as late', async () => {
    const clock = new HandClock(Date.now());
    const under = await openDoor({}, { clock });
    for (const lockMs of [30_000, 60_000]) {
      const { code } = under.door.showCode('read');
      for (let n = 0; n < 3; n++) expect((await exchange(under, wrongOf(code))).status).toBe(403);
      expect((await exchange(under, code)).status).toBe(403);
      expect(caught(() => under.door.showCode('read'))).toMatchObject({ code: 'PAIRING_LOCKED' });
      await clock.advance(lockMs - 1);
      expect(caught(() => under.door.showCode('read'))).toMatchObject({ code: 'PAIRING_LOCKED' });
      await clock.advance(1);
    }
    expect(under.logged.filter(({ level }) => level === 'warn')).toHaveLength(8);
  });

  test('can be guessed at ten times a minute from one address', async () => {
    const under = await openDoor();
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await exchange(under, 'x')).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(403));
    expect(statuses.at(-1)).toBe(429);
    expect(under.logged.filter(({ level }) => level === 'warn')).toHaveLength(10);
  });

  test.each([undefined, 1, null, {}])('is a text, not %j', async (code) => {
    expect((await exchange(await openDoor(), code)).status).toBe(422);
  });
});

describe('the door refuses', () => {
  test.each([
    ['another name', { host: 'evil.example' }, 421, 'HOST_NOT_ALLOWED'],
    ['a name that leads here (rebinding)', { host: 'evil.example:7422' }, 421, 'HOST_NOT_ALLOWED'],
    ['this computer by another port', { host: '127.0.0.1:7420' }, 421, 'HOST_NOT_ALLOWED'],
    ['pages of another origin', { origin: 'https://evil.example' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ['pages of itself without TLS', { origin: 'http://127.0.0.1' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ['what a browser calls foreign', { 'sec-fetch-site': 'cross-site' }, 403, 'ORIGIN_NOT_ALLOWED'],
    ['who has no token', { authorization: '' }, 401, 'TOKEN_INVALID'],
    ['who has a wrong token', { authorization: `Bearer ${'x'.repeat(43)}` }, 401, 'TOKEN_INVALID'],
    ['a body that is no JSON', { 'content-type': 'text/plain' }, 415, 'CONTENT_TYPE'],
  ])('%s', async (_who, headers, status, code) => {
    const under = await openDoor({ api: runtime().api });
    const token = await under.paired();
    const asked = { method: 'POST', path: '/api/v1/processes/a/start', body: {}, token, headers };
    const { status: answered, body, headers: got } = await under.ask(asked as never);
    expect([answered, body.code]).toEqual([status, code]);
    expect(Object.keys(got).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('the preflight of a page, and a page of its own gets in', async () => {
    const under = await openDoor({ api: runtime().api });
    const token = await under.paired();
    expect((await under.ask({ method: 'OPTIONS', path: processes })).status).toBe(403);
    const origin = `https://127.0.0.1:${under.port}`;
    expect((await under.ask({ path: processes, token, headers: { origin } })).status).toBe(200);
  });

  test('everything but the window and the exchange without a token', async () => {
    const under = await openDoor({ api: runtime().api });
    for (const path of ['/health', '/node', '/notices', '/processes', '/session', '/session/codes', '/metrics']) {
      expect((await under.ask({ path: `/api/v1${path}` })).status, path).toBe(401);
    }
    for (const path of ['/metrics', '/mcp', '/hooks/a/b']) {
      expect((await under.ask({ method: 'POST', path, body: {} })).status, path).toBe(404);
    }
  });

  test('tokens of this computer, which are no devices', async () => {
    const under = await openDoor({ api: runtime().api });
    writeFileSync(join(under.dataDir, 'token'), 'a'.repeat(43), { mode: 0o600 });
    expect((await under.ask({ path: processes, token: 'a'.repeat(43) })).status).toBe(401);
  });

  test('TLS 1.2, and what is not encrypted', async () => {
    const under = await openDoor();
    await expect(under.ask({ path: '/', tls: { maxVersion: 'TLSv1.2' } })).rejects.toThrow(/alert protocol version/);
    const plain = await sendRaw(under.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${under.port}\r\n\r\n`);
    expect([plain.text, plain.closed]).toEqual(['', true]);
    expect((await under.ask({ path: '/nowhere' })).status).toBe(404);
  });

  test('who is not of this network, before it can say anything', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const isNear = vi.fn(() => false);
    const server = new WindowServer({
      served: served(),
      book: new DeviceBook({ clock: systemClock, devices: [], onKeep: () => {}, onChange: () => {} }),
      clock: systemClock,
      log: () => {},
      windowDir: null,
      credentials: {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        cert: selfSigned(privateKey, 'test'),
      },
      isNear,
      onWrongCode: () => {},
    });
    onTestFinished(() => server.close());
    await server.listen(await freePort());
    const shakesHands = () =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
        socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('close', () => resolve(false));
        onTestFinished(() => void socket.destroy());
      });
    expect(await shakesHands()).toBe(false);
    expect(isNear).toHaveBeenCalledWith(expect.stringContaining('127.0.0.1'));
    isNear.mockReturnValue(true);
    expect(await shakesHands()).toBe(true);
  });

  test('bodies that are too large, and what no schema knows', async () => {
    const under = await openDoor({ api: runtime().api });
    const token = await under.paired();
    const start = { method: 'POST', path: '/api/v1/processes/a/start', token };
    expect((await under.ask({ ...start, body: { x: 'y'.repeat(1_100_000) } })).status).toBe(413);
    expect((await under.ask({ ...start, body: { surprise: 1 } })).body.code).toBe('UNKNOWN_FIELD');
  });
});

describe('what a device may', () => {
  const names = Object.keys(operations) as OperationName[];
  const paths = (name: OperationName) => {
    const [method = '', path = ''] = operations[name].route.split(' ');
    return { method, path: `/api/v1${path.replace(/:\w+/g, 'a')}` };
  };
  const bodyOf = (method: string) => (method === 'GET' || method === 'DELETE' ? {} : { body: {} });

  test('is never what needs admin, nor to delete, whatever it was let in for', async () => {
    const { api, calls } = runtime();
    const under = await openDoor({ api });
    const token = await under.paired('operate');
    const never = names.filter(
      (name) => operations[name].scope === 'admin' || operations[name].route.startsWith('DELETE '),
    );
    expect(never.length).toBeGreaterThan(40);
    for (const name of never) {
      const { method, path } = paths(name);
      const { status, body } = await under.ask({ method, path, token, ...bodyOf(method) });
      expect([name, status, body.code]).toEqual([name, 403, 'DEVICE_MAY_NOT']);
    }
    expect(calls).toEqual([]);
  });

  test('is to look alone where it was let in for that', async () => {
    const { api, calls } = runtime();
    const under = await openDoor({ api });
    const token = await under.paired('read');
    for (const name of names.filter((one) => operations[one].scope === 'operate')) {
      const { method, path } = paths(name);
      expect((await under.ask({ method, path, token, ...bodyOf(method) })).status, name).toBe(403);
    }
    expect(calls).toEqual([]);
    expect((await under.ask({ path: processes, token })).status).toBe(200);
    expect((await under.ask({ path: processes, token, headers: { 'x-scopes': 'admin' } })).status).toBe(200);
  });
});

describe('a device that follows what happens', () => {
  test('hears of it, and is cut off within a second when it is let in no longer', async () => {
    const notices = new RecordedNotices();
    const under = await openDoor({ api: runtime().api, notices });
    const token = await under.paired();
    const line = follow(under, token);
    await until(() => notices.watchers === 1);
    notices.publish({ kind: 'process.changed', process: 'a' });
    await until(() => line.text.includes('"process.changed"'));
    const [device] = under.door.view().devices;
    const revokedAt = performance.now();
    under.door.revoke(device?.id ?? '');
    expect((await under.ask({ path: processes, token })).status).toBe(401);
    await until(() => line.ended);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
    expect(line.text).toContain('TOKEN_INVALID');
    await until(() => notices.watchers === 0);
  });

  test('signs itself out', async () => {
    const under = await openDoor({ api: runtime().api });
    const token = await under.paired();
    expect((await under.ask({ method: 'DELETE', path: session, token })).status).toBe(200);
    expect(under.door.view().devices).toEqual([]);
    expect((await under.ask({ path: processes, token })).status).toBe(401);
  });
});

test('the key of the door is kept sealed where there is a seal', async () => {
  const under = await openDoor({}, { seal: Buffer.alloc(32, 1) });
  expect(readFileSync(join(under.dataDir, 'window-key.json'), 'utf8')).not.toContain('PRIVATE KEY');
  expect((await under.ask({ path: '/nowhere' })).status).toBe(404);
});

describe('the window for other devices', () => {
  test('is off until it is turned on, and listens nowhere once it is off again', async () => {
    const under = await openDoor({}, { isOn: false });
    expect(under.door.view()).toMatchObject({ on: false, port: null, urls: [], fingerprint: null });
    expect(caught(() => under.door.showCode('read'))).toMatchObject({ code: 'WINDOW_OFF' });
    await under.door.change({ on: true, port: under.port });
    expect((await under.ask({ path: '/nowhere' })).status).toBe(404);
    await under.door.change({ on: false });
    await expect(under.ask({ path: '/' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await under.again()).door.view()).toMatchObject({ on: false, port: null });
  });

  test('says that its port is taken, and stays as it was', async () => {
    const first = await openDoor();
    const second = await openDoor({ api: runtime().api });
    const token = await second.paired();
    await expect(second.door.change({ port: first.port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    expect(second.door.view()).toMatchObject({ on: true, port: second.port, problem: null });
    expect((await second.ask({ path: processes, token })).status).toBe(200);
  });

  test('waits for a port that is taken at the start, and says so until it has it', async () => {
    const clock = new HandClock(Date.now());
    const port = await freePort();
    const first = await openDoor({}, { port });
    const other = scratchFolder();
    writeFileSync(join(other, 'window.json'), JSON.stringify({ on: true, port, certificate: null, devices: [] }), {
      mode: 0o600,
    });
    const second = await openDoor({}, { port, clock, dataDir: other, isOn: false });
    expect(second.door.view()).toMatchObject({ on: true, port: null, problem: { code: 'PORT_TAKEN' } });
    await first.door.close();
    await clock.advance(30_000);
    await until(() => second.door.view().port === port);
    expect(second.door.view().problem).toBeNull();
  });

  test('lets nobody in by a file that others can read, and the node starts all the same', async () => {
    const dataDir = scratchFolder();
    writeFileSync(join(dataDir, 'window.json'), '{', { mode: 0o600 });
    const { door } = await openDoor({}, { dataDir, isOn: false });
    expect(door.view()).toMatchObject({ on: false, problem: { code: 'DATA_DIR_UNSAFE' } });
  });

  test('serves the same files with the same policy', async () => {
    const windowDir = scratchFolder();
    await mkdir(join(windowDir, 'assets'));
    writeFileSync(join(windowDir, 'index.html'), '<!doctype html><title>Agent Runtime</title>');
    const under = await openDoor({}, { windowDir });
    const { status, headers, body } = await under.ask({ path: '/' });
    expect([status, body]).toEqual([200, '<!doctype html><title>Agent Runtime</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['set-cookie']).toBeUndefined();
    expect((await under.ask({ path: '/..%2f..%2fetc/passwd' })).status).toBe(404);
  });

  test('answers to a new address of this computer, with a certificate that names it', async () => {
    const clock = new HandClock(Date.now());
    const under = await openDoor({}, { clock });
    const before = under.door.view().fingerprint;
    const host = `192.0.2.99:${under.port}`;
    expect((await under.ask({ path: '/', headers: { host } })).status).toBe(421);
    under.addresses = ['192.0.2.99'];
    await clock.advance(30_000);
    await until(() => under.door.view().fingerprint !== before);
    expect((await under.ask({ path: '/nowhere', headers: { host } })).status).toBe(404);
    const shown = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: under.port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
        socket.destroy();
      });
    });
    expect(shown).toBe(under.door.view().fingerprint);
  });
});
