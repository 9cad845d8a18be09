import { describe, expect, test } from 'vitest';
import { withIds } from '../../../src/shared/config/trigger-config.ts';
import { Duration, toMs } from '../../../src/shared/duration.ts';
import { errorCodes, fromWire, RuntimeError, toWire } from '../../../src/shared/errors.ts';
import { newId, processNamePattern } from '../../../src/shared/ids.ts';

describe('a duration', () => {
  test.each([
    [30, 30_000],
    [0.5, 500],
    [0, 0],
    ['500ms', 500],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('of %j is %i ms', (text, ms) => {
    expect(toMs(Duration.parse(text))).toBe(ms);
  });

  test.each([-1, '5', '5 m', 'm', '5w', '', '-5m', Number.NaN, Number.POSITIVE_INFINITY])('is not %j', (text) => {
    expect(Duration.safeParse(text).success).toBe(false);
  });
});

describe('an error', () => {
  test('is the same on the other side of a wire', () => {
    const sent = new RuntimeError('QUEUE_FULL', 'It is full.', { waiting: 3 });
    const received = fromWire(JSON.parse(JSON.stringify(toWire(sent))));
    expect(received).toEqual(sent);
    expect(received.retryable).toBe(true);
  });

  test('without a code says nothing of itself', () => {
    expect(toWire(new TypeError('secret path'))).toEqual({
      code: 'INTERNAL',
      message: 'The runtime failed unexpectedly.',
      details: {},
    });
  });

  test.each([null, 'text', 7, [], {}, { code: 'NOT_A_CODE' }, { code: 'toString' }])(
    'that cannot be read, such as %j, is INTERNAL',
    (wire) => {
      expect(fromWire(wire).code).toBe('INTERNAL');
    },
  );

  test('has a status that says who is at fault, and a hint in one sentence', () => {
    for (const [code, { status, hint }] of Object.entries(errorCodes)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
      expect(hint, code).toMatch(/^[A-Z`].*\.$/);
      expect(code).toMatch(/^[A-Z][A-Z_]*$/);
    }
  });
});

describe('an id', () => {
  test('sorts in the order it was made in, also within one millisecond, and is no other', () => {
    const ids = [0, 1, 31, 32, 1_000_000, Date.UTC(2026, 0, 1), Date.UTC(2200, 0, 1)].map((at) => newId('run', at));
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^run_[0-9a-z]{26}$/);
    const inOne = Array.from({ length: 10_000 }, () => newId('evt', 5));
    expect(inOne).toEqual([...new Set(inOne)].sort());
  });

  test.each([
    ['a', true],
    ['Pipeline-monitor_2', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['1a', false],
    ['@node', false],
    ['a/b', false],
    ['a b', false],
    ['', false],
    ['ä', false],
  ])('of a process may be %j: %s', (name, isName) => {
    expect(processNamePattern.test(name)).toBe(isName);
  });
});

test('triggers get ids of their kind, numbered from the second on, around those that have their own', () => {
  const ids = withIds([
    { type: 'cron' },
    { type: 'cron' },
    { type: 'file_watch' },
    { type: 'cron', id: 'cron-2' },
    { type: 'webhook', id: 'mine' },
  ]).map(({ id }) => id);
  expect(ids).toEqual(['cron', 'cron-3', 'file-watch', 'cron-2', 'mine']);
  expect(new Set(ids).size).toBe(ids.length);
});
