import { describe, expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained, openItem, settled } from '../world/outcomes.ts';
import { storeKinds } from '../world/stores.ts';
import { createWorld, fileSandbox, type World } from '../world/world.ts';

const sandbox = fileSandbox();
const hauling = script(`const { task } = await agent.tool('haul', { what: event.payload.n }); return task`);

/** The program has the name of a task and waits for its end. */
async function waiting(world: World) {
  const process = await world.started('p', hauling);
  const gate = world.ledger.hold('haul', 'asked');
  await wake(process, { n: 1 });
  await gate.arrived;
  return process;
}

describe.each(storeKinds)('a call that the other side does as a task, kept in %s', (journal) => {
  test('G8: is asked for by its name after a crash, is in no doubt, and is done once', async () => {
    await using world = await createWorld({ journal, sandbox });
    await waiting(world);
    await world.restart('killed');
    const process = await world.takenUp('p');
    await drained(process);
    expect(world.ledger.done('haul')).toEqual([1]);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'task 1' });
    expect(await bodiesOf(world, process, 'step.intended')).toHaveLength(1);
    const [step] = await bodiesOf(world, process, 'step.ended');
    expect(step).toMatchObject({ by: 're-attached', task: 'task 1', outcome: 'ok' });
    expect(await bodiesOf(world, process, 'run.parked')).toEqual([]);
    expect(process.snapshot.usage.toolCalls).toBe(1);
  });

  test('is in doubt like any other when the other side does not know it any more, and the answer holds', async () => {
    await using world = await createWorld({ journal, sandbox });
    await waiting(world);
    await world.restart('killed');
    world.ledger.forgetTasks();
    const process = await world.takenUp('p');
    const item = await openItem(process);
    expect(item.kind).toBe('in_doubt');
    await process.steering.answer(item.id, 'run_again', 'ada');
    await drained(process);
    expect(world.ledger.done('haul')).toEqual([1, 1]);
    expect((await settled(world, process))[0]).toMatchObject({ outcome: 'done', output: 'task 2' });
  });
});

test('a program that ends in order leaves the task alone, and the next one asks for it', async () => {
  await using world = await createWorld({ sandbox, clock: 'hand' });
  const process = await waiting(world);
  const gone = process.close();
  await world.clock.advance(60_000);
  await gone;
  expect(world.ledger.cancelled).toEqual([]);
  world.ledger.openAll();
  const next = await world.takenUp('p');
  await drained(next);
  expect(world.ledger.done('haul')).toEqual([1]);
  expect((await bodiesOf(world, next, 'step.ended'))[0]).toMatchObject({ by: 're-attached' });
});

test('a run that is cancelled while nobody works on it cancels its task', async () => {
  await using world = await createWorld({ sandbox });
  await waiting(world);
  await world.restart('killed');
  const process = world.process('p');
  await process.load();
  const [run = ''] = process.snapshot.runs.keys();
  await process.steering.cancelRun(run, 'not needed', 'ada');
  await world.until(() => world.ledger.cancelled.length === 1);
  expect(world.ledger.cancelled).toEqual(['task 1']);
});
