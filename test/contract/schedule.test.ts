import { describe, expect, test } from 'vitest';
import type { ScheduleRow } from '../../src/shared/views/views.ts';
import { cronOracle } from '../world/cron-oracle.ts';
import { draws } from '../world/draws.ts';
import { HandClock } from '../world/hand-clock.ts';
import { type HandRuntime, handRuntime } from '../world/hand-runtime.ts';
import { script } from '../world/make.ts';
import { until } from '../world/until.ts';

const minute = 60_000;
const hour = 60 * minute;

const quick = script(`return event.payload.scheduled_time;`);
const cron = (id: string, cronExpression: string, more: object = {}) => ({
  type: 'cron' as const,
  id,
  cronExpression,
  ...more,
});

async function started(one: HandRuntime, triggers: ReturnType<typeof cron>[], more: object = {}) {
  const process = await one.runtime.register({ name: 'p', config: { ...quick, triggers, ...more } });
  await process.start();
  return process;
}

const settled = (one: HandRuntime) => until(() => one.runtime.get('p').snapshot.queue.size === 0);
const rows = async (one: HandRuntime) =>
  (await one.api.schedule({ from: 0, to: one.clock.now() + 1, limit: 5_000 })).items;
const told = (all: ScheduleRow[]) => all.map(({ outcome, count, reason }) => [outcome, count, reason]);

describe('every planned occurrence has an end and a reason', () => {
  test('what ran names its run; what comes is planned', async () => {
    const one = await handRuntime();
    await started(one, [cron('tick', '*/10 * * * *')]);
    await one.clock.advance(20 * minute);
    await settled(one);
    const { items, now } = await one.api.schedule({ from: 0, to: one.clock.now() + 30 * minute, process: 'p' });
    expect(now).toBe(one.clock.now());
    expect(items.map(({ outcome }) => outcome)).toEqual(['ran', 'ran', 'planned', 'planned']);
    expect(items[0]).toMatchObject({
      latenessMs: 0,
      runId: expect.stringMatching(/^run_/),
      eventId: expect.stringMatching(/^evt_/),
    });
    expect(await one.api.getRun({ id: items[0]?.runId ?? '' })).toMatchObject({ state: 'done' });
  });

  test('what was missed while the node was off and while the computer slept says so', async () => {
    let one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *', { catchUp: 'none' })]);
    one = await one.kill(() => one.clock.jump(3.5 * hour));
    one.clock.jump(2 * hour);
    one.runtime.parts.alarm.check();
    await one.clock.settle();
    await one.clock.advance(hour);
    await settled(one);
    const all = (await rows(one)).filter(({ outcome }) => outcome !== 'planned');
    expect(told(all)).toEqual([
      ['node_off', 3, 'the node was off'],
      ['asleep', 2, 'the computer slept or the clock was set forward'],
      ['ran', 1, null],
    ]);
  });

  test('what was missed while the computer slept says so also when the node began anew after it', async () => {
    let one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *', { catchUp: 'none' })]);
    one = await one.kill(() => one.clock.jump(3.5 * hour), 'the computer slept, and the node began anew when it woke');
    const all = (await rows(one)).filter(({ outcome }) => outcome !== 'planned');
    expect(told(all)).toEqual([['asleep', 3, 'the computer slept, and the node began anew when it woke']]);
  });

  test('one that ran long after its instant is late', async () => {
    let one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *')]);
    one = await one.kill(() => one.clock.jump(90 * minute));
    await settled(one);
    const all = await rows(one);
    expect(told(all)).toEqual([['late', 1, null]]);
    expect(all[0]?.latenessMs).toBe(30 * minute);
  });

  test('one that waits, because its process is suspended, says so, and so do those to come', async () => {
    const one = await handRuntime();
    const process = await started(one, [cron('tick', '0 * * * *')]);
    await process.suspend('user', 'holidays');
    await one.clock.advance(hour);
    const { items } = await one.api.schedule({ to: one.clock.now() + hour + 1 });
    expect(items.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['waiting', null],
      ['planned', 'the process is suspended: holidays; it will wait'],
    ]);
  });

  test('cancelled ones and dead ones are told apart', async () => {
    const one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *')], { ...script(`throw new Error('no');`), maxConsecutiveFailures: 9 });
    await one.clock.advance(hour);
    await settled(one);
    await one.runtime.get('p').suspend();
    await one.clock.advance(hour);
    const [waiting] = (await one.api.listTriggerEvents({ state: 'waiting' })).items;
    await one.api.cancel({ id: waiting?.id ?? '', reason: 'not today' });
    expect((await rows(one)).map(({ outcome }) => outcome)).toEqual(['dead', 'cancelled']);
  });

  test('an event of a schedule that is delivered again neither plans nor fires anything twice', async () => {
    let one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *')]);
    for (let fired = 0; fired < 3; fired++) {
      await one.clock.advance(hour);
      await settled(one);
    }
    const [first] = (await rows(one)).map(({ eventId }) => eventId);
    await one.api.redeliver({ id: first ?? '' });
    await settled(one);
    one = await one.restart();
    await one.clock.settle();
    expect((await rows(one)).map(({ outcome, count }) => [outcome, count])).toEqual([
      ['ran', 1],
      ['ran', 1],
      ['ran', 1],
    ]);
  });

  test('one for which the budget of the day is used up says so, and is late when it goes on', async () => {
    let one = await handRuntime();
    await started(one, [cron('tick', '0 * * * *')], { budget: { enabled: true, maxRunsPerDay: 1 } });
    await one.clock.advance(2 * hour);
    await until(async () => (await rows(one))[1]?.outcome === 'over_budget');
    const before = (await rows(one)).filter(({ outcome }) => outcome !== 'planned');
    expect(told(before)).toEqual([
      ['ran', 1, null],
      ['over_budget', 1, expect.stringContaining('The budget of today')],
    ]);
    one = await one.kill();
    expect(told((await rows(one)).slice(0, 2)).map(([outcome]) => outcome)).toEqual(['ran', 'over_budget']);
    await one.clock.advance(24 * hour);
    await until(async () => (await rows(one))[1]?.outcome === 'late');
  });

  test('one whose run waits until somebody grants more says so, and ran once it is granted', async () => {
    const one = await handRuntime();
    const set = `await agent.tool('set_context', { key: 'a', value: 1 })`;
    const working = script(`${set}; ${set}; return 1`);
    const budget = { enabled: true, maxToolCallsPerRun: 1, onExceeded: 'park' };
    await started(one, [cron('tick', '0 * * * *')], { ...working, budget });
    await one.clock.advance(hour);
    await until(async () => (await rows(one))[0]?.outcome === 'over_budget');
    const [item] = (await one.api.listInbox({ state: 'open', limit: 1 })).items;
    await one.api.answerInboxItem({ id: item?.id ?? '', answer: { verdict: 'top_up' } });
    await settled(one);
    expect((await rows(one))[0]?.outcome).toBe('ran');
  });

  test('long lists come in pages that repeat nothing and leave out nothing', async () => {
    const one = await handRuntime();
    await started(one, [cron('tick', '*/5 * * * *'), cron('tock', '*/10 * * * *')]);
    const whole = (await one.api.schedule({ to: one.clock.now() + 5 * hour })).items;
    const paged: ScheduleRow[] = [];
    let from: number | undefined;
    for (;;) {
      const page = await one.api.schedule({
        ...(from === undefined ? {} : { from }),
        to: one.clock.now() + 5 * hour,
        limit: 7,
      });
      paged.push(...page.items);
      if (page.next === null) break;
      from = Number(page.next);
    }
    expect(paged).toEqual(whole);
  });
});

