import { describe, expect, test } from 'vitest';
import {
  advertTag,
  nodeOfTag,
  readAdvert,
  tagPeriod,
  tagPeriodMs,
} from '../../../src/main/cluster/discovery/advert.ts';
import { MdnsDiscovery } from '../../../src/main/cluster/discovery/mdns-discovery.ts';
import { NodeDiscovery } from '../../../src/main/cluster/discovery/node-discovery.ts';
import { StaticDiscovery } from '../../../src/main/cluster/discovery/static-discovery.ts';
import { type ChildProcessHandle, nodeChild, type StartChild } from '../../../src/main/lib/child.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { linkedNode } from '../../world/linked-node.ts';
import { until } from '../../world/until.ts';

/** Children that say what the test has them say. */
class Nursery {
  readonly children: FakeChild[] = [];
  readonly start: StartChild = (_module, options) => {
    const child = new FakeChild(options.execArgv ?? []);
    this.children.push(child);
    return child;
  };

  get last(): FakeChild {
    return this.children.at(-1) as FakeChild;
  }
}

class FakeChild implements ChildProcessHandle {
  readonly pid = 1;
  readonly told: unknown[] = [];
  readonly execArgv: readonly string[];
  killed = false;
  #hear: (message: unknown) => void = () => {};
  #exit: (code: number | null) => void = () => {};

  constructor(execArgv: readonly string[]) {
    this.execArgv = execArgv;
  }

  send(message: unknown): void {
    this.told.push(message);
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#hear = listener;
  }
  onExit(listener: (code: number | null) => void): void {
    this.#exit = listener;
  }
  kill(): void {
    this.killed = true;
  }
  says(message: unknown): void {
    this.#hear(message);
  }
  falls(): void {
    this.#exit(1);
  }
  adverts(host: string, tag = 'aaaaaaaaaaaaaaaa', port: unknown = 7421): void {
    this.says({ kind: 'advert', advert: { host, port, tag } });
  }
}

function mdns(options: { port?: number | null; nodes?: string[] } = {}) {
  const clock = new HandClock();
  const nursery = new Nursery();
  const warnings: string[] = [];
  const sighted: string[] = [];
  const discovery = new MdnsDiscovery({
    startChild: nursery.start,
    clock,
    self: 'me',
    port: options.port === undefined ? 7421 : options.port,
    nodes: () => options.nodes ?? [],
    onSighted: ({ address, node }) => sighted.push(`${address} ${node}`),
    log: (_level, message) => warnings.push(message),
    childModule: 'nowhere',
  });
  return { clock, nursery, discovery, warnings, sighted };
}

describe('a mark', () => {
  test('is known to those who know the node, for its ten minutes and a clock that is ten off', () => {
    const now = 1_700_000_000_000;
    const tag = advertTag('node-x', tagPeriod(now));
    expect(tag).toMatch(/^[0-9a-f]{16}$/);
    for (const off of [-tagPeriodMs, 0, tagPeriodMs])
      expect(nodeOfTag(tag, ['node-y', 'node-x'], now + off)).toBe('node-x');
    expect(nodeOfTag(tag, ['node-y'], now)).toBeNull();
    expect(nodeOfTag(tag, ['node-x'], now + 3 * tagPeriodMs)).toBeNull();
    expect(advertTag('node-x', tagPeriod(now) + 1)).not.toBe(tag);
  });

  test.each([
    [null],
    [{ host: 'nas.local', port: 1, tag: 'a'.repeat(16) }],
    [{ host: '10.0.0.1', port: 0, tag: 'a'.repeat(16) }],
    [{ host: '10.0.0.1', port: 1.5, tag: 'a'.repeat(16) }],
    [{ host: '10.0.0.1', port: 80, tag: '<script>' }],
    [{ host: '10.0.0.1; rm -rf', port: 80, tag: 'a'.repeat(16) }],
  ])('%j is no advert', (value) => expect(readAdvert(value)).toBeNull());
});

