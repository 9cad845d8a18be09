import type { Snapshot } from '../../journal/fold/snapshot.ts';
import { nothingSpent, type Spent } from '../../journal/fold/spent.ts';
import type { GuardedProcess } from '../guard.ts';

/**
 * What has been granted to calls of one process whose entries are not in the journal yet: those that touch only our own
 * state are noted together with the next entry of their run.
 */
export class Reservations {
  readonly #process: GuardedProcess;
  readonly #held = new Map<string, { run: string; step: number; need: Partial<Spent> }>();
  /** What is held, by run and together: a run may have made hundreds of calls that are noted together. */
  #ofRuns = new Map<string, Spent>();
  #ofAll = nothingSpent();
  /** What was in the journal when that was summed up; undefined: it is to be done anew. */
  #asOf: { snapshot: Readonly<Snapshot>; seq: number } | undefined;

  constructor(process: GuardedProcess) {
    this.#process = process;
  }

  hold(run: string, step: number, need: Partial<Spent>): void {
    const key = `${run}:${step}`;
    if (this.#held.has(key)) this.#asOf = undefined;
    else this.#count(run, need);
    this.#held.set(key, { run, step, need });
  }

  /** `spent` with what is held by the run, or by all. */
  plus(spent: Readonly<Spent>, ofRun: string | null): Spent {
    const { snapshot } = this.#process;
    if (this.#asOf?.snapshot !== snapshot || this.#asOf.seq !== snapshot.seq) this.#sumUp();
    const sum = { ...spent };
    const held = ofRun === null ? this.#ofAll : this.#ofRuns.get(ofRun);
    if (held && this.#held.size > 0) add(sum, held);
    return sum;
  }

  #sumUp(): void {
    const { snapshot } = this.#process;
    this.#asOf = { snapshot, seq: snapshot.seq };
    this.#ofRuns = new Map();
    this.#ofAll = nothingSpent();
    for (const [key, { run, step, need }] of this.#held) {
      const open = snapshot.runs.get(run);
      // Once it is in the journal, it is counted there.
      if (!open || open.steps.has(step)) this.#held.delete(key);
      else this.#count(run, need);
    }
  }

  #count(run: string, need: Partial<Spent>): void {
    let ofRun = this.#ofRuns.get(run);
    if (!ofRun) this.#ofRuns.set(run, (ofRun = nothingSpent()));
    add(ofRun, need);
    add(this.#ofAll, need);
  }
}

/** What was used and granted in one day of the node. */
export interface NodeDay {
  /** Epoch ms at which it ends. */
  until: number;
  spent: Spent;
  /** By the name of the limit. */
  toppedUp: Record<string, number>;
}

/** What all processes of a node have used together in the present day, also those that are gone by now. */
export class NodeLedger {
  readonly #members = new Map<string, { process: GuardedProcess; reservations: Reservations }>();
  #carried: NodeDay | undefined;

  join(process: GuardedProcess, reservations: Reservations): void {
    this.#members.set(process.process, { process, reservations });
  }

  leave(process: string): void {
    this.#members.delete(process);
  }

  /** What counts beside the processes that are there: of those that are gone, and what a person granted the node. */
  get carried(): NodeDay | undefined {
    return this.#carried;
  }

  carry(day: NodeDay | undefined): void {
    this.#carried = day;
  }

  /** What the agents that a process created, those that created it, and their other children used today: they share one budget. */
  relatives(process: GuardedProcess, now: number): Spent {
    const sum = nothingSpent();
    const { parent, children } = process.snapshot;
    if (!parent && children.length === 0) return sum;
    const root = this.#rootOf(process);
    for (const { process: other, reservations } of this.#members.values()) {
      if (other.process === process.process || this.#rootOf(other) !== root) continue;
      const { until, spent } = other.snapshot.day;
      if (now < until) add(sum, reservations.plus(spent, null));
    }
    return sum;
  }

  #rootOf(process: GuardedProcess): string {
    let root = process;
    for (let above = root.snapshot.parent; above; above = root.snapshot.parent) {
      const parent = this.#members.get(above.process)?.process;
      if (!parent) return above.process;
      root = parent;
    }
    return root.process;
  }

  /** Of days that are not over at `now` (epoch ms): where settings moved the reset, rather twice than not at all. */
  total(now: number): NodeDay {
    const total: NodeDay = { until: 0, spent: nothingSpent(), toppedUp: {} };
    const count = (until: number, spent: Readonly<Spent>, toppedUp: Readonly<Record<string, number>>) => {
      total.until = Math.max(total.until, until);
      add(total.spent, spent);
      for (const [limit, amount] of Object.entries(toppedUp))
        total.toppedUp[limit] = (total.toppedUp[limit] ?? 0) + amount;
    };
    if (this.#carried && now < this.#carried.until)
      count(this.#carried.until, this.#carried.spent, this.#carried.toppedUp);
    for (const { process, reservations } of this.#members.values()) {
      const { until, spent, toppedUp } = process.snapshot.nodeDay;
      if (now < until) count(until, reservations.plus(spent, null), toppedUp);
    }
    return total;
  }
}

export function add(sum: Spent, more: Partial<Spent>): void {
  for (const key in more) sum[key as keyof Spent] += more[key as keyof Spent] ?? 0;
}
