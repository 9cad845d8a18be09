import { nothingSpent, type Spent } from '../journal/spent.ts';
import type { GuardedProcess } from './guard.ts';

/**
 * What has been granted to calls of one process whose entries are not in the journal yet: those that touch only our own
 * state are noted together with the next entry of their run.
 */
export class Reservations {
  readonly #process: GuardedProcess;
  readonly #held = new Map<string, { run: string; step: number; need: Partial<Spent> }>();

  constructor(process: GuardedProcess) {
    this.#process = process;
  }

  hold(run: string, step: number, need: Partial<Spent>): void {
    this.#held.set(`${run}:${step}`, { run, step, need });
  }

  /** `spent` with what is held by the run, or by all. */
  plus(spent: Readonly<Spent>, ofRun: string | null): Spent {
    const sum = { ...spent };
    for (const [key, { run, step, need }] of this.#held) {
      const open = this.#process.snapshot.runs.get(run);
      // Once it is in the journal, it is counted there.
      if (!open || open.steps.has(step)) this.#held.delete(key);
      else if (ofRun === null || ofRun === run) add(sum, need);
    }
    return sum;
  }
}

/** What all processes of a node have used together in the present day. */
export class NodeLedger {
  readonly #members = new Map<string, { process: GuardedProcess; reservations: Reservations }>();

  join(process: GuardedProcess, reservations: Reservations): void {
    this.#members.set(process.process, { process, reservations });
  }

  /** `until`: the end of the present day; whoever has not begun it has used nothing of it. */
  total(until: number): { spent: Spent; toppedUp: Record<string, number> } {
    const spent = nothingSpent();
    const toppedUp: Record<string, number> = {};
    for (const { process, reservations } of this.#members.values()) {
      const { nodeDay } = process.snapshot;
      if (nodeDay.until !== until) continue;
      add(spent, reservations.plus(nodeDay.spent, null));
      for (const [limit, amount] of Object.entries(nodeDay.toppedUp)) toppedUp[limit] = (toppedUp[limit] ?? 0) + amount;
    }
    return { spent, toppedUp };
  }
}

function add(sum: Spent, more: Partial<Spent>): void {
  for (const key in more) sum[key as keyof Spent] += more[key as keyof Spent] ?? 0;
}
