import { expect, test } from 'vitest';
import { Reservations } from '../../../src/main/governance/budget/reservations.ts';
import type { GuardedProcess } from '../../../src/main/governance/guard.ts';
import { nothingSpent } from '../../../src/main/journal/fold/spent.ts';
import { draws } from '../../world/draws.ts';

test('what is held counts until it stands in the journal, by run and together, in whatever order it goes', () => {
  const drawn = draws();
  const runs = new Map<string, { steps: Map<number, unknown> }>();
  let snapshot = { seq: 0, runs };
  const process = {
    get snapshot() {
      return snapshot;
    },
  } as unknown as GuardedProcess;
  const reservations = new Reservations(process);
  const held = new Map<string, { run: string; step: number; toolCalls: number }>();
  const expected = (ofRun: string | null) => {
    let sum = 3;
    for (const { run, step, toolCalls } of held.values())
      if (runs.get(run)?.steps.has(step) === false && (ofRun === null || ofRun === run)) sum += toolCalls;
    return sum;
  };
  for (let turn = 0; turn < 2_000; turn++) {
    const run = drawn.one(['a', 'b', 'c']);
    const step = drawn.int(1, 30);
    const what = drawn.int(0, 9);
    if (what < 5 && runs.has(run) && !runs.get(run)?.steps.has(step)) {
      const toolCalls = drawn.int(1, 5);
      reservations.hold(run, step, { toolCalls });
      held.set(`${run}:${step}`, { run, step, toolCalls });
    } else if (what < 7) {
      snapshot.seq++;
      const open = runs.get(run);
      if (!open) runs.set(run, { steps: new Map() });
      else for (let n = drawn.int(1, 10); n > 0; n--) open.steps.set(drawn.int(1, 30), null);
    } else if (what === 7) {
      snapshot.seq++;
      runs.delete(run);
      for (const [key, one] of held) if (one.run === run) held.delete(key);
      // A run of that name is never begun again before what it held has been looked at.
      reservations.plus(nothingSpent(), null);
    } else if (what === 8) snapshot = { ...snapshot };
    for (const of of [run, null]) {
      const spent = reservations.plus({ ...nothingSpent(), toolCalls: 3 }, of);
      expect(spent.toolCalls, `${drawn.label} turn ${turn} of ${of}`).toBe(expected(of));
    }
  }
});
