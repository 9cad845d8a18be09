import { describe, expect, test } from 'vitest';
import { skewText } from '../../src/renderer/cluster/node-looks.ts';
import { forecast, measureOf } from '../../src/renderer/costs/measures.ts';
import { wasAway } from '../../src/renderer/frame/use-seen.ts';
import { slotCounts } from '../../src/renderer/now/coming-day.tsx';
import { roundly, spent } from '../../src/renderer/ui/format.ts';
import { makeProcess, makeTrigger } from './fixture/make.ts';

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
