import { describe, expect, test } from 'vitest';
import { egressGuard } from '../../../src/main/agent/tools/web/egress-guard.ts';
import { addressKind, plainAddress } from '../../../src/main/agent/tools/web/ip-ranges.ts';
import { refusal } from './tool-call.ts';

/** Every way found to spell an address that no agent should reach, without a port so that `*` would let it through. */
const blocked = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://127.255.255.254/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0x7f.0x0.0x0.0x1/',
  'http://017700000001/',
  'http://0177.0.0.1/',
  'http://0177.0.0.01/',
  'http://127.0.0.1./',
  'http://127。0。0。1/',
  'http://①②⑦.0.0.1/',
  'http://%31%32%37.0.0.1/',
  'http:\\\\127.0.0.1\\',
  'http:127.0.0.1',
  'http:///127.0.0.1/',
  '  http://127.0.0.1/  ',
  'ht\ntp://127.0.\t0.1/',
  'HTTP://127.0.0.1/',
  'https://127.0.0.1/',
  'http://0/',
  'http://0.0.0.0/',
  'http://0x0/',
  'http://10.0.0.1/',
  'http://10.1/',
  'http://167772161/',
  'http://0xa000001/',
  'http://012.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.1/',
  'http://192.168.1/',
  'http://3232235521/',
  'http://100.64.0.1/',
  'http://100.127.255.254/',
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.43518/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.1.1/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://192.0.2.1/',
  'http://192.88.99.1/',
  'http://198.18.0.1/',
  'http://198.51.100.1/',
  'http://203.0.113.9/',
  'http://224.0.0.1/',
  'http://239.255.255.250/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://4294967295/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[0000:0000::0001]/',
  'http://[::]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::1]/',
  'http://[2002:7f00:1::]/',
  'http://[2002:a00:1::1]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[2001:0:7f00:1::]/',
  'http://[2001:db8::1]/',
  'http://[3fff::1]/',
  'http://[5f00::1]/',
  'http://[100::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fd20:ce::254]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
];

/** Names that lead where they should not, in each way name resolution can answer. */
const leadingInside = [
  ['127.0.0.1'],
  ['::1'],
  ['::ffff:127.0.0.1'],
  ['::ffff:10.0.0.1'],
  ['10.1.2.3'],
  ['192.168.7.7'],
  ['169.254.169.254'],
  ['fe80::1%eth0'],
  ['fd00::1'],
  ['64:ff9b::7f00:1'],
  ['0.0.0.0'],
  ['not an address'],
  ['93.184.215.14', '127.0.0.1'],
  ['2606:2800:21f:cb07::1', 'fd00::7'],
];

const anyHost = egressGuard({ allowHosts: ['*'], resolve: async () => ['93.184.215.14'] });

describe('the egress guard', () => {
  test.each(blocked)('does not reach %j', async (url) => {
    expect((await refusal(() => anyHost.check(url))).code).toBe('POLICY_EGRESS_DENIED');
  });

  test.each(leadingInside)('does not follow a public name to %j %j', async (...addresses) => {
    for (const allowHosts of [['*'], ['rebind.example.com'], ['rebind.example.com:80'], ['*.example.com']]) {
      const guard = egressGuard({ allowHosts, resolve: async () => addresses });
      expect((await refusal(() => guard.check('http://rebind.example.com/'))).code).toBe('POLICY_EGRESS_DENIED');
    }
  });

  test.each([
    'file:///etc/passwd',
    'ftp://api.example.com/',
    'gopher://api.example.com:70/_',
    'data:text/plain,hello',
    'javascript:alert(1)',
    'ws://api.example.com/',
    'http://user@api.example.com/',
    'http://user:pass@api.example.com/',
    'https://api.example.com@evil.example.net/',
    'http://:pw@api.example.com/',
  ])('refuses %j for what it is', async (url) => {
    expect((await refusal(() => anyHost.check(url))).code).toBe('POLICY_EGRESS_DENIED');
  });

  test.each([
    '',
    'api.example.com',
    '//api.example.com',
    'http://',
    'http://[::1',
    'http://1.2.3.4.5.6:99999/',
    'http://256.1.1.1/',
  ])('says that %j is not a URL', async (url) => {
    expect((await refusal(() => anyHost.check(url))).code).toBe('REQUEST_INVALID');
  });

  test('reaches nothing when no host is listed', async () => {
    const guard = egressGuard({ allowHosts: [], resolve: async () => ['93.184.215.14'] });
    const error = await refusal(() => guard.check('https://api.example.com/'));
    expect(error.message).toBe('api.example.com:443 is not on the host list of this agent; no host is reached.');
  });
});

