import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Paired, PairingDesk } from '../../src/main/cluster/pairing/pairing-desk.ts';
import { caught, caughtLater } from '../world/caught.ts';
import { HandClock } from '../world/hand-clock.ts';
import { type LinkedNode, linkedNode } from '../world/linked-node.ts';
import { until } from '../world/until.ts';

/** A node with a desk, over real TLS on loopback; its clock stands until the test turns it. */
interface Side extends LinkedNode {
  desk: PairingDesk;
  kept: Paired[];
  state(): string | undefined;
}

const clock = new HandClock();
let hub: Side;
let asker: Side;
let address: string;

function side(name: string, isHub: boolean): Side {
  const node = linkedNode(name, { clock });
  const kept: Paired[] = [];
  const desk = new PairingDesk({
    identity: node.identity,
    name: () => name,
    clock,
    card: () => (isHub ? { id: 'c1', name: 'Home' } : null),
    onPaired: (paired) => kept.push(paired),
    onChange: () => {},
  });
  node.peers.welcomePairings((socket, from) => void desk.welcome(socket, from));
  return { ...node, desk, kept, state: () => desk.list().at(-1)?.state };
}

beforeEach(async () => {
  hub = side('nas', true);
  asker = side('laptop', false);
  await hub.peers.listen(0, '127.0.0.1');
  address = `127.0.0.1:${hub.peers.port}`;
});
afterEach(async () => {
  for (const each of [hub, asker]) {
    each.desk.close();
    await each.peers.close();
  }
  await clock.advance(1_000);
});

/** Both screens show words. */
async function meet() {
  const asked = await asker.desk.ask(address, hub.desk.showCode().code, 'hub');
  const shown = await until(() => hub.desk.list().at(-1));
  expect(asked.words).toEqual(shown.words);
  return { asked, shown };
}

test('a pair is kept on both sides once both people have confirmed, and not before', async () => {
  const { asked, shown } = await meet();
  expect(asker.desk.confirm(asked.id).state).toBe('waiting');
  expect([hub.kept, asker.kept]).toEqual([[], []]);
  expect(hub.desk.confirm(shown.id, 'operate').state).toBe(hub.kept.length > 0 ? 'paired' : 'waiting');
  await until(() => hub.kept.length > 0 && asker.kept.length > 0);
  const cluster = { id: 'c1', name: 'Home' };
  expect(hub.kept).toEqual([
    { side: 'hub', node: asker.identity.node, name: 'laptop', role: 'operate', address: null, cluster },
  ]);
  expect(asker.kept).toEqual([{ side: 'asker', node: hub.identity.node, name: 'nas', role: 'hub', address, cluster }]);
});

test('words that differ for one of the two are the end of it on both sides', async () => {
  const { asked, shown } = await meet();
  hub.desk.confirm(shown.id);
  asker.desk.reject(asked.id);
  await until(() => hub.state() === 'failed');
  expect(hub.desk.list().at(-1)?.reason).toContain('rejected at the other side');
  expect(caught(() => hub.desk.confirm(shown.id))).toMatchObject({ code: 'PAIRING_NOT_FOUND' });
  expect([hub.kept, asker.kept]).toEqual([[], []]);
});

test('words that nobody compares for three minutes are void', async () => {
  const { asked } = await meet();
  asker.desk.confirm(asked.id);
  await clock.advance(180_000);
  await until(() => hub.state() === 'failed' && asker.state() === 'failed');
  expect([hub.kept, asker.kept]).toEqual([[], []]);
});

test('a code is good for one pairing, and for none after two minutes', async () => {
  const { code } = hub.desk.showCode();
  await asker.desk.ask(address, code, 'hub');
  expect((await caughtLater(asker.desk.ask(address, code, 'hub'))).code).toBe('PAIRING_FAILED');
  const late = hub.desk.showCode().code;
  await clock.advance(120_000);
  expect((await caughtLater(asker.desk.ask(address, late, 'hub'))).code).toBe('PAIRING_FAILED');
});

test('three wrong codes void the right one, and both sides are told', async () => {
  const { code } = hub.desk.showCode();
  const wrong = code === '12345678' ? '87654321' : '12345678';
  for (const words of ['the code is wrong', 'the code is wrong', 'wrong too often']) {
    const error = await caughtLater(asker.desk.ask(address, wrong, 'hub'));
    expect(error).toMatchObject({ code: 'PAIRING_CODE_INVALID', message: expect.stringContaining(words) });
  }
  expect((await caughtLater(asker.desk.ask(address, code, 'hub'))).code).toBe('PAIRING_FAILED');
  expect(caught(() => hub.desk.showCode()).code).toBe('PAIRING_LOCKED');
  await until(() => hub.desk.list().length === 3);
  expect(hub.desk.list().at(-1)).toMatchObject({ state: 'failed', node: asker.identity.node, words: [] });
  await clock.advance(30_000);
});

test('nobody is taken in by a node that is no hub, nor made a hub by one, nor paired with itself', async () => {
  await asker.peers.listen(0, '127.0.0.1');
  asker.desk.showCode();
  const own = `127.0.0.1:${asker.peers.port}`;
  expect((await caughtLater(hub.desk.ask(own, '12345678', 'hub'))).code).toBe('PAIRING_FAILED');
  expect((await caughtLater(hub.desk.ask(address, '12345678', 'hub'))).message).toContain('itself');
  const { shown } = await meet();
  expect(caught(() => hub.desk.confirm(shown.id, 'hub')).code).toBe('REQUEST_INVALID');
});

test('who hangs up before both have confirmed is not paired', async () => {
  const { shown } = await meet();
  hub.desk.confirm(shown.id);
  asker.desk.close();
  await until(() => hub.state() === 'failed');
  expect(hub.kept).toEqual([]);
});
