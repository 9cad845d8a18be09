import { describe, expect, test } from 'vitest';
import { skewText } from '../../src/renderer/cluster/node-looks.ts';
import { forecast, measureOf } from '../../src/renderer/costs/measures.ts';
import { wasAway } from '../../src/renderer/frame/use-seen.ts';
import { slotCounts } from '../../src/renderer/now/coming-day.tsx';
import { firingsOf, limitsReached, mostAtOnce, workingAt } from '../../src/renderer/now/look-ahead.ts';
import { nearestLimit } from '../../src/renderer/now/run-limits.ts';
import { roundly, spent } from '../../src/renderer/ui/format.ts';
import { makeProcess, makeRun, makeTrigger } from './fixture/make.ts';

const day = (costUsd: number) => ({
  runs: costUsd > 0 ? 1 : 0,
  modelCalls: 0,
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd,
  unpricedTokens: 0,
  lastedMs: 0,
});

describe('a month at the pace of its days so far', () => {
  const tenth = new Date(2026, 10, 10, 12);

  test('counts from the first day on which anything ran', () => {
    const days = [...Array.from({ length: 26 }, () => day(0)), ...[2, 2, 2, 2].map(day)];
    expect(forecast(days, measureOf('money'), tenth)).toBeCloseTo(8 + 20 * 2);
  });

  test('is not told after less than three days', () => {
    expect(forecast([day(0), day(3), day(3)], measureOf('money'), tenth)).toBeNull();
    expect(
      forecast(
        Array.from({ length: 30 }, () => day(0)),
        measureOf('money'),
        tenth,
      ),
    ).toBeNull();
  });
});

describe('the next 24 hours', () => {
  const from = Date.UTC(2026, 10, 22, 12);
  const at = (cron: string) => makeTrigger({ type: 'cron', config: { cron_expression: cron, cron_timezone: 'UTC' } });

  test('stand in half hours, and what fires all the time is only named', () => {
    const processes = [
      makeProcess('nightly', { nextFiring: from + 1, triggers: [at('0 3 * * *')] }),
      makeProcess('busy', { nextFiring: from + 1, triggers: [at('*/10 * * * * *')] }),
      makeProcess('resting', { nextFiring: null, triggers: [at('0 3 * * *')] }),
    ];
    const { counts, often } = slotCounts(processes, from);
    expect(often).toEqual(['busy']);
    expect(counts.filter(({ times }) => times > 0)).toEqual([
      { at: from + 15 * 3_600_000, times: 1, names: ['nightly'] },
    ]);
  });
});

describe('looking ahead', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  const minute = 60_000;
  const hourly = makeTrigger({ type: 'cron', config: { cron_expression: '0 * * * *', cron_timezone: 'UTC' } });

  test('at work is who begins before the instant and usually takes until after it', () => {
    const processes = [
      makeProcess('long', { triggers: [hourly] }),
      makeProcess('short', { triggers: [hourly] }),
      makeProcess('never-ran', { triggers: [hourly] }),
      makeProcess('resting', { triggers: [hourly], state: 'suspended' }),
    ];
    const usual = new Map([
      ['long', 45 * minute],
      ['short', 10 * minute],
      ['resting', 45 * minute],
    ]);
    expect(workingAt(processes, usual, now, now + 90 * minute)).toEqual([
      { process: 'long', since: now + 60 * minute, usualMs: 45 * minute, begun: false },
    ]);
  });

  test('what runs already counts until it has taken as long as it usually does', () => {
    const lastRun = makeRun('r', { startedAt: now - 5 * minute, state: 'running', endedAt: null });
    const processes = [makeProcess('busy', { lastRun })];
    const at = (after: number) => workingAt(processes, new Map([['busy', 20 * minute]]), now, now + after);
    expect(at(10 * minute)).toMatchObject([{ process: 'busy', begun: true }]);
    expect(at(16 * minute)).toEqual([]);
  });

  const row = (
    process: string,
    instant: number,
    outcome: 'planned' | 'paused' = 'planned',
    reason: string | null = null,
  ) => ({
    process,
    trigger: 'cron',
    instant,
    first: instant,
    count: 1,
    outcome,
    reason,
    eventId: null,
    runId: null,
    startedAt: null,
    latenessMs: null,
    movable: false,
  });

  test('a firing that a pause leaves out says why; one that fires says nothing', () => {
    expect(firingsOf([row('a', now), row('b', now, 'paused', 'holidays')], new Map())).toEqual([
      { process: 'a', times: [now], overlapping: 0, reason: null },
      { process: 'b', times: [now], overlapping: 0, reason: 'holidays' },
    ]);
  });

  test('firings of one agent that overlap are counted, and are one agent at work', () => {
    const usual = new Map([
      ['a', 11_000],
      ['b', 2_000],
    ]);
    const firings = firingsOf(
      [row('a', now), row('a', now + 5_000), row('a', now + 10_000), row('b', now + 12_000)],
      usual,
    );
    expect(firings[0]?.overlapping).toBe(2);
    expect(mostAtOnce(firings, [], usual)).toBe(2);
    expect(mostAtOnce(firings.slice(1), [], usual)).toBe(1);
  });

  test('a limit of today is told of when what is planned goes beyond it', () => {
    const forecast = { process: 'a', firings: 10, paused: 0, basis: 5, tokens: 900, costUsd: 0, workedMs: 0 };
    const limit = { limit: 'maxTokensPerDay', scope: 'day' as const, unit: 'tokens', cap: 1_000, used: 200, left: 800 };
    const costs = {
      node: [{ ...limit, scope: 'node' as const, cap: 5_000 }],
      budgets: [{ process: 'a', limits: [limit] }],
    };
    expect(limitsReached(costs, { items: [forecast] })).toEqual([{ process: 'a', unit: 'tokens', cap: 1_000 }]);
  });
});

test.each([
  [0, 1e12, false],
  [1e12, 1e12 + 14 * 60_000, false],
  [1e12, 1e12 + 16 * 60_000, true],
])('seen at %d, looked at again at %d: away is %s', (seenAt, now, away) => {
  expect(wasAway(seenAt, now)).toBe(away);
});

test.each([
  [40, 'in step'],
  [-1_240, '1.2 s behind'],
  [65_000, '65 s ahead'],
])('a clock that is %d ms ahead is said to be %s', (ms, text) => {
  expect(skewText(ms)).toBe(text);
});

test('amounts read at a glance', () => {
  expect([roundly(940), roundly(12_400), roundly(3_100_000)]).toEqual(['940', '12.4 k', '3.1 M']);
  expect([spent(0), spent(0.0042), spent(12.5)]).toEqual(['$0.00', '$0.0042', '$12.50']);
});

describe('the limit that a run reaches first', () => {
  const limits = { run: 'r', since: 0, mostMs: 900_000, turns: 3, mostTurns: 20, steps: 6, mostSteps: 200 };

  test('is the one of which most is used, in words and as a part', () => {
    expect(nearestLimit(limits, 60_000)).toEqual({ kind: 'turns', text: 'turn 3 of 20', used: 0.15 });
    expect(nearestLimit(limits, 450_000)).toEqual({ kind: 'time', text: '7 min 30 s of 15 min 0 s', used: 0.5 });
    expect(nearestLimit({ ...limits, mostTurns: null, mostMs: null }, 9e9)).toMatchObject({ text: 'step 6 of 200' });
  });

  test('is never more than used up, nor less than untouched', () => {
    expect(nearestLimit(limits, 2_000_000).used).toBe(1);
    expect(nearestLimit({ ...limits, turns: 0, steps: 0, since: 5_000 }, 0).used).toBe(0);
  });
});
