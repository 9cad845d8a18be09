import { describe, expect, test } from 'vitest';
import { outlineOf } from '../../src/renderer/runs/run-outline.tsx';
import { linesOf } from '../../src/renderer/runs/run-spans.ts';
import { between, linesWithin, moved, rangeOf, windowOf, withEnd, zoomed } from '../../src/renderer/runs/time-range.ts';
import { timeScale } from '../../src/renderer/runs/time-scale.ts';
import { makeRunView, makeStep } from './fixture/make.ts';

const scaleTo = (end: number) => timeScale([{ from: 0, to: end, idle: false }]);

describe('the part of a run that is looked at', () => {
  test('stays where it is in time while the run goes on', () => {
    const range = rangeOf({ from: 0.2, to: 0.4 }, scaleTo(1_000));
    expect(range).toEqual({ from: 200, to: 400 });
    expect(windowOf(range, scaleTo(2_000))).toEqual({ from: 0.1, to: 0.2 });
  });

  test('goes along with the end of the run when it reaches to it', () => {
    const range = rangeOf({ from: 0.5, to: 1 }, scaleTo(1_000));
    expect(windowOf(range, scaleTo(2_000))).toEqual({ from: 0.25, to: 1 });
  });

  test('is all of it when it reaches from end to end', () => {
    expect(rangeOf(between(1.2, -0.3), scaleTo(1_000))).toBeNull();
  });

  test('is moved as it is, and only as far as the ends', () => {
    expect(moved({ from: 0.5, to: 0.75 }, 0.9)).toEqual({ from: 0.75, to: 1 });
    expect(moved({ from: 0.5, to: 0.75 }, -0.9)).toEqual({ from: 0, to: 0.25 });
  });

  test('has ends that do not pass each other', () => {
    const shown = { from: 0.5, to: 0.75 };
    expect(withEnd(shown, 'from', 0.9).from).toBeLessThan(0.75);
    expect(withEnd(shown, 'to', 0.1).to).toBeGreaterThan(0.5);
    expect(withEnd(shown, 'to', 7)).toEqual({ from: 0.5, to: 1 });
  });

  test('is looked at closer around its middle, and the whole again by as many steps', () => {
    expect(zoomed({ from: 0, to: 1 }, 0.5)).toEqual({ from: 0.25, to: 0.75 });
    expect(zoomed({ from: 0.25, to: 0.75 }, 2)).toEqual({ from: 0, to: 1 });
  });

  test('shows the lines that went on in it, also those that began before', () => {
    const run = makeRunView(
      'r',
      [
        makeStep(1, { startedAt: 0, endedAt: 100 }),
        makeStep(2, { startedAt: 100, endedAt: 600 }),
        makeStep(3, { startedAt: 700, endedAt: 900 }),
      ],
      { startedAt: 0, endedAt: 1_000 },
    );
    const lines = linesOf(run, undefined, 1_000);
    expect(linesWithin(lines, { from: 300, to: 500 }).map(({ id }) => id)).toEqual(['2.1']);
    expect(linesWithin(lines, { from: 650, to: null }).map(({ id }) => id)).toEqual(['3.1']);
    expect(linesWithin(lines, null)).toBe(lines);
  });
});

test('five thousand steps are drawn small as two thousand marks at most, within milliseconds', () => {
  const steps = Array.from({ length: 5_000 }, (_, index) =>
    makeStep(index, { startedAt: index * 10, endedAt: index * 10 + 5 }),
  );
  const run = makeRunView('r', steps, { startedAt: 0, endedAt: 50_000 });
  const lines = linesOf(run, undefined, 50_000);
  const scale = scaleTo(50_000);
  const began = performance.now();
  const marks = [...outlineOf(lines, scale).values()].join('').split('z').length;
  expect(performance.now() - began).toBeLessThan(200);
  expect(marks).toBeLessThan(2_000);
});
