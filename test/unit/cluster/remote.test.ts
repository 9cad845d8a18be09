import { beforeEach, describe, expect, test } from 'vitest';
import { answerWhere, clusterApi, nodeNamed } from '../../../src/main/cluster/remote/cluster-api.ts';
import { answerOperations, remoteApi } from '../../../src/main/cluster/remote/operations-of-peers.ts';
import { answerNotices, remoteNotices } from '../../../src/main/cluster/remote/remote-notices.ts';
import { systemClock } from '../../../src/main/lib/clock.ts';
import { NoticeBoard } from '../../../src/main/runtime/telling/notice-board.ts';
import { operations, type RuntimeApi } from '../../../src/shared/api.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import type { RuntimeNotice } from '../../../src/shared/notices.ts';
import { caught, caughtLater } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { PeerNetwork } from '../../world/peer-network.ts';
import { recordedRuntime } from '../../world/recorded-runtime.ts';
import { until } from '../../world/until.ts';

const notFound = (code: 'PROCESS_NOT_FOUND' | 'RUN_NOT_FOUND') => () => {
  throw new RuntimeError(code, 'It is not here.');
};

/** A node with processes and runs of these names, and nothing else. */
function node(network: PeerNetwork, name: string, processes: string[], runs: string[] = []) {
  const peers = network.join(name);
  const runtime = recordedRuntime({
    getProcess: ({ name: wanted }: { name: string }) =>
      processes.includes(wanted) ? { name: wanted, at: name } : notFound('PROCESS_NOT_FOUND')(),
    stopProcess: ({ name: wanted }: { name: string }) =>
      processes.includes(wanted) ? { at: name } : notFound('PROCESS_NOT_FOUND')(),
    getRun: ({ id }: { id: string }) => (runs.includes(id) ? { id, at: name } : notFound('RUN_NOT_FOUND')()),
    listProcesses: () => ({ items: processes.map((each) => ({ name: each })), next: null }),
    listRuns: () => ({
      items: runs.map((id) => ({ id, startedAt: 2 })).concat({ id: name, startedAt: name === 'c' ? 3 : 1 }),
      next: null,
    }),
    forecast: ({ process = `p-${name}` }: { process?: string }) =>
      process === `p-${name}` ? { from: 0, to: 1, items: [{ process }] } : notFound('PROCESS_NOT_FOUND')(),
    restoreProcess: ({ name: wanted }: { name: string }) =>
      wanted === `was-${name}` ? { at: name } : notFound('PROCESS_NOT_FOUND')(),
    health: () => ({ ok: true, version: name }),
  });
  answerOperations(peers, runtime.api);
  answerWhere(peers, runtime.api);
  const others = () => peers.list().map((peer) => peer.node);
  // Which of them is known to be away, and what is said of processes that nobody has.
  const heard = { away: [] as string[], whereabouts: new Map<string, string>() };
  return {
    peers,
    ...runtime,
    heard,
    cluster: clusterApi({
      peers,
      local: runtime.api,
      name: () => `node ${name}`,
      alive: () => others().filter((one) => !heard.away.includes(one)),
      away: () => heard.away,
      whereabouts: (process) => heard.whereabouts.get(process) ?? null,
    }) as Record<string, RuntimeApi[keyof RuntimeApi]>,
  };
}

let network: PeerNetwork;
let a: ReturnType<typeof node>;
let b: ReturnType<typeof node>;
let c: ReturnType<typeof node>;

beforeEach(() => {
  network = new PeerNetwork();
  a = node(network, 'a', ['here', 'twice']);
  b = node(network, 'b', ['there', 'both'], ['run_b']);
  c = node(network, 'c', ['both', 'twice']);
});

const ask = (of: ReturnType<typeof node>, name: string, input: object) =>
  (of.cluster[name] as unknown as (input: object, by: string) => Promise<unknown>)(input, 'window');

