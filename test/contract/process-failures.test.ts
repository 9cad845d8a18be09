import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../../src/shared/errors.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, ended, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const passing = () => new RuntimeError('FETCH_FAILED', 'The line was cut.');
const lasting = () => new RuntimeError('TOOL_FAILED', 'That will never work.');
const calling = script(`
  await agent.tool('look', { what: event.payload.n });
  await agent.tool('put', { what: event.payload.n });
  return event.payload.n`);
const failing = script(`if (event.payload.fail) throw new Error('on purpose'); return null`);

describe.each(storeKinds)('what fails in a process, kept in %s', (journal) => {
  test('a failure that may pass is tried again after a growing wait, at the step that failed', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', calling);
    world.ledger.fail('put', passing(), passing(), passing());
    const { eventId } = await wake(process, { n: 1 });
    const waits: number[] = [];
    for (let retry = 1; retry <= 3; retry++) {
      await world.until(() => process.snapshot.queue.get(eventId)?.attempts === retry + 1);
      const [run] = process.snapshot.runs.values();
      waits.push((run?.parked?.until ?? 0) - world.clock.now());
      await world.clock.advance((waits.at(-1) ?? 0) - 1);
      expect(process.snapshot.queue.get(eventId)?.state).toBe('delayed');
      await world.clock.advance(1);
    }
    await drained(process);
    expect(waits).toEqual([2_000, 4_000, 8_000]);
    expect(world.ledger.calls.map(({ tool }) => tool)).toEqual(['look', 'put']);
    expect((await settled(world, process)).map(({ outcome }) => outcome)).toEqual(['done']);
    expect(await bodiesOf(world, process, 'run.started')).toHaveLength(1);
  });

  test('a wait between two tries survives a kill, and ends when it would have', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    let process = await world.started('p', calling);
    world.ledger.fail('put', passing());
    await wake(process, { n: 1 });
    await world.until(() => process.snapshot.queue.values().next().value?.state === 'delayed');
    await world.clock.advance(500);
    await world.restart('killed');
    process = await world.takenUp('p');
    await world.clock.advance(1_499);
    expect(world.ledger.done('put')).toEqual([]);
    await world.clock.advance(1);
    await drained(process);
    expect(world.ledger.calls.map(({ tool }) => tool)).toEqual(['look', 'put']);
  });

  test('an event that waits for its next try holds up no other', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', calling);
    world.ledger.fail('put', passing());
    await wake(process, { n: 1 });
    await wake(process, { n: 2 });
    await ended(process, 1);
    expect(world.ledger.done('put')).toEqual([2]);
    await world.clock.advance(2_000);
    await drained(process);
    expect(world.ledger.done('put')).toEqual([2, 1]);
  });

  test('after its last try an event is set aside with the reason, and redelivered it runs anew', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', { ...calling, triggerDelivery: { maxRetries: 1 } });
    world.ledger.fail('put', passing(), passing());
    const { eventId } = await wake(process, { n: 1 });
    await world.until(() => process.snapshot.queue.get(eventId)?.state === 'delayed');
    await world.clock.advance(2_000);
    await ended(process, 1);
    const [end] = await settled(world, process);
    expect(end?.error?.code).toBe('FETCH_FAILED');
    expect(end?.error?.message).toContain('retries exhausted: The line was cut.');
    expect(process.snapshot.counts).toMatchObject({ dead: 1, done: 0 });
    const again = await process.redeliver(eventId, {
      trigger: 'manual',
      kind: 'manual',
      dedupeKey: '',
      payload: { n: 1 },
      metadata: {},
      taint: [],
    });
    expect(again.eventId).not.toBe(eventId);
    await drained(process);
    expect(process.snapshot.counts).toMatchObject({ dead: 1, done: 1 });
    expect(world.ledger.done('look')).toEqual([1, 1]);
    expect((await bodiesOf(world, process, 'event.accepted'))[1]?.redelivers).toBe(eventId);
  });

  test('what will not pass, and what may have happened already, is not tried again', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', script(`await agent.tool(event.payload.tool, {}); return null`));
    world.ledger.fail('put', lasting());
    world.ledger.fail('pay', passing());
    await wake(process, { tool: 'put' });
    await wake(process, { tool: 'pay' });
    await ended(process, 2);
    const ends = await settled(world, process);
    expect(ends.map(({ error }) => error?.code)).toEqual(['TOOL_FAILED', 'FETCH_FAILED']);
    expect(ends[1]?.error?.message).toContain('pay failed and is not known to be repeatable');
    expect(await bodiesOf(world, process, 'run.retrying')).toEqual([]);
  });

  test('so many failed events in a row make a failed process; one that is done begins the count anew', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', { ...failing, maxConsecutiveFailures: 2 });
    for (const fail of [true, false, true]) await wake(process, { fail });
    await ended(process, 3);
    expect(process.state).toBe('running');
    await wake(process, { fail: true });
    await wake(process, { fail: false });
    await world.until(() => process.state === 'failed');
    expect(process.snapshot.stateReason).toContain('2 events failed in a row');
    const waiting = process.snapshot.queue.size;
    await process.start();
    await drained(process);
    expect(waiting).toBe(1);
    expect(process.snapshot.counts).toMatchObject({ done: 2, dead: 3 });
  });

  test('a process that fails goes on to take what others send it, also while a step of it still ends', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', {
      ...script(`
        if (event.payload.data === 'fail') throw new Error('no');
        await agent.tool('look', { what: event.payload.data });
        return null`),
      triggers: [{ type: 'event', eventType: 'orders.*' }],
      concurrency: 2,
      maxConsecutiveFailures: 1,
      restartPolicy: 'never',
    } as never);
    const gate = world.ledger.hold('look');
    const publish = (data: string, seq: number) =>
      world.bus.publish({ id: `e${seq}`, type: 'orders.paid', source: 'shop', data, at: 0, seq, position: 0 });
    await publish('hold', 1);
    await gate.arrived;
    await publish('fail', 2);
    await world.until(() => process.state === 'failed');
    await publish('heard', 3);
    gate.open();
    await publish('heard', 4);
    await world.until(() => !process.isArmed);
    expect(process.snapshot.counts.accepted).toBe(4);
  });

  test('G16: a failed process is started again by its policy, later each time, until it has been tried often enough', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand', expects: ['stays failed'] });
    const config = { ...failing, maxConsecutiveFailures: 1, restartPolicy: 'on_failure', maxRestarts: 2 } as const;
    let process = await world.started('p', config);
    for (const longest of [1_000, 2_000]) {
      await wake(process, { fail: true });
      await world.until(() => process.state === 'failed' && !process.isArmed);
      if (longest === 2_000) {
        await world.restart('killed');
        process = await world.takenUp('p');
        expect(process.state).toBe('failed');
      }
      await world.until(() => world.clock.advance(longest).then(() => process.state === 'running'));
    }
    await wake(process, { fail: true });
    await world.until(() => process.state === 'failed' && !process.isArmed);
    await world.clock.advance(3_600_000);
    expect(process.state).toBe('failed');
    const starts = (await bodiesOf(world, process, 'state.changed')).filter(({ to }) => to === 'starting');
    expect(starts.map(({ by }) => by)).toEqual(['user', 'restart-policy', 'restart-policy']);
  });

  test('a run that is done begins the count of restarts anew; a policy of never leaves it failed', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const config = { ...failing, maxConsecutiveFailures: 1, maxRestarts: 1 } as const;
    const process = await world.started('p', { ...config, restartPolicy: 'always' });
    for (let round = 0; round < 2; round++) {
      await wake(process, { fail: true });
      await world.until(() => process.state === 'failed' && !process.isArmed);
      await world.until(() => world.clock.advance(1_000).then(() => process.state === 'running'));
      await wake(process, { fail: false });
      await world.until(() => process.snapshot.restarts === 0 && process.snapshot.queue.size === 0);
    }
    const other = await world.started('q', { ...config, restartPolicy: 'never' });
    await wake(other, { fail: true });
    await world.until(() => other.state === 'failed' && !other.isArmed);
    await world.clock.advance(3_600_000);
    expect(other.state).toBe('failed');
  });
});
