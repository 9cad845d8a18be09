import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadView } from '../../../shared/views/load-views.ts';
import { type OsProcess, processTable } from '../../agent/tools/process-table.ts';

/** A program that was started for agents. */
export interface StartedProgram {
  kind: 'server' | 'browser' | 'sandbox';
  name: string;
  /** Left out: a child of ours whose name `looks` knows. */
  pid?: number;
  looks?: RegExp;
  /** Agents that use it now. */
  processes: readonly string[];
}

interface Sample {
  /** On a clock that is never set. */
  elapsedMs: number;
  at: number;
  rows: ReadonlyMap<number, OsProcess>;
}

/** Whoever asks within this time gets the same sample. */
const sharedMs = 1_500;
/** Two samples this far apart tell what happens now, not what happened on average. */
const staleMs = 30_000;
/** Between the two first samples, when nobody had looked for a while. */
const firstGapMs = 250;

/**
 * What the programs of this node use of the machine. It looks only when it is asked, and once for all who ask: one
 * reading of the process table serves every agent.
 */
export class LoadSampler {
  readonly #now: () => number;
  readonly #programs: () => readonly StartedProgram[];
  readonly #table: () => Promise<OsProcess[] | null>;
  #before: Sample | undefined;
  #latest: Sample | undefined;
  #asking: Promise<LoadView> | undefined;
  #shared: { view: LoadView; elapsedMs: number } | undefined;

  constructor(now: () => number, programs: () => readonly StartedProgram[], table = processTable) {
    this.#now = now;
    this.#programs = programs;
    this.#table = table;
  }

  view(): Promise<LoadView> {
    if (this.#shared && performance.now() - this.#shared.elapsedMs < sharedMs)
      return Promise.resolve(this.#shared.view);
    this.#asking ??= this.#look().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #look(): Promise<LoadView> {
    if (!this.#latest || performance.now() - this.#latest.elapsedMs > staleMs) {
      this.#latest = await this.#sample();
      if (this.#latest) await pause(firstGapMs);
    }
    this.#before = this.#latest;
    this.#latest = await this.#sample();
    const view = this.#told();
    this.#shared = { view, elapsedMs: performance.now() };
    return view;
  }

  async #sample(): Promise<Sample | undefined> {
    const rows = await this.#table();
    if (!rows) return undefined;
    return { elapsedMs: performance.now(), at: this.#now(), rows: new Map(rows.map((row) => [row.pid, row])) };
  }

  #told(): LoadView {
    const latest = this.#latest;
    const cpus = availableParallelism();
    const own = process.memoryUsage.rss();
    if (!latest) {
      const programs = this.#programs().map(({ kind, name, pid = null, processes }) => ({
        kind,
        name,
        pid,
        processes: [...processes],
        cpuPercent: null,
        memoryBytes: null,
      }));
      return { at: this.#now(), cpus, node: { cpuPercent: null, memoryBytes: own }, programs };
    }
    const all = [...latest.rows.values()];
    const claimed = new Set<number>();
    const programs = this.#programs().flatMap((program) => {
      const root = program.pid ?? childLike(all, program.looks, claimed)?.pid;
      if (root === undefined) return [];
      const members = treeOf(all, root);
      for (const { pid } of members) claimed.add(pid);
      const { kind, name, processes } = program;
      return [{ kind, name, pid: root, processes: [...processes], ...this.#used(members) }];
    });
    const rest = treeOf(all, process.pid).filter(({ pid }) => !claimed.has(pid));
    return { at: latest.at, cpus, node: this.#used(rest), programs };
  }

  #used(members: readonly OsProcess[]): { cpuPercent: number | null; memoryBytes: number } {
    const memoryBytes = members.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    const [before, latest] = [this.#before, this.#latest];
    if (!before || !latest || latest.elapsedMs <= before.elapsedMs) return { cpuPercent: null, memoryBytes };
    // Of one that began in between, all it used was used in between.
    const usedMs = members.reduce((sum, { pid, cpuMs }) => sum + cpuMs - (before.rows.get(pid)?.cpuMs ?? 0), 0);
    const percent = (Math.max(0, usedMs) / (latest.elapsedMs - before.elapsedMs)) * 100;
    return { cpuPercent: Math.round(percent * 10) / 10, memoryBytes };
  }
}

/** A process with all it started, and who else is in a group that it leads. */
export function treeOf(all: readonly OsProcess[], root: number): OsProcess[] {
  const children = new Map<number, OsProcess[]>();
  for (const row of all) children.set(row.parent, [...(children.get(row.parent) ?? []), row]);
  const found = new Map<number, OsProcess>();
  const open = all.filter(({ pid, group }) => pid === root || group === root);
  for (let row = open.pop(); row; row = open.pop()) {
    if (found.has(row.pid)) continue;
    found.set(row.pid, row);
    open.push(...(children.get(row.pid) ?? []));
  }
  return [...found.values()];
}

function childLike(
  all: readonly OsProcess[],
  looks: RegExp | undefined,
  claimed: ReadonlySet<number>,
): OsProcess | undefined {
  return all.find((row) => row.parent === process.pid && !claimed.has(row.pid) && looks?.test(row.command));
}
