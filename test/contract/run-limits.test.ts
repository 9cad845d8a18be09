import { expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { drained } from '../world/outcomes.ts';
import { createWorld, fileSandbox } from '../world/world.ts';

const sandbox = fileSandbox();

test('a run at work tells how far it has come and may go, from where it began or went on, and nothing once it rests', async () => {
  await using world = await createWorld({ sandbox, clock: 'hand' });
  const limits = { maxInvocationTime: '2m', maxSteps: 50 };
  const process = await world.started('p', {
    ...script(`
      await agent.tool('put', { what: 'first' });
      await agent.sleep(60_000);
      await agent.tool('put', { what: 'second' });
      return null`),
    ...limits,
  });
  const first = world.ledger.hold('put', 'before');
  await wake(process);
  await first.arrived;
  const [run = ''] = process.snapshot.runs.keys();
  const began = world.clock.now();
  expect(process.loop.limitsOf(run)).toEqual({
    run,
    since: began,
    mostMs: 120_000,
    turns: 0,
    mostTurns: null,
    steps: 1,
    mostSteps: 50,
  });
  await world.clock.advance(5_000);
  expect(process.loop.limitsOf(run)?.since).toBe(began);
  const second = world.ledger.hold('put', 'before');
  first.open();
  await world.until(() => process.snapshot.runs.get(run)?.parked?.why === 'timer');
  await world.until(() => process.loop.limitsOf(run) === null);
  await world.clock.advance(60_000);
  await second.arrived;
  // Time in which it slept does not count.
  expect(process.loop.limitsOf(run)?.since).toBe(began + 65_000);
  world.ledger.openAll();
  await drained(process);
  expect(process.loop.limitsOf(run)).toBeNull();
});
