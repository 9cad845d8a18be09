import { expect, onTestFinished, test } from 'vitest';
import { arbitrate } from '../../../src/main/cluster/leases/arbiter.ts';
import { abortAfterMs, type Failover, leaseMs, stopStepsAfterMs } from '../../../src/main/cluster/leases/leases.ts';
import { LeasesInMemory } from '../../../src/main/cluster/leases/leases-in-memory.ts';
import { LeasesOfHub } from '../../../src/main/cluster/leases/leases-questions.ts';
import { LeasedOwnership } from '../../../src/main/cluster/leases/ownership.ts';
import { sleeplessClock } from '../../../src/main/cluster/leases/ownership-clock.ts';
import { draws } from '../../world/draws.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { PeerNetwork } from '../../world/peer-network.ts';

/** A machine of its own, which can sleep; its clocks are those of the test otherwise. */
class Machine {
  slept = 0;
  readonly ownership: LeasedOwnership;
  readonly told: string[] = [];

  constructor(world: World, node: string, options: { pausesAlways?: boolean } = {}) {
    const { clock, network } = world;
    const leases = new LeasesOfHub(network.join(node), () => 'hub');
    const sleepless = sleeplessClock(() => ({
      steady: clock.elapsed(),
      up: clock.elapsed() + this.slept,
      wall: clock.now(),
    }));
    const holder = { node, session: `${node}-1` };
    this.ownership = new LeasedOwnership({ leases, holder, clock, sleepless, ...options });
    this.ownership.onLost((process, epoch) => this.told.push(`lost ${process} ${epoch}`));
    this.ownership.onSilence((process, silence) => this.told.push(`${silence} ${process}`));
    this.ownership.start();
    onTestFinished(() => this.ownership.stop());
  }
}

interface World {
  clock: HandClock;
  network: PeerNetwork;
  hub: LeasesInMemory;
}

function world(): World {
  const clock = new HandClock();
  const network = new PeerNetwork({ clock });
  const hub = new LeasesInMemory(clock);
  arbitrate(network.join('hub'), hub);
  return { clock, network, hub };
}

const wish = (process: string, failover: Failover = 'auto') => ({ process, failover });

/** Answers of promises that need hand-turned time. */
async function passing<T>(clock: HandClock, promise: Promise<T>, ms = 5_000): Promise<T> {
  const result = promise.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  await clock.advance(ms);
  const settled = await result;
  if ('thrown' in settled) throw settled.thrown;
  return settled.value;
}

test('renews all it has with one question every four seconds', async () => {
  const { clock, network } = world();
  const { ownership } = new Machine({ clock, network, hub: new LeasesInMemory(clock) }, 'a');
  await ownership.acquire([wish('p'), wish('q'), wish('r', 'manual')]);
  expect(['p', 'q', 'r'].map((name) => ownership.epoch(name))).toEqual([1, 1, 1]);
  network.said.length = 0;
  await clock.advance(60_000);
  expect(network.said.filter((said) => said.endsWith('lease.renew'))).toHaveLength(15);
  expect(['p', 'q', 'r'].every((name) => ownership.owns(name))).toBe(true);
  expect(ownership.owns('never asked for')).toBe(false);
  expect(ownership.owns('@node')).toBe(true);
});

test('begins no step 11 s after it last asked, breaks off at 14 s, and goes on when the arbiter answers again', async () => {
  const it = world();
  const { ownership, told } = new Machine(it, 'a');
  await ownership.acquire([wish('p', 'auto'), wish('m', 'manual'), wish('e', 'eager')]);
  it.network.cut('a', 'hub');
  await it.clock.advance(stopStepsAfterMs - 1);
  expect(ownership.owns('p')).toBe(true);
  await it.clock.advance(1);
  expect(ownership.owns('p')).toBe(false);
  expect(told).toEqual(['pause p']);
  await it.clock.advance(abortAfterMs - stopStepsAfterMs);
  expect(told).toEqual(['pause p', 'abort p']);
  await it.clock.advance(3_600_000);
  expect([ownership.owns('m'), ownership.owns('e')], 'they go on where they are').toEqual([true, true]);
  it.network.heal();
  await it.clock.advance(5_000);
  expect(ownership.owns('p')).toBe(true);
  expect(told).toEqual(['pause p', 'abort p', 'back p']);
});

