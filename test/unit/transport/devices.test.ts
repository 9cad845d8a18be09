import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DeviceBook, unusedMs } from '../../../src/main/transport/devices/device-book.ts';
import { deviceName } from '../../../src/main/transport/devices/device-name.ts';
import { nearness } from '../../../src/main/transport/devices/near-addresses.ts';
import { certificateFacts, currentCertificate } from '../../../src/main/transport/devices/window-certificate.ts';
import type { KeptDevice } from '../../../src/main/transport/devices/window-file.ts';
import { mayDevice } from '../../../src/shared/device-access.ts';
import { caught } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';

const day = 24 * 60 * 60_000;
const minute = 60_000;

function openBook(clock = new HandClock(), devices: readonly KeptDevice[] = []) {
  const kept: (readonly KeptDevice[])[] = [];
  const book = new DeviceBook({ clock, devices, onKeep: (all) => kept.push(all), onChange: () => {} });
  const pair = (as = {}) => {
    const { token } = book.ask(book.showCode('operate').code, 'Chrome on Android', '192.0.2.9');
    const device = book.confirm(book.requests().at(-1)?.id ?? '', as);
    return { token, device };
  };
  return { book, clock, kept, pair };
}

describe('devices', () => {
  test('are let in for thirty days after they were seen last', async () => {
    const { book, clock, pair } = openBook();
    const { token } = pair();
    for (let times = 0; times < 2; times++) {
      await clock.advance(unusedMs - 1);
      book.seen(token, '192.0.2.9');
      expect(book.grantOf(token)).toEqual({ by: 'device:Chrome on Android', scope: 'operate' });
    }
    await clock.advance(unusedMs);
    expect(book.grantOf(token)).toBeUndefined();
    expect(book.devices()).toEqual([]);
  });

  test('are written down without their token, and when they were seen at most every hour', async () => {
    const { book, clock, kept, pair } = openBook();
    const { token } = pair();
    expect(JSON.stringify(kept)).not.toContain(token);
    for (const [waitMs, address, times] of [
      [minute, '192.0.2.9', 1],
      [minute, '192.0.2.10', 2],
      [61 * minute, '192.0.2.10', 3],
    ] as const) {
      await clock.advance(waitMs);
      book.seen(token, address);
      expect(kept).toHaveLength(times);
    }
    expect(openBook(clock, kept.at(-1)).book.grantOf(token)).toBeDefined();
  });

  test('are told apart by name', () => {
    const { pair } = openBook();
    expect([pair(), pair(), pair({ name: 'Kitchen' })].map(({ device }) => device.name)).toEqual([
      'Chrome on Android',
      'Chrome on Android 2',
      'Kitchen',
    ]);
  });

  test('may be given less or more than the code was shown for', () => {
    const { book, pair } = openBook();
    const { token } = pair({ scope: 'read' });
    expect(book.standing(token)).toMatchObject({ state: 'active', scope: 'read' });
  });

  test('wait for three minutes, and at most five of them', async () => {
    const { book, clock } = openBook();
    const tokens = Array.from({ length: 6 }, () => book.ask(book.showCode('read').code, 'A device', '192.0.2.9').token);
    expect(book.requests()).toHaveLength(5);
    expect(book.standing(tokens[0] ?? '')).toBeUndefined();
    expect(book.standing(tokens[5] ?? '')).toMatchObject({ state: 'waiting' });
    const [first] = book.requests();
    await clock.advance(180_000);
    expect(book.requests()).toEqual([]);
    expect(caught(() => book.confirm(first?.id ?? '', {}))).toMatchObject({ code: 'DEVICE_NOT_FOUND' });
  });

  test('never delete, and never do what needs admin', () => {
    expect(mayDevice('operate', 'answerInboxItem')).toBe(true);
    expect(mayDevice('operate', 'startProcess')).toBe(true);
    expect(mayDevice('operate', 'deleteProcess')).toBe(false);
    expect(mayDevice('operate', 'setSecret')).toBe(false);
    expect(mayDevice('operate', 'revokeDevice')).toBe(false);
    expect(mayDevice('read', 'answerInboxItem')).toBe(false);
    expect(mayDevice('read', 'listInbox')).toBe(true);
  });
});

test.each([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1', 'Safari on iPhone'],
  ['Mozilla/5.0 (Linux; Android 16; K) AppleWebKit Chrome/150.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/150.0 Safari/537.36 Edg/150.0', 'Edge on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox on Linux'],
  ['<script>alert(1)</script>', 'A device'],
  [undefined, 'A device'],
])('a browser that calls itself %s is %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

test.each([
  ['192.168.1.20', true],
  ['::ffff:10.1.2.3', true],
  ['fe80::1%eth0', true],
  ['fd12::1', true],
  ['203.0.113.9', true],
  ['2001:db8:0:1::5', true],
  ['203.0.114.9', false],
  ['2001:db8:0:2::5', false],
  ['8.8.8.8', false],
  [undefined, false],
])('from a computer in 203.0.113.0/24 and 2001:db8:0:1::/64, %s is near: %s', (address, isNear) => {
  expect(nearness(['203.0.113.7/24', '2001:db8:0:1::7/64'])(address)).toBe(isNear);
});

describe('the certificate', () => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const served = { names: ['localhost', 'desk.local'], addresses: ['192.0.2.7', '2001:db8::1'] };
  const now = Date.parse('2026-11-23T00:00:00Z');
  const made = () => currentCertificate(null, key, served, now);

  test('names what it is served by, is no authority, and ends within what browsers take', () => {
    const certificate = new X509Certificate(made());
    expect(certificate.checkHost('desk.local')).toBe('desk.local');
    expect(certificate.checkIP('192.0.2.7')).toBe('192.0.2.7');
    expect(certificate.checkIP('2001:db8::1')).toBe('2001:db8::1');
    expect(certificate.checkHost('other.local')).toBeUndefined();
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect((certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / day).toBeLessThan(398);
    expect(certificateFacts(made()).endsAt).toBe(now + 390 * day);
  });

  test('stays while it will do', () => {
    const kept = made();
    expect(currentCertificate(kept, key, served, now + 359 * day)).toBe(kept);
    expect(currentCertificate(kept, key, { names: ['localhost'], addresses: [] }, now)).toBe(kept);
  });

  test('is made anew 30 days before it ends, for a new name or address, for another key, or where it is damaged', () => {
    const kept = made();
    const another = createPrivateKey(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    );
    const anew = [
      currentCertificate(kept, key, served, now + 361 * day),
      currentCertificate(kept, key, { ...served, addresses: ['192.0.2.8'] }, now),
      currentCertificate(kept, key, { ...served, names: ['tower.local'] }, now),
      currentCertificate(kept, another, served, now),
      currentCertificate(kept, key, served, now - 2 * day),
      currentCertificate('damaged', key, served, now),
    ];
    for (const certificate of anew) expect(certificate).not.toBe(kept);
  });
});
