import { describe, expect, test } from 'vitest';
import { outcomeUnknown } from '../../src/main/agent/tool.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import { caughtLater } from '../world/caught.ts';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, ended, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox, type World } from '../world/world.ts';

const sandbox = fileSandbox();
const calling = script(`
  const { n } = await agent.tool(event.payload.tool ?? 'pay', { what: event.payload.n });
  await agent.tool('put', { what: 'after ' + event.payload.n });
  return n`);

/** Kills the program while a call of the tool stands before or after its effect, and takes the process up again. */
async function cutOff(world: World, tool: string, when: 'before' | 'after') {
  const process = await world.started('p', calling);
  const gate = world.ledger.hold(tool, when);
  await wake(process, { n: 1, tool });
  await gate.arrived;
  await world.restart('killed');
  return world.takenUp('p');
}

describe.each(storeKinds)('a call that was cut off, kept in %s', (journal) => {
  test('G8: is in doubt when it must not be repeated; told that it happened, the run goes on with the result given', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await cutOff(world, 'pay', 'after');
    const item = await openItem(process);
    expect(item.kind).toBe('in_doubt');
    await world.until(() => process.state === 'awaiting');
    expect(world.ledger.calls).toHaveLength(1);
    const refusal = await caughtLater(process.steering.answer(item.id, 'perhaps', 'ada'));
    expect(refusal).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(refusal.message).toContain('happened, run_again, give_up');
    await process.steering.answer(item.id, { verdict: 'happened', result: { n: 7 } }, 'ada');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual([1]);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 7 });
  });

  test('is made when a person says that it did not happen', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await cutOff(world, 'pay', 'before');
    expect(world.ledger.calls).toHaveLength(0);
    await process.steering.answer((await openItem(process)).id, 'run_again', 'ada');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual([1]);
    expect((await bodiesOf(world, process, 'step.intended'))[1]?.attempt).toBe(2);
  });

  test('ends its run when a person gives up, and the next event runs', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await cutOff(world, 'pay', 'after');
    const item = await openItem(process);
    await wake(process, { n: 2 });
    await ended(process, 1);
    await process.steering.answer(item.id, 'give_up', 'ada');
    await drained(process);
    const ends = await settled(world, process);
    expect(ends.map(({ outcome }) => outcome)).toEqual(['done', 'cancelled']);
    expect(ends[1]?.by).toBe('ada');
    expect(world.ledger.done('put')).toEqual(['after 2']);
    await world.until(() => process.state === 'running');
  });

  test('is in doubt again when it is cut off again: one word of a person is good for one try', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = await cutOff(world, 'pay', 'before');
    const gate = world.ledger.hold('pay', 'after');
    await process.steering.answer((await openItem(process)).id, 'run_again', 'ada');
    await gate.arrived;
    await world.restart('killed');
    process = await world.takenUp('p');
    const item = await Promise.race([openItem(process), drained(process).then(() => undefined)]);
    expect(item?.kind).toBe('in_doubt');
    expect(world.ledger.done('pay')).toEqual([1]);
    await process.steering.answer(item?.id ?? '', 'happened', 'ada');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual([1]);
  });

  test.each([
    ['look', 'before', 1],
    ['look', 'after', 2],
    ['put', 'before', 1],
    ['put', 'after', 2],
  ] as const)(
    'of %s, %s its effect, is made again without a question, with the same key',
    async (tool, when, times) => {
      await using world = await createWorld({ journal, sandbox });
      const process = await cutOff(world, tool, when);
      await drained(process);
      const calls = world.ledger.calls.filter((call) => call.args['what'] === 1);
      expect(calls).toHaveLength(times);
      expect(new Set(calls.map(({ callKey }) => callKey)).size).toBe(1);
      expect(calls[0]?.callKey).not.toBe('');
      expect(world.ledger.effects.filter((call) => call.tool === 'put' && call.args['what'] === 1)).toHaveLength(
        tool === 'put' ? 1 : 0,
      );
      expect((await settled(world, process))[0]?.outcome).toBe('done');
    },
  );

  test('G18: by its own deadline is in doubt when it must not be repeated, and an error for the agent when it may', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', {
      ...script(`
        try { return await agent.tool(event.payload.tool, { what: 1 }) } catch (error) { return error.code }`),
      toolTimeout: 5,
    });
    for (const tool of ['look', 'pay']) {
      const gate = world.ledger.hold(tool, 'after');
      await wake(process, { tool });
      await gate.arrived;
      await world.clock.advance(5_000);
      world.ledger.openAll();
      if (tool === 'look') await drained(process);
    }
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'STEP_TIMED_OUT' });
    const item = await openItem(process);
    expect(item.kind).toBe('in_doubt');
    await process.steering.answer(item.id, { verdict: 'happened', result: { n: 3 } }, 'ada');
    await drained(process);
    expect((await settled(world, process))[1]?.output).toEqual({ n: 3 });
    expect(world.ledger.done('pay')).toEqual([1]);
  });

  test('is in doubt when the tool itself cannot say whether it happened', async () => {
    await using world = await createWorld({ journal, sandbox });
    const process = await world.started('p', calling);
    world.ledger.fail('pay', new RuntimeError('FETCH_FAILED', 'The line was cut.', outcomeUnknown));
    await wake(process, { n: 1 });
    const item = await Promise.race([openItem(process), drained(process).then(() => undefined)]);
    expect(item?.kind).toBe('in_doubt');
    await process.steering.answer(item?.id ?? '', 'run_again', 'ada');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual([1]);
  });

  test('with its process stopped in the middle of it is in doubt at the next start', async () => {
    await using world = await createWorld({ journal, sandbox, clock: 'hand' });
    const process = await world.started('p', calling);
    const gate = world.ledger.hold('pay', 'after');
    await wake(process, { n: 1 });
    await gate.arrived;
    const stopping = process.stop();
    await world.until(() => process.state === 'stopping');
    await world.clock.advance(20_000);
    await stopping;
    world.ledger.openAll();
    await process.start();
    const item = await openItem(process);
    await process.steering.answer(item.id, 'happened', 'ada');
    await drained(process);
    expect(world.ledger.done('pay')).toEqual([1]);
  });
});