test('goes on when the answer comes before it has seen that there was none', async () => {
  const it = world();
  const machine = new Machine(it, 'a');
  const { ownership, told } = machine;
  await ownership.acquire([wish('p')]);
  machine.slept += stopStepsAfterMs;
  expect(ownership.owns('p'), 'whatever asks now is told to wait').toBe(false);
  await ownership.renew();
  expect(ownership.owns('p')).toBe(true);
  expect(told).toEqual(['back p']);
});

test('G25: is never owner at the same time as another, however the network behaves', async () => {
  const chance = draws();
  const it = world();
  const machines = ['a', 'b', 'c'].map((node) => new Machine(it, node));
  let owned = 0;
  for (let step = 0; step < 3_000; step++) {
    if (chance.chance(0.03)) {
      const node = chance.one(['a', 'b', 'c']);
      const fault = chance.one(['heal', 'heal', 'deaf', 'cut']);
      if (fault === 'heal') it.network.heal(node, 'hub');
      if (fault === 'deaf') it.network.cutOneWay('hub', node);
      if (fault === 'cut') it.network.cut(node, 'hub');
      it.network.delay('hub', node, chance.int(0, 2_000));
    }
    if (chance.chance(0.02)) (chance.one(machines) as Machine).slept += chance.int(0, 20_000);
    if (chance.chance(0.3))
      void chance
        .one(machines)
        .ownership.acquire([wish('p')])
        .catch(() => {});
    await it.clock.advance(250);
    const owners = machines.filter(({ ownership }) => ownership.owns('p'));
    expect(owners.length, `${chance.label}, step ${step}`).toBeLessThanOrEqual(1);
    owned += owners.length;
  }
  expect(owned, `${chance.label}: it is owned now and then`).toBeGreaterThan(300);
  expect(Math.max(...machines.map(({ ownership }) => ownership.epoch('p')))).toBeGreaterThan(1);
});

test('counts a lease from before it asked, not from when the answer came', async () => {
  const it = world();
  const { ownership } = new Machine(it, 'a');
  it.network.delay('hub', 'a', 2_500);
  await passing(it.clock, ownership.acquire([wish('p')]), 2_500);
  it.network.cut('a', 'hub');
  await it.clock.advance(stopStepsAfterMs - 2_500 - 1);
  expect(ownership.owns('p')).toBe(true);
  await it.clock.advance(1);
  expect(ownership.owns('p')).toBe(false);
});

test.each([
  ['the time since the start of the system', (machine: Machine) => void (machine.slept += leaseMs)],
  ['the clock on the wall', (_: Machine, clock: HandClock) => clock.jump(leaseMs)],
])('knows by %s that the machine slept, before any timer has gone off', async (_, sleep) => {
  const it = world();
  const machine = new Machine(it, 'a');
  await machine.ownership.acquire([wish('p')]);
  expect(machine.ownership.owns('p')).toBe(true);
  sleep(machine, it.clock);
  expect(machine.ownership.owns('p')).toBe(false);
  await it.clock.advance(1_000);
  expect(machine.ownership.owns('p'), 'nobody had taken it').toBe(true);
});

test('is not misled by a clock that is set back', async () => {
  const it = world();
  const { ownership } = new Machine(it, 'a');
  await ownership.acquire([wish('p')]);
  it.network.cut('a', 'hub');
  await it.clock.advance(5_000);
  it.clock.jump(-24 * 3_600_000);
  await it.clock.advance(stopStepsAfterMs - 5_000);
  expect(ownership.owns('p')).toBe(false);
});

test('yields a process that a person gave to another node while it was cut off', async () => {
  const it = world();
  const [a, b] = [new Machine(it, 'a'), new Machine(it, 'b')];
  await a.ownership.acquire([wish('p', 'manual')]);
  it.network.cut('a', 'hub');
  expect(await b.ownership.force(wish('p', 'manual'))).toMatchObject({ owner: 'b', epoch: 2 });
  await it.clock.advance(60_000);
  expect(a.ownership.owns('p'), 'it cannot know').toBe(true);
  it.network.heal();
  await it.clock.advance(5_000);
  expect([a.ownership.owns('p'), b.ownership.owns('p')]).toEqual([false, true]);
  expect(a.told).toEqual(['lost p 1']);
  expect(a.ownership.epoch('p'), 'so that what it still writes is told from what the new owner writes').toBe(1);
});

