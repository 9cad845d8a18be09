import { expect, test } from 'vitest';
import { script, wake } from '../world/make.ts';
import { bodiesOf, drained } from '../world/outcomes.ts';
import { createWorld, fileSandbox, type World } from '../world/world.ts';

const sandbox = fileSandbox();
const hourly = { ...script('return 1'), triggers: [{ type: 'cron' as const, cronExpression: '0 * * * *' }] };
const expects = ['the clock is not to be trusted'];

async function begun() {
  const world = await createWorld({ journal: 'sqlite', clock: 'hand', sandbox, expects });
  const process = await (await world.runtime()).register({ name: 'p', config: hourly });
  await process.start();
  await world.clock.advance(3_600_000);
  await drained(process);
  return world;
}

/** The program ends and begins anew, while the computer is off and its clock is set. */
async function nextLife(world: World, clock: string) {
  await world.restart('closed');
  world.clock.set(clock);
  const runtime = await world.runtime();
  return { runtime, client: await world.client('ada'), process: runtime.get('p') };
}

const crons = async (world: World, process: Parameters<typeof bodiesOf>[1]) =>
  (await bodiesOf(world, process, 'event.accepted')).filter(({ kind }) => kind === 'cron').length;

test('G15: a clock that is days behind the journal holds schedules over restarts, and nothing else', async () => {
  await using world = await begun();
  const first = await nextLife(world, '2025-06-01T00:00:00Z');
  await world.clock.advance(5 * 3_600_000);
  expect(await crons(world, first.process)).toBe(1);
  expect((await first.client.node({})).clock?.reason).toContain('written down on 2026-01-05');
  expect((await first.client.node({})).nextFiring).toBe(null);
  const check = (await first.client.doctor({})).checks.find(({ name }) => name === 'clock');
  expect(check).toMatchObject({ ok: false, fix: expect.stringContaining('trust-clock') });
  await wake(first.process, {});
  await drained(first.process);
  expect(first.process.snapshot.counts.done).toBe(2);
  // What was written down meanwhile does not make the false clock look right.
  const second = await nextLife(world, '2025-06-02T00:00:00Z');
  expect((await second.client.node({})).clock).not.toBe(null);
  const third = await nextLife(world, '2026-01-05T04:30:00Z');
  expect((await third.client.node({})).clock).toBe(null);
  await world.clock.advance(1_000);
  await drained(third.process);
  expect(await crons(world, third.process)).toBe(2);
});

test('G15: a person says that the clock is right, and that holds over restarts', async () => {
  await using world = await begun();
  const { client, process } = await nextLife(world, '2025-06-01T00:00:00Z');
  await client.trustClock({});
  expect((await client.node({})).clock).toBe(null);
  await world.clock.advance(3_600_000);
  await drained(process);
  expect(await crons(world, process)).toBe(2);
  const next = await nextLife(world, '2025-06-01T03:00:00Z');
  expect((await next.client.node({})).clock).toBe(null);
});