describe('a call without a node', () => {
  test('is answered here, without a word to anybody, where it can be', async () => {
    expect(await ask(a, 'getProcess', { name: 'here' })).toMatchObject({ at: 'a' });
    expect(await ask(a, 'getProcess', { name: 'twice' })).toMatchObject({ at: 'a' });
    expect(await ask(a, 'getProcess', { name: 'here' })).not.toHaveProperty('node');
    expect(network.said).toEqual([]);
  });

  test('says of a process where it lives, where that is not here', async () => {
    expect(await ask(a, 'getProcess', { name: 'there' })).toMatchObject({ at: 'b', node: 'b' });
  });

  test('goes to the node that has the process, in the name of this node', async () => {
    expect(await ask(a, 'stopProcess', { name: 'there' })).toEqual({ at: 'b' });
    expect(b.calls.at(-1)).toMatchObject({ name: 'stopProcess', by: 'node:a' });
    expect(c.calls.some(({ name }) => name === 'stopProcess')).toBe(false);
  });

  test('is refused when several nodes have it', async () => {
    const error = await caughtLater(ask(a, 'stopProcess', { name: 'both' }));
    expect(error).toMatchObject({ code: 'PROCESS_ON_SEVERAL', details: { nodes: ['b', 'c'] } });
  });

  test('is refused as it would be here when nobody has it, or has heard of it', async () => {
    expect((await caughtLater(ask(a, 'getProcess', { name: 'nowhere' }))).code).toBe('PROCESS_NOT_FOUND');
  });

  test('is not refused for good while what it is about is on its way, or its node is away', async () => {
    a.heard.whereabouts.set('there', 'it was last heard of on node b');
    network.stop('b');
    for (const away of [[], ['b']]) {
      a.heard.away = away;
      const error = await caughtLater(ask(a, 'stopProcess', { name: 'there' }));
      expect(error).toMatchObject({ code: 'NOT_KNOWN_YET', retryable: true });
      expect(error.message).toContain('last heard of on node b');
      expect(await caughtLater(ask(a, 'getRun', { id: 'run_b' }))).toMatchObject({
        code: 'NOT_KNOWN_YET',
        message: expect.stringContaining('b may have it'),
      });
    }
    network.start('b');
    expect(await ask(c, 'stopProcess', { name: 'there' })).toEqual({ at: 'b' });
  });

  test('is not refused for good where a process has left between two questions', async () => {
    b.peers.answer('process.here', 'observe', async () => true);
    expect((await caughtLater(ask(a, 'stopProcess', { name: 'left' }))).code).toBe('NOT_KNOWN_YET');
  });

  test('finds runs and the like by their ids', async () => {
    expect(await ask(c, 'getRun', { id: 'run_b' })).toEqual({ id: 'run_b', at: 'b' });
    expect((await caughtLater(ask(c, 'getRun', { id: 'run_x' }))).code).toBe('RUN_NOT_FOUND');
  });
});

test('a deleted process is brought back by the node that has it', async () => {
  expect(await ask(a, 'restoreProcess', { name: 'was-b' })).toEqual({ at: 'b' });
  expect((await caughtLater(ask(a, 'restoreProcess', { name: 'was-x' }))).code).toBe('PROCESS_NOT_FOUND');
});

test('a list of all nodes begins with the newest, wherever that is', async () => {
  const { items } = (await ask(a, 'listRuns', { nodes: 'all' })) as { items: { id: string }[] };
  expect(items.map(({ id }) => id)).toEqual(['c', 'run_b', 'a', 'b']);
});

test('a list of all nodes says where each is, and leaves out who is away', async () => {
  network.stop('c');
  const { items } = (await ask(a, 'listProcesses', { nodes: 'all' })) as { items: object[] };
  expect(items).toEqual([
    { name: 'here', node: 'a' },
    { name: 'twice', node: 'a' },
    { name: 'there', node: 'b' },
    { name: 'both', node: 'b' },
  ]);
});

test('what is gathered of all nodes says of each that did not answer that nothing of it is in it', async () => {
  network.stop('c');
  const forecast = async () =>
    (await ask(a, 'forecast', { nodes: 'all' })) as {
      items: { process: string; node: string }[];
      silent: { node: string; reason: string }[];
      nodeNames: object;
    };
  for (const away of [[], ['c']]) {
    a.heard.away = away;
    const { items, silent, nodeNames } = await forecast();
    expect(items.map(({ process, node: of }) => `${process} ${of}`)).toEqual(['p-a a', 'p-b b']);
    expect(silent).toMatchObject([{ node: 'c', reason: expect.any(String) }]);
    expect(nodeNames).toMatchObject({ a: 'node a', b: 'b' });
  }
  network.start('c');
  a.heard.away = [];
  expect((await forecast()).silent).toEqual([]);
  const only = (await ask(a, 'forecast', { nodes: 'all', process: 'p-b' })) as { items: object[]; silent: object[] };
  expect(only).toMatchObject({ items: [{ process: 'p-b', node: 'b' }], silent: [] });
  expect(await caughtLater(ask(a, 'forecast', { nodes: 'all', process: 'p-x' }))).toMatchObject({
    code: 'PROCESS_NOT_FOUND',
  });
});

