import { describe, expect, test } from 'vitest';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, ended, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();
const asking = script(`
  await agent.tool('put', { what: 'before' });
  const answer = await agent.ask('Shall I go on?');
  await agent.tool('put', { what: answer });
  return answer`);
const twoSteps = script(`
  await agent.tool('put', { what: event.payload.n + 'a' });
  await agent.tool('put', { what: event.payload.n + 'b' });
  return null`);

describe.each(storeKinds)('a run that waits, kept in %s', (journal) => {
  test.each(['nothing', 'killed', 'closed'] as const)(
    'asks a person, awaits, and goes on with the answer; between them: %s',
    async (between) => {
      await using world = await createWorld({ journal, sandbox });
      let process = await world.started('p', asking);
      await wake(process);
      const item = await openItem(process);
      expect(item).toMatchObject({ kind: 'question', question: 'Shall I go on?' });
      await world.until(() => process.state === 'awaiting');
      if (between !== 'nothing') {
        await world.restart(between);
        process = await world.takenUp('p');
      }
      expect(process.state).toBe('awaiting');
      await process.steering.answer(item.id, { go: true }, 'ada');
      await drained(process);
      await world.until(() => process.state === 'running');
      expect(world.ledger.done('put')).toEqual(['before', { go: true }]);
      expect(world.ledger.calls).toHaveLength(2);
      expect((await bodiesOf(world, process, 'item.answered'))[0]).toMatchObject({ item: item.id, by: 'ada' });
      expect((await caughtLater(process.steering.answer(item.id, 'again', 'ada'))).code).toBe('INBOX_ITEM_NOT_FOUND');
    },
  );

  test('is asked again for nothing: questions put at once are answered one after the other', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', script(`return Promise.all([agent.ask('one?'), agent.ask('two?')])`));
    await wake(process);
    for (const expected of ['one?', 'two?']) {
      const item = await world.until(async () => {
        const open = await openItem(process);
        return open.question === expected ? open : undefined;
      });
      expect(process.snapshot.items.size).toBe(1);
      await process.steering.answer(item.id, expected.toUpperCase(), 'ada');
    }
    await drained(process);
    expect((await settled(world, process))[0]?.output).toEqual(['ONE?', 'TWO?']);
  });

  test('can be answered while its process is stopped or suspended, and goes on when that works again', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started('p', asking);
    await wake(process);
    const first = await openItem(process);
    await process.suspend();
    await process.steering.answer(first.id, 'one', 'ada');
    expect(process.state).toBe('suspended');
    expect(world.ledger.done('put')).toEqual(['before']);
    await process.resume();
    await drained(process);
    await wake(process);
    const second = await openItem(process);
    await process.stop();
    await process.steering.answer(second.id, 'two', 'ada');
    expect(process.state).toBe('stopped');
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.start();
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['before', 'one', 'before', 'two']);
  });

  test('sleeps without holding up others, and wakes at its time, not before, also after a kill', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    let process = await world.started(
      'p',
      script(`
        if (event.payload.ms) await agent.sleep(event.payload.ms);
        await agent.tool('put', { what: event.payload.n });
        return null`),
    );
    await wake(process, { n: 1, ms: 60_000 });
    await wake(process, { n: 2 });
    await ended(process, 1);
    expect(world.ledger.done('put')).toEqual([2]);
    expect(process.state).toBe('running');
    await world.clock.advance(20_000);
    await world.restart('killed');
    await world.clock.advance(20_000);
    process = await world.takenUp('p');
    await world.clock.advance(19_999);
    expect(world.ledger.done('put')).toEqual([2]);
    await world.clock.advance(1);
    await drained(process);
    expect(world.ledger.done('put')).toEqual([2, 1]);
  });

  test('a sleep that was over while nothing ran ends at once', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    let process = await world.started(
      'p',
      script(`await agent.sleep(60_000); return agent.now() - event.at >= 60_000`),
    );
    await wake(process);
    await world.until(() => process.snapshot.runs.values().next().value?.parked);
    await world.restart('killed');
    await world.clock.advance(86_400_000);
    process = await world.takenUp('p');
    await drained(process);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: true });
  });

  test('suspended in the middle it begins no further step, and goes on there when resumed', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', twoSteps);
    const gate = world.ledger.hold('put', 'after');
    await wake(process, { n: 1 });
    await gate.arrived;
    await process.suspend();
    gate.open();
    await world.until(async () => (await bodiesOf(world, process, 'step.ended')).length === 1);
    await wake(process, { n: 2 });
    expect(process.state).toBe('suspended');
    expect(world.ledger.done('put')).toEqual(['1a']);
    await process.resume();
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['1a', '1b', '2a', '2b']);
    expect(world.ledger.calls).toHaveLength(4);
    expect(await bodiesOf(world, process, 'run.started')).toHaveLength(2);
  });

  test.each(['nothing', 'killed', 'closed'] as const)(
    'stopped in the middle it lets its step end and is parked; the next start goes on; between them: %s',
    async (between) => {
      await using world = await createWorld({ journal, sandbox });
      let process = await world.started('p', twoSteps);
      const gate = world.ledger.hold('put', 'after');
      await wake(process, { n: 1 });
      await gate.arrived;
      const stopping = process.stop('ada', 'for today');
      await world.until(() => process.state === 'stopping');
      gate.open();
      await stopping;
      expect(process.state).toBe('stopped');
      expect(world.ledger.done('put')).toEqual(['1a']);
      await wake(process, { n: 2 });
      if (between !== 'nothing') {
        await world.restart(between);
        process = await world.takenUp('p');
      }
      await process.start();
      await drained(process);
      expect(world.ledger.done('put')).toEqual(['1a', '1b', '2a', '2b']);
      expect(world.ledger.calls).toHaveLength(4);
    },
  );

  test('a step that does not end is stopped with its process, and made again by the next start if it may be', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', twoSteps);
    const gate = world.ledger.hold('put', 'before');
    await wake(process, { n: 1 });
    await gate.arrived;
    const stopping = process.stop();
    await world.until(() => process.state === 'stopping');
    await world.clock.advance(19_999);
    expect(process.state).toBe('stopping');
    await world.clock.advance(1);
    await stopping;
    world.ledger.openAll();
    await process.start();
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['1a', '1b']);
  });
});