describe('the child that speaks mDNS', () => {
  test('is told the port and a mark, anew every ten minutes, and nothing else', async () => {
    const { clock, nursery } = mdns();
    for (let passed = 0; passed < tagPeriodMs; passed += 5_000) {
      nursery.last.says({ kind: 'beat' });
      await clock.advance(5_000);
    }
    const told = nursery.children.flatMap((child) => child.told) as { kind: string; port: number; tag: string }[];
    expect(told.every((each) => Object.keys(each).toSorted().join() === 'kind,port,tag')).toBe(true);
    expect(new Set(told.map(({ tag }) => tag)).size).toBe(2);
    expect(nursery.children).toHaveLength(1);
    expect(nursery.last.execArgv).toContain('--permission');
  });

  test('is told nothing where the node only looks', async () => {
    const { clock, nursery } = mdns({ port: null });
    await clock.advance(5_000);
    expect(nursery.last.told).toEqual([]);
  });

  test('is started again when it falls, with pauses that grow, and the log is not filled', async () => {
    const { clock, nursery, discovery, warnings } = mdns();
    const starts: number[] = [];
    for (let fall = 0; fall < 8; fall++) {
      starts.push(clock.elapsed());
      const before = nursery.children.length;
      nursery.last.falls();
      expect(discovery.isSearching).toBe(false);
      for (let second = 0; second < 61 && nursery.children.length === before; second++) await clock.advance(1_000);
      expect(nursery.children.length).toBe(before + 1);
    }
    expect(warnings.length).toBeLessThanOrEqual(2);
  });

  test('is killed and started again when its heart stops', async () => {
    const { clock, nursery } = mdns();
    for (let beat = 0; beat < 10; beat++) {
      nursery.last.says({ kind: 'beat' });
      await clock.advance(2_000);
    }
    expect(nursery.children).toHaveLength(1);
    await clock.advance(12_000);
    expect(nursery.children[0]?.killed).toBe(true);
    expect(nursery.children).toHaveLength(2);
  });

  test('shows nodes while they are seen, and knows those it is paired with by their mark', async () => {
    const { clock, nursery, discovery, sighted } = mdns({ nodes: ['friend'] });
    nursery.last.adverts('10.0.0.1');
    nursery.last.adverts('10.0.0.2', advertTag('friend', tagPeriod(clock.now())));
    nursery.last.adverts('10.0.0.3', advertTag('me', tagPeriod(clock.now())));
    expect(sighted).toEqual(['10.0.0.1:7421 null', '10.0.0.2:7421 friend']);
    expect(discovery.list()).toHaveLength(2);
    await clock.advance(20_001);
    expect(discovery.list()).toEqual([]);
  });

  test('may be flooded: the list ends at a hundred, and a friend is still seen', async () => {
    const { clock, nursery, discovery } = mdns({ nodes: ['friend'] });
    for (let second = 0; second < 10; second++) {
      for (let fake = 0; fake < 1_000; fake++) nursery.last.adverts(`10.${second}.${fake >> 8}.${fake & 255}`);
      await clock.advance(1_000);
    }
    expect(discovery.list()).toHaveLength(100);
    nursery.last.adverts('192.168.0.2', advertTag('friend', tagPeriod(clock.now())));
    expect(discovery.list().find(({ node }) => node === 'friend')).toBeDefined();
  });

  test('a problem it tells of is shown without what could draw on a screen', () => {
    const { nursery, discovery } = mdns();
    nursery.last.says({ kind: 'failed', message: 'no \u001b[2Jmulticast\u202e' });
    expect(discovery.problem).toBe('no ?[2Jmulticast?');
    nursery.last.says({ kind: 'beat' });
    expect(discovery.problem).toBeNull();
  });

  test('in earnest lives, and is gone when it is closed', async () => {
    let pid: number | undefined;
    const start = nodeChild();
    const discovery = new MdnsDiscovery({
      startChild: (module, options) => {
        const child = start(module, options);
        pid = child.pid;
        return child;
      },
      clock: systemClock,
      self: 'me',
      port: 7421,
      nodes: () => [],
      onSighted: () => {},
      log: () => {},
    });
    await until(() => pid !== undefined && discovery.problem === null && discovery.isSearching);
    discovery.close();
    await until(() => !isRunning(pid as number), 20_000);
  });
});

test('to look is over after a minute, and tells nobody of this node', async () => {
  const clock = new HandClock();
  const nursery = new Nursery();
  const { peers, book } = linkedNode('x');
  const discovery = new NodeDiscovery({
    peers,
    book,
    clock,
    startChild: nursery.start,
    onChange: () => {},
    log: () => {},
  });
  discovery.follow();
  expect(nursery.children).toHaveLength(0);
  discovery.look();
  nursery.last.adverts('10.0.0.9');
  expect(discovery.mdns).toMatchObject({ enabled: false, state: 'searching' });
  expect(discovery.list()).toMatchObject([{ address: '10.0.0.9:7421', source: 'mdns', name: null }]);
  nursery.last.says({ kind: 'beat' });
  for (let second = 0; second < 61; second++) {
    nursery.last.says({ kind: 'beat' });
    await clock.advance(1_000);
  }
  expect(discovery.mdns.state).toBe('off');
  expect(nursery.children.flatMap(({ told }) => told)).toEqual([{ kind: 'stop' }]);
  await peers.close();
});

test('addresses that a person gave are gone to now and then, and say whom was met there', async () => {
  const clock = new HandClock();
  const visits: string[] = [];
  const discovery = new StaticDiscovery({
    addresses: ['10.0.0.1:1', '10.0.0.2:2'],
    clock,
    visit: async (address) => {
      visits.push(address);
      if (address.endsWith(':2')) throw new TypeError('nobody there');
      return 'node-x';
    },
  });
  await clock.advance(30_000);
  expect(visits).toHaveLength(4);
  expect(discovery.list()).toMatchObject([{ node: 'node-x' }, { node: null, seenAt: 0 }]);
  discovery.close();
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