describe('a named node', () => {
  test('is found by id or name, and what is not known or meant by two is refused', () => {
    network.join('d1', { name: 'nas' });
    network.join('d2', { name: 'nas' });
    const named = (wanted: string) => nodeNamed(a.peers, { name: 'laptop' }, wanted);
    expect(['a', 'laptop', 'b', 'd1'].map(named)).toEqual(['a', 'a', 'b', 'd1']);
    expect(caught(() => named('nas')).message).toContain('2 nodes');
    expect(caught(() => named('x'))).toMatchObject({
      code: 'PEER_UNKNOWN',
      message: expect.stringContaining('laptop, b, c'),
    });
  });

  test('checks input and refusals itself', async () => {
    const far = remoteApi(a.peers, 'b') as Record<string, RuntimeApi[keyof RuntimeApi]>;
    const call = (name: string, input: unknown) =>
      (far[name] as unknown as (input: unknown, by: string) => Promise<unknown>)(input, 'x');
    expect((await caughtLater(call('getRun', { id: 7 }))).code).toBe('REQUEST_INVALID');
    expect((await caughtLater(call('getRun', { id: 'x', more: 1 }))).code).toBe('UNKNOWN_FIELD');
    expect((await caughtLater(call('getRun', { id: 'x' }))).code).toBe('RUN_NOT_FOUND');
    expect((await caughtLater(a.peers.ask('b', 'operation', { name: 'constructor' }))).code).toBe('ROUTE_NOT_FOUND');
    expect((await caughtLater(a.peers.ask('b', 'operation', null))).code).toBe('REQUEST_INVALID');
  });

  test('lets each role do what it may, for every operation of the table', async () => {
    const roles = { observe: ['read'], operate: ['read', 'operate'], member: ['read', 'operate', 'admin'] } as const;
    for (const [role, scopes] of Object.entries(roles)) {
      network.grant('b', 'a', role as keyof typeof roles);
      for (const [name, { scope }] of Object.entries(operations)) {
        const error = await caughtLater(a.peers.ask('b', 'operation', { name, input: { no: 'such field' } }));
        const refused = error.code === 'ROLE_REQUIRED' || error.code === 'PEER_REFUSED';
        const local =
          /pair|identity|cluster\/(?:leave|nodes|look)|restore|import|node\/window/.test(
            operations[name as keyof typeof operations].route,
          ) || ['createCluster', 'configureCluster'].includes(name);
        if (!local) expect([role, name, refused]).toEqual([role, name, !(scopes as readonly string[]).includes(scope)]);
      }
    }
  });

  test('never lets a peer change whom it trusts', async () => {
    network.grant('b', 'a', 'hub');
    for (const name of [
      'createCluster',
      'openPairing',
      'pair',
      'confirmPairing',
      'setPeerRole',
      'unpair',
      'acceptNode',
      'leaveCluster',
      'renewIdentity',
      'restore',
    ]) {
      expect([name, (await caughtLater(a.peers.ask('b', 'operation', { name, input: {} }))).code]).toEqual([
        name,
        'PEER_REFUSED',
      ]);
    }
    expect(b.calls).toEqual([]);
  });
});

describe('notices of another node', () => {
  test('come in order, once each, over lost questions and answers, and not after the watcher has ended', async () => {
    const clock = new HandClock();
    const slow = new PeerNetwork({ clock });
    const [near, far] = [slow.join('a'), slow.join('b')];
    const board = new NoticeBoard();
    answerNotices(far, board, clock);
    const heard: RuntimeNotice[] = [];
    const stop = remoteNotices(near, 'b', clock).watch(null, (notice) => heard.push(notice));
    await clock.advance(10);
    for (const [from, to] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      slow.lose(from, to, 0.3);
    for (let count = 0; count < 50; count++) {
      board.say({ kind: 'node.changed', text: String(count) });
      await clock.advance(2_000);
    }
    slow.heal();
    await clock.advance(60_000);
    expect(
      heard.map(({ text }) => text),
      slow.draws.label,
    ).toEqual(Array.from({ length: 50 }, (_, at) => String(at)));
    stop();
    await clock.advance(60_000);
    board.say({ kind: 'node.changed' });
    await clock.advance(60_000);
    expect([heard.length, board.watchers]).toEqual([50, 0]);
  });

  test('begin with a gap where they are not kept any more', async () => {
    const board = new NoticeBoard();
    answerNotices(b.peers, board, systemClock);
    board.say({ kind: 'node.changed' });
    const heard: RuntimeNotice[] = [];
    const stop = remoteNotices(a.peers, 'b', systemClock).watch({ seq: 99, boot: 'an older start' }, (notice) =>
      heard.push(notice),
    );
    await until(() => heard.length > 0);
    expect(heard[0]).toMatchObject({ kind: 'notices.gap', seq: 1 });
    stop();
  });
});