/** Zones and days on which the clocks change, both ways. */
const changes = [
  ['Europe/Berlin', '2026-03-28T20:00:00Z'],
  ['Europe/Berlin', '2026-10-24T20:00:00Z'],
  ['America/New_York', '2026-03-07T20:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T06:00:00Z'],
  ['Asia/Kathmandu', '2026-06-01T00:00:00Z'],
] as const;

describe.each(changes)('through kills, restarts, sleep and clock changes in %s from %s', (zone, start) => {
  test.each([1, Math.floor(Math.random() * 1e6)])(
    'each planned instant is closed exactly once (DRAWS=%i)',
    async (number) => {
      const random = draws(number);
      const clock = new HandClock(start);
      const triggers = {
        half: { expression: '*/30 * * * *', catchUp: random.one(['last', 'all', 'none'] as const) },
        nightly: { expression: '30 2 * * *', catchUp: random.one(['last', 'all'] as const) },
        morning: { expression: '0 1,3 * * *', catchUp: 'last' as const },
      };
      let one = await handRuntime(clock);
      const born = clock.now();
      await started(
        one,
        Object.entries(triggers).map(([id, { expression, catchUp }]) =>
          cron(id, expression, {
            cronTimezone: zone,
            catchUp,
            overlap: random.one(['skip', 'queue_one', 'queue_all'] as const),
          }),
        ),
        { concurrency: 3 },
      );
      for (let deed = 0; deed < 14; deed++) {
        const ms = random.int(1, 5 * 60) * minute + random.int(0, 59_999);
        const what = random.int(0, 5);
        if (what === 0) one = await one.kill(() => clock.jump(ms));
        else if (what === 1) {
          one = await one.restart();
          clock.jump(random.int(0, 90) * minute);
        } else if (what === 2) {
          clock.jump(ms);
          one.runtime.parts.alarm.check();
        } else if (what === 3) clock.jump(-random.int(1, 20) * minute);
        else await clock.advance(ms);
        await clock.settle();
      }
      await clock.advance(6 * hour);
      await settled(one);
      // Notes may be held for a minute before they are written; a close in order writes them.
      one = await one.restart();
      await clock.settle();
      await settled(one);
      const all = await rows(one);
      for (const [id, { expression }] of Object.entries(triggers)) {
        const planned = cronOracle(expression, zone, born, clock.now());
        const mine = all.filter(({ trigger }) => trigger === id);
        const closedBy = planned.map(
          (instant) =>
            mine.filter((row) =>
              row.count === 1 ? row.instant === instant : row.first <= instant && instant <= row.instant,
            ).length,
        );
        expect(
          closedBy,
          `${id}: ${JSON.stringify(mine.map(({ first, instant, count, outcome }) => [new Date(first).toISOString(), new Date(instant).toISOString(), count, outcome]))}`,
        ).toEqual(planned.map(() => 1));
        expect(
          mine.reduce((sum, { count }) => sum + count, 0),
          id,
        ).toBe(planned.length);
        expect(
          mine.filter(({ outcome }) => outcome === 'due'),
          id,
        ).toEqual([]);
      }
    },
  );
});
