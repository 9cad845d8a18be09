import { describe, expect, test } from 'vitest';
import { caughtLater } from '../world/caught.ts';
import { type HandRuntime, handRuntime } from '../world/hand-runtime.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';

const minute = 60_000;
const hour = 60 * minute;

async function started(one: HandRuntime, more: object = {}) {
  const process = await one.runtime.register({ name: 'p', config: { ...script('return event.payload;'), ...more } });
  await process.start();
}

const settled = (one: HandRuntime) => until(() => one.runtime.get('p').snapshot.queue.size === 0);
const runs = async (one: HandRuntime) => (await one.api.listRuns({})).items;
const rows = async (one: HandRuntime) =>
  (await one.api.schedule({ from: one.clock.now() - 12 * hour, to: one.clock.now() + 12 * hour })).items;

describe('a wake that is set for a time', () => {
  test('runs once, then and not before, and stands in the schedule from the first', async () => {
    const one = await handRuntime();
    await started(one);
    const at = one.clock.now() + hour;
    const { eventId } = await one.api.wakeProcess({ name: 'p', payload: 7, at });
    expect(await rows(one)).toEqual([
      expect.objectContaining({
        eventId,
        process: 'p',
        trigger: 'manual',
        instant: at,
        outcome: 'planned',
        reason: 'set for this time by user',
        movable: true,
      }),
    ]);
    await one.clock.advance(hour - 1);
    expect(await runs(one)).toEqual([]);
    await one.clock.advance(1);
    await settled(one);
    expect(await runs(one)).toMatchObject([{ output: 7, startedAt: at }]);
    expect(await rows(one)).toMatchObject([{ instant: at, outcome: 'ran', movable: false }]);
  });

  test('is still to come after a kill, and runs late where its time passed meanwhile', async () => {
    let one = await handRuntime();
    await started(one);
    const at = one.clock.now() + hour;
    await one.api.wakeProcess({ name: 'p', at });
    one = await one.kill(() => one.clock.jump(10 * minute));
    expect(await rows(one)).toMatchObject([{ instant: at, outcome: 'planned' }]);
    one = await one.kill(() => one.clock.jump(2 * hour));
    await settled(one);
    expect(await runs(one)).toHaveLength(1);
    expect(await rows(one)).toMatchObject([{ instant: at, outcome: 'late', latenessMs: 70 * minute }]);
  });

  test('is refused for a time that is over or further than a year, and in place of a trigger', async () => {
    const one = await handRuntime();
    await started(one, { triggers: [{ type: 'cron', id: 'tick', cronExpression: '0 6 * * *' }] });
    const now = one.clock.now();
    for (const more of [{ at: now }, { at: now - 1 }, { at: now + 400 * 24 * hour }, { at: now + 1, trigger: 'tick' }])
      expect((await caughtLater(one.api.wakeProcess({ name: 'p', ...more }))).code).toBe('REQUEST_INVALID');
    expect((await one.api.listTriggerEvents({})).items).toEqual([]);
  });

  test('can be cancelled before its time', async () => {
    const one = await handRuntime();
    await started(one);
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: one.clock.now() + hour });
    await one.api.cancel({ id: eventId });
    await one.clock.advance(2 * hour);
    expect(await runs(one)).toEqual([]);
    expect(await rows(one)).toMatchObject([{ outcome: 'cancelled', movable: false }]);
  });
});