describe('the host list', () => {
  const reaches = async (entry: string, url: string, addresses = ['93.184.215.14']) => {
    try {
      await egressGuard({ allowHosts: [entry], resolve: async () => addresses }).check(url);
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    ['api.example.com', 'https://api.example.com/v1', true],
    ['api.example.com', 'http://API.Example.com./v1', true],
    ['api.example.com', 'https://api.example.com:8443/', false],
    ['api.example.com:8443', 'https://api.example.com:8443/', true],
    ['api.example.com:443', 'https://api.example.com/', true],
    ['api.example.com', 'https://api.example.com.evil.net/', false],
    ['api.example.com', 'https://xapi.example.com/', false],
    ['*.example.org', 'https://a.example.org/', true],
    ['*.example.org', 'https://a.b.example.org/', true],
    ['*.example.org', 'https://example.org/', false],
    ['*.example.org', 'https://evilexample.org/', false],
    ['bücher.example', 'https://xn--bcher-kva.example/', true],
    ['93.184.215.14', 'https://93.184.215.14/', true],
    ['93.184.215.14', 'https://0x5db8d70e/', true],
    ['2606:4700::1111', 'https://[2606:4700:0::1111]/', true],
  ])('%s, asked for %s: %s', async (entry, url, expected) => {
    expect(await reaches(entry, url)).toBe(expected);
  });

  test.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/', ['127.0.0.1'], true],
    ['127.0.0.1:8080', 'http://127.0.0.1:8081/', ['127.0.0.1'], false],
    ['127.0.0.1', 'http://127.0.0.1/', ['127.0.0.1'], false],
    ['[::1]:8080', 'http://[0::1]:8080/', ['::1'], true],
    ['localhost:8080', 'http://localhost:8080/', ['127.0.0.1', '::1'], true],
    ['nas.local:5000', 'http://nas.local:5000/', ['192.168.1.9'], true],
    ['nas:5000', 'http://nas:5000/', ['10.0.0.9'], true],
    ['api.example.com:5000', 'http://api.example.com:5000/', ['10.0.0.9'], false],
    ['169.254.169.254:80', 'http://169.254.169.254/', ['169.254.169.254'], false],
    ['nas.local:80', 'http://nas.local/', ['169.254.169.254'], false],
    ['[::ffff:127.0.0.1]:8080', 'http://127.0.0.1:8080/', ['127.0.0.1'], false],
  ])('private addresses need their port: %s, asked for %s: %4$s', async (entry, url, addresses, expected) => {
    expect(await reaches(entry, url, addresses)).toBe(expected);
  });

  test.each([
    '',
    'https://api.example.com',
    'api.example.com/path',
    'a b',
    '*',
    'user@host',
    'host:0',
    'host:70000',
    '*.*',
    'x*.example.org',
  ])('an entry such as %j is refused unless it is the star alone', async (entry) => {
    if (entry === '*') return void egressGuard({ allowHosts: [entry] });
    expect((await refusal(() => egressGuard({ allowHosts: [entry] }))).code).toBe('REQUEST_INVALID');
  });

  test("the runtime's own ports stay out of reach, however they are listed", async () => {
    const ownPorts = () => [7_777];
    for (const [entry, url] of [
      ['127.0.0.1:7777', 'http://127.0.0.1:7777/'],
      ['127.0.0.9:7777', 'http://127.0.0.9:7777/'],
      ['[::1]:7777', 'http://[::1]:7777/'],
      ['[::ffff:7f00:1]:7777', 'http://[::ffff:7f00:1]:7777/'],
    ] as const) {
      const error = await refusal(() => egressGuard({ allowHosts: [entry], ownPorts }).check(url));
      expect(error.details['reason']).toBe('own port');
    }
    await egressGuard({ allowHosts: ['10.9.9.9:7777'], ownPorts }).check('http://10.9.9.9:7777/');
    const hub = egressGuard({ allowHosts: ['10.9.9.9:7443'], outOfReach: () => ['10.9.9.9:7443'] });
    expect((await refusal(() => hub.check('http://10.9.9.9:7443/'))).details['reason']).toBe('own port');
  });

  test('the refusal of a private address says how to list it', async () => {
    expect((await refusal(() => anyHost.check('http://192.168.1.5/'))).message).toContain(
      'list it as "192.168.1.5:80"',
    );
  });
});

test.each([
  ['8.8.8.8', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['223.255.255.255', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['::ffff:8.8.8.8', 'public'],
  ['64:ff9b::808:808', 'public'],
  ['2002:808:808::1', 'public'],
  ['::ffff:192.168.0.1', 'private'],
  ['fd12:3456::1', 'private'],
  ['127.0.0.1', 'private'],
  ['', 'forbidden'],
  ['1.2.3', 'forbidden'],
])('%s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});

test('an address has one plain spelling', () => {
  expect(['::ffff:10.0.0.1', '0:0:0::1', '10.0.0.1', 'FD00::0001'].map(plainAddress)).toEqual([
    '10.0.0.1',
    '::1',
    '10.0.0.1',
    'fd00::1',
  ]);
});