describe.each(storeKinds)('a run during which the program ends, kept in %s', (journal) => {
  test('G16: is set aside as the cause after three crashes, and the next event runs', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = world.process('p', calling);
    await process.load();
    await wake(process, { n: 1, tool: 'look' });
    await wake(process, { n: 2, tool: 'look' });
    for (let crash = 0; crash < 3; crash++) {
      const gate = world.ledger.hold('look', 'before');
      if (crash === 0) await process.start();
      else process = await world.takenUp('p');
      await gate.arrived;
      expect(process.snapshot.counts.dead).toBe(0);
      await world.restart('crashed');
    }
    process = await world.takenUp('p');
    await drained(process);
    expect(process.snapshot.counts).toMatchObject({ dead: 1, done: 1 });
    expect(world.ledger.done('look')).toEqual([2]);
    expect((await settled(world, process))[0]?.error?.message).toContain('look');
  });

  test('is not suspected for kills, which are not its doing', async () => {
    await using world = await createWorld({ journal, sandbox });
    let process = world.process('p', calling);
    await process.load();
    await wake(process, { n: 1, tool: 'look' });
    for (let kill = 0; kill < 5; kill++) {
      const gate = world.ledger.hold('look', 'before');
      if (kill === 0) await process.start();
      else process = await world.takenUp('p');
      await gate.arrived;
      await world.restart('killed');
    }
    process = await world.takenUp('p');
    await drained(process);
    expect(process.snapshot.counts).toMatchObject({ dead: 0, done: 1 });
  });
});
