import { describe, expect, test } from 'vitest';
import { CronTrigger } from '../../../src/main/triggers/cron/cron-trigger.ts';
import { TimeTrust } from '../../../src/main/triggers/cron/time-trust.ts';
import { CronTrigger as CronSettings } from '../../../src/shared/config/trigger-config.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { TriggerWorld } from '../../world/trigger-host.ts';

const hour = 3_600_000;
const day = 24 * hour;

async function hourly(start = '2026-01-05T00:00:00Z', more: object = {}) {
  const clock = new HandClock(start);
  const world = new TriggerWorld(clock);
  const time = new TimeTrust(clock);
  const settings = CronSettings.parse({ type: 'cron', cronExpression: '0 * * * *', overlap: 'queue_all', ...more });
  const trigger = new CronTrigger({ ...settings, id: 'hourly' }, { ...world.session(), time });
  await trigger.start();
  const fired = () => world.events.map(({ dedupeKey }) => new Date(Number(dedupeKey.split(':')[2])).toISOString());
  return { clock, world, time, trigger, fired };
}

describe('a clock that is evidently wrong', () => {
  test('G15: is set forward by three days: nothing fires by it, and once it is right again the schedule goes on', async () => {
    const { clock, time, trigger, fired, world } = await hourly();
    await clock.advance(hour);
    clock.set('2026-01-08T01:30:00Z');
    await clock.advance(2 * hour);
    expect(time.suspicion?.reason).toContain('set forward by 3 days');
    expect(trigger.nextFiring()).toBe(null);
    expect(fired()).toEqual(['2026-01-05T01:00:00.000Z']);
    clock.set('2026-01-05T03:30:00Z');
    time.look();
    await clock.settle();
    expect(time.suspicion).toBe(null);
    expect(fired()).toEqual(['2026-01-05T01:00:00.000Z', '2026-01-05T03:00:00.000Z']);
    expect(world.notes).toMatchObject([
      { outcome: 'coalesced', count: 1, reason: 'the clock of the computer was not to be trusted' },
    ]);
    await clock.advance(hour);
    expect(fired()).toHaveLength(3);
    await trigger.stop();
  });

  test('G15: is set forward, and a person says that it is right: what was missed follows catch_up', async () => {
    const { clock, time, trigger, fired, world } = await hourly(undefined, { catchUp: 'none' });
    clock.set('2026-01-08T01:30:00Z');
    await clock.advance(hour / 4);
    expect(fired()).toEqual([]);
    time.trust('ada');
    await clock.settle();
    expect(world.notes).toMatchObject([{ outcome: 'missed', count: 73 }]);
    await clock.advance(hour);
    expect(fired()).toEqual(['2026-01-08T02:00:00.000Z']);
    await trigger.stop();
  });

  test('stands before 2025, and is right after it has been set', async () => {
    const { clock, time, trigger, fired } = await hourly('1970-01-01T00:00:00Z');
    await clock.advance(3 * hour);
    expect(time.suspicion?.reason).toContain('1970-01-01 00:00 UTC, which cannot be');
    expect(fired()).toEqual([]);
    clock.set('2026-01-05T00:30:00Z');
    time.look();
    expect(time.suspicion).toBe(null);
    await clock.advance(hour);
    expect(fired().at(-1)).toBe('2026-01-05T01:00:00.000Z');
    await trigger.stop();
  });

  test('stands more than a day before what was written down, and comes to be plausible by itself', async () => {
    const clock = new HandClock();
    const time = new TimeTrust(clock);
    time.note(clock.now() + day);
    expect(time.suspicion).toBe(null);
    time.note(clock.now() + day + hour);
    expect(time.suspicion?.reason).toContain('something was written down on 2026-01-06 01:00 UTC');
    await clock.advance(hour);
    expect(time.look()).toBe(null);
  });
});

test('a computer that slept for a week, and a clock that is set by an hour, are trusted', async () => {
  const clock = new HandClock();
  const time = new TimeTrust(clock);
  clock.jump(7 * day);
  expect(time.look()).toBe(null);
  clock.set(clock.now() + hour);
  expect(time.look()).toBe(null);
  clock.set(clock.now() - 2 * hour);
  expect(time.look()).toBe(null);
});

test('what a person said holds until the clock is set again', () => {
  const clock = new HandClock();
  const time = new TimeTrust(clock);
  const told: string[] = [];
  time.onChange((suspicion, by) => told.push(suspicion ? 'suspect' : by.by));
  clock.set('2024-05-01T00:00:00Z');
  time.look();
  time.trust('ada');
  expect(time.look()).toBe(null);
  clock.set('2023-01-01T00:00:00Z');
  time.look();
  clock.set('2024-05-01T00:00:00Z');
  time.look();
  expect(told).toEqual(['suspect', 'person', 'suspect', 'clock']);
});