describe.each(storeKinds)('cancelling a run, kept in %s', (journal) => {
  test('while a step works stops the step, and the next event runs', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', twoSteps);
    const gate = world.ledger.hold('put', 'before');
    const { eventId } = await wake(process, { n: 1 });
    await wake(process, { n: 2 });
    await gate.arrived;
    const [run] = process.snapshot.runs.keys();
    await process.steering.cancelRun(run ?? '', 'no longer wanted', 'ada');
    await ended(process, 1);
    world.ledger.openAll();
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['2a', '2b']);
    const [end] = await settled(world, process);
    expect(end).toMatchObject({ event: eventId, outcome: 'cancelled', by: 'ada', effects: [] });
    expect(end?.error).toMatchObject({ code: 'RUN_CANCELLED', message: 'no longer wanted' });
    expect((await caughtLater(process.steering.cancelRun(run ?? '', '', 'ada'))).code).toBe('RUN_ENDED');
  });

  test('while it waits for a person takes the question back', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await world.started('p', asking);
    const { eventId } = await wake(process);
    const item = await openItem(process);
    await world.until(() => process.state === 'awaiting');
    await world.restart('killed');
    process = await world.takenUp('p');
    await process.steering.cancelEvent(eventId, 'not needed', 'ada');
    await world.until(() => process.state === 'running');
    expect(process.snapshot.items.size).toBe(0);
    expect((await caughtLater(process.steering.answer(item.id, 'yes', 'ada'))).code).toBe('INBOX_ITEM_NOT_FOUND');
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'cancelled', by: 'ada' });
  });

  test('while it sleeps ends it for good', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started(
      'p',
      script(`await agent.sleep(60_000); await agent.tool('put', {}); return null`),
    );
    const { eventId } = await wake(process);
    await world.until(() => process.snapshot.queue.get(eventId)?.state === 'parked');
    await process.steering.cancelEvent(eventId, '', 'ada');
    await world.clock.advance(120_000);
    expect(world.ledger.done('put')).toEqual([]);
    expect(process.snapshot.counts).toMatchObject({ accepted: 1, cancelled: 1 });
  });
});