describe('what is set for a time', () => {
  test('is moved later and earlier, and runs at the time it was moved to last', async () => {
    const one = await handRuntime();
    await started(one);
    const born = one.clock.now();
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: born + hour });
    await one.api.moveTriggerEvent({ id: eventId, to: born + 3 * hour });
    await one.clock.advance(2 * hour);
    expect(await runs(one)).toEqual([]);
    const moved = await one.api.moveTriggerEvent({ id: eventId, to: born + 2.5 * hour });
    expect(moved).toMatchObject({ id: eventId, state: 'waiting', notBefore: born + 2.5 * hour });
    await one.clock.advance(hour / 2);
    await settled(one);
    expect(await runs(one)).toMatchObject([{ startedAt: born + 2.5 * hour }]);
    expect(await rows(one)).toMatchObject([{ instant: born + 2.5 * hour, outcome: 'ran' }]);
  });

  test('stays where it was moved to when the node is killed right after the answer', async () => {
    let one = await handRuntime();
    await started(one);
    const born = one.clock.now();
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: born + hour });
    await one.api.moveTriggerEvent({ id: eventId, to: born + 5 * hour });
    one = await one.kill();
    expect(await rows(one)).toMatchObject([
      { instant: born + 5 * hour, outcome: 'planned', reason: 'moved to this time by user', movable: true },
    ]);
    await one.clock.advance(4 * hour);
    expect(await runs(one)).toEqual([]);
    await one.clock.advance(hour);
    await settled(one);
    expect(await runs(one)).toHaveLength(1);
  });

  test('tells in the journal who moved it where', async () => {
    const one = await handRuntime();
    await started(one);
    const born = one.clock.now();
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: born + hour });
    await one.api.moveTriggerEvent({ id: eventId, to: born + 2 * hour });
    const { items } = await one.api.readJournal({ name: 'p', kind: 'event.delayed', order: 'desc', limit: 1 });
    expect(items[0]).toMatchObject({ commit: 'move-event', body: { id: eventId, until: born + 2 * hour, by: 'user' } });
  });

  test('is not moved to a time that is over, and stays', async () => {
    const one = await handRuntime();
    await started(one);
    const at = one.clock.now() + hour;
    const { eventId } = await one.api.wakeProcess({ name: 'p', at });
    const refused = await caughtLater(one.api.moveTriggerEvent({ id: eventId, to: one.clock.now() }));
    expect(refused.code).toBe('REQUEST_INVALID');
    expect((await one.api.getTriggerEvent({ id: eventId })).notBefore).toBe(at);
  });

  test('is not moved once it has begun or ended', async () => {
    const one = await handRuntime();
    await started(one, script(`await agent.sleep(3600000); return 1;`));
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: one.clock.now() + minute });
    await one.clock.advance(minute);
    await until(async () => (await one.api.getTriggerEvent({ id: eventId })).state === 'parked');
    const move = () => caughtLater(one.api.moveTriggerEvent({ id: eventId, to: one.clock.now() + hour }));
    expect((await move()).code).toBe('TRIGGER_EVENT_NOT_MOVABLE');
    await one.clock.advance(hour);
    await settled(one);
    expect((await move()).code).toBe('TRIGGER_EVENT_ENDED');
  });

  test('is told apart from what a schedule repeats, and from what waits for another reason', async () => {
    const one = await handRuntime();
    await started(one, { triggers: [{ type: 'cron', id: 'tick', cronExpression: '0 * * * *' }] });
    await one.runtime.get('p').suspend();
    await one.clock.advance(hour);
    const { eventId: manual } = await one.api.wakeProcess({ name: 'p' });
    const [, planned] = (await one.api.listTriggerEvents({})).items;
    for (const [id, why] of [
      [planned?.id ?? '', 'a schedule that repeats'],
      [manual, 'no time of its own'],
    ] as const) {
      const refused = await caughtLater(one.api.moveTriggerEvent({ id, to: one.clock.now() + hour }));
      expect([refused.code, refused.message]).toEqual(['TRIGGER_EVENT_NOT_MOVABLE', expect.stringContaining(why)]);
    }
    expect((await rows(one)).filter(({ movable }) => movable)).toEqual([]);
  });

  test('delivered again runs at once', async () => {
    const one = await handRuntime();
    await started(one);
    const { eventId } = await one.api.wakeProcess({ name: 'p', at: one.clock.now() + hour });
    await one.clock.advance(hour);
    await settled(one);
    await one.api.redeliver({ id: eventId });
    await settled(one);
    expect(await runs(one)).toHaveLength(2);
    expect(await rows(one)).toHaveLength(1);
  });
});

test('the schedule can be asked for what happens once alone', async () => {
  const one = await handRuntime();
  await started(one, { triggers: [{ type: 'cron', id: 'tick', cronExpression: '0 * * * *' }] });
  const { eventId } = await one.api.wakeProcess({ name: 'p', at: one.clock.now() + 2 * hour });
  await one.clock.advance(hour);
  await until(async () => (await rows(one)).some(({ outcome }) => outcome === 'ran'));
  const { items } = await one.api.schedule({ from: 0, to: one.clock.now() + 12 * hour, once: true });
  expect(items.map((row) => row.eventId)).toEqual([eventId]);
});
