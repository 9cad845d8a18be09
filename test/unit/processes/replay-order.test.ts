import { describe, expect, test } from 'vitest';
import type { FoldedStep } from '../../../src/main/journal/fold/snapshot.ts';
import { ReplayOrder } from '../../../src/main/processes/replays/replay-order.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { caughtLater } from '../../world/caught.ts';

const step = (number: number, endSeq: number): FoldedStep => ({ step: number, endSeq }) as FoldedStep;

/** Asks for the steps in this order and notes in which they were handed out. */
async function handedOut(order: ReplayOrder, ...asked: number[]): Promise<number[]> {
  const out: number[] = [];
  for (const number of asked) void order.turnOf(number).then(() => out.push(number));
  await new Promise(setImmediate);
  return out;
}

describe('recorded results', () => {
  test('are handed out in the order in which they came, whatever the order of asking', async () => {
    const order = new ReplayOrder([step(1, 30), step(2, 10), step(3, 20)]);
    expect(await handedOut(order, 1, 2, 3)).toEqual([2, 3, 1]);
  });

  test('wait until everything that came before was asked for', async () => {
    const order = new ReplayOrder([step(1, 10), step(2, 40), step(3, 20), step(4, 30)]);
    expect(await handedOut(order, 1, 2)).toEqual([1]);
    expect(await handedOut(order, 4)).toEqual([]);
    expect(await handedOut(order, 3)).toEqual([3]);
  });

  test('do not wait for a step that was begun and never ended', async () => {
    const order = new ReplayOrder([step(1, 0), step(2, 10)]);
    expect(await handedOut(order, 2)).toEqual([2]);
  });

  test('that nobody will get any more are refused with the reason', async () => {
    const order = new ReplayOrder([step(1, 10), step(2, 20)]);
    const waiting = order.turnOf(2);
    order.abandon(new RuntimeError('RUN_DIVERGED', 'It ended.'));
    expect((await caughtLater(waiting)).code).toBe('RUN_DIVERGED');
  });
});