test('is no bolder than either policy while the arbiter may go by the one or the other', async () => {
  const it = world();
  const { ownership } = new Machine(it, 'a');
  await ownership.acquire([wish('now auto', 'manual'), wish('now manual', 'auto')]);
  it.network.cutOneWay('hub', 'a');
  ownership.follow('now auto', 'auto');
  ownership.follow('now manual', 'manual');
  await it.clock.advance(stopStepsAfterMs);
  expect([ownership.owns('now auto'), ownership.owns('now manual')]).toEqual([false, false]);
  it.network.heal();
  await it.clock.advance(5_000);
  it.network.cut('hub', 'a');
  await it.clock.advance(stopStepsAfterMs);
  expect([ownership.owns('now auto'), ownership.owns('now manual')]).toEqual([false, true]);
});

test('says why a process may not work here: another has it, or nobody answers; and no more once it may', async () => {
  const it = world();
  const [a, b] = [new Machine(it, 'a'), new Machine(it, 'b')];
  await a.ownership.acquire([wish('p', 'auto')]);
  expect(a.ownership.awaited('p')).toBeNull();
  expect(b.ownership.awaited('p')).toBeNull();
  const since = it.clock.now();
  await b.ownership.acquire([wish('p', 'auto')]);
  await it.clock.advance(1_000);
  await b.ownership.acquire([wish('p', 'auto')]);
  expect(b.ownership.awaited('p')).toMatchObject({ code: 'LEASE_LOST', since });
  expect(b.ownership.awaited('p')?.message).toContain('Node a owns it');
  it.network.cut('a', 'hub');
  await it.clock.advance(stopStepsAfterMs);
  expect(a.ownership.awaited('p')?.message).toContain('does not answer');
  await it.clock.advance(leaseMs);
  expect(await b.ownership.claim(wish('p', 'auto'))).toMatchObject({ granted: true });
  expect(b.ownership.awaited('p')).toBeNull();
});

test('tells the arbiter at once of another policy: a node that is lost a moment later is followed by it', async () => {
  const it = world();
  const [a, b] = [new Machine(it, 'a'), new Machine(it, 'b')];
  await a.ownership.acquire([wish('p', 'manual')]);
  a.ownership.follow('p', 'auto');
  await it.clock.advance(1);
  it.network.cut('a', 'hub');
  await it.clock.advance(leaseMs + 5_000);
  expect(await b.ownership.claim(wish('p', 'auto'))).toMatchObject({ granted: true, lease: { epoch: 2 } });
});

test('goes on after a restart with what stays here, also while the arbiter is away; the rest waits for its answer', async () => {
  const it = world();
  await it.hub.acquire({ node: 'a', session: 'earlier' }, [wish('p', 'auto'), wish('m', 'manual')]);
  const { ownership, told } = new Machine(it, 'a');
  it.network.cut('a', 'hub');
  ownership.assume('p', 1, 'auto');
  ownership.assume('m', 1, 'manual');
  await it.clock.advance(60_000);
  expect([ownership.owns('p'), ownership.owns('m')]).toEqual([false, true]);
  it.network.heal();
  await it.clock.advance(5_000);
  expect([ownership.owns('p'), ownership.owns('m')]).toEqual([true, true]);
  expect([ownership.epoch('p'), ownership.epoch('m')], 'this start has an epoch of its own').toEqual([2, 2]);
  expect(told).toEqual(['back p']);
});

test('stops all when cut off where the journal is on the other side too', async () => {
  const it = world();
  const { ownership } = new Machine(it, 'a', { pausesAlways: true });
  await ownership.acquire([wish('m', 'manual')]);
  it.network.cut('a', 'hub');
  await it.clock.advance(stopStepsAfterMs);
  expect(ownership.owns('m')).toBe(false);
});

test('owns nothing from the moment it gives it back, whether or not the arbiter hears of it', async () => {
  const it = world();
  const [a, b] = [new Machine(it, 'a'), new Machine(it, 'b')];
  await a.ownership.acquire([wish('p'), wish('q')]);
  const released = a.ownership.release('p', 'b');
  expect(a.ownership.owns('p')).toBe(false);
  expect(await released).toBe(true);
  expect(await b.ownership.claim(wish('p'))).toMatchObject({ granted: true, lease: { epoch: 2 } });
  expect(await a.ownership.forget('q')).toBe(true);
  expect((await a.ownership.list()).leases.map(({ process }) => process)).toEqual(['p']);
  it.network.cut('a', 'hub');
});
