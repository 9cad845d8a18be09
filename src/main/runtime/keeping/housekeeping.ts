import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { CarriedErasure, ErasureCheck, ErasureFinding, ErasureReceipt } from '../../../shared/erasure-receipt.ts';
import { asError } from '../../../shared/errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { type Keeping, type Needed, prunable, prune } from '../../journal/pruning.ts';
import { dropOwnRows, dropRows } from '../../journal/tables/read-model-upkeep.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { ProcessParts } from '../../processes/parts.ts';
import type { Database } from '../../store/database.ts';
import { DatabaseUpkeep, mostLogBytes } from '../../store/database-upkeep.ts';
import type { AgentRuntimeOptions } from '../agent-runtime-options.ts';
import { checkAgain, type ErasureParts, eraseForgotten, forgetOn, hasToErase } from './erasure.ts';
import { forgetForOthers, lookForOthers } from './erasure-elsewhere.ts';
import { ownRetention, type Retention, type RetentionDays } from './retention.ts';

const lookEveryMs = 30_000;
/** The log is emptied when nothing has been written for so long. */
const idleMs = 30_000;
const restMs = 3_600_000;
const dayMs = 86_400_000;
/** Before something of a process can go, a checkpoint must come after it; one is written for at least so many entries. */
const worthACheckpoint = 200;

/** A stream of the node itself. */
export interface OwnStream {
  readonly name: string;
  readonly needed: Needed;
  /** Writes a checkpoint when so many entries have come since the last. */
  checkpointIfDue(entries: number): Promise<void>;
}

export interface HousekeepingOptions {
  journal: Journal;
  database: Database;
  parts: Pick<ProcessParts, 'clock' | 'alarm' | 'log' | 'time'>;
  list: () => readonly AgentProcess[];
  streams?: () => readonly OwnStream[];
  /** The newest entry of a process that nobody elsewhere needs any more; left out: nobody needs any. */
  heldFrom?: ((process: string) => number) | undefined;
  retention: Pick<Retention, 'days'>;
  /** Where the node keeps its files, and who else may keep something of its processes. */
  options?: Pick<AgentRuntimeOptions, 'parts' | 'others'>;
  /** What else is to be done at each look. */
  also?: () => Promise<void>;
  /** How many runs and events of a process are still listed after their entries have gone. */
  keptRows?: number;
}

/**
 * Takes away what the settings of processes do not want kept, and keeps the files of the database small. In pieces of
 * some milliseconds each, for processes in which no run is being worked on, so that nobody waits for it.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #upkeep: DatabaseUpkeep;
  /** Where the next look at a process begins; forgotten when its settings change. */
  readonly #cursors = new Map<string, { level: string; seq: number }>();
  /** What a process was like when it was last looked at: one to which nothing happens is looked at once an hour. */
  readonly #looked = new Map<string, { seq: number; level: string; at: number }>();
  readonly #stopListening: () => void;
  /** Nodes that are being asked at this moment. */
  readonly #forgettingOn = new Set<string>();
  #wroteAt: number;
  #disarm: (() => void) | undefined;
  #tidying: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#upkeep = new DatabaseUpkeep(options.database);
    this.#wroteAt = options.parts.clock.now();
    this.#stopListening = options.journal.onDurable((entries) => this.#note(entries));
  }

  start(): void {
    if (this.#isClosed) return;
    const { clock, alarm } = this.#options.parts;
    this.#disarm = alarm.at(clock.now() + lookEveryMs, () => {
      void this.tidy().finally(() => this.start());
    });
  }

  /** Does all there is to do now. Never throws; what fails is tried again at the next look. */
  tidy(): Promise<void> {
    this.#tidying ??= this.#tidy().finally(() => {
      this.#tidying = undefined;
    });
    return this.#tidying;
  }

  /** Takes what the process was told to forget out of its journal; null: at a later look, since it is at work now. */
  async erase(process: AgentProcess): Promise<ErasureReceipt | null> {
    if (this.#isClosed || !process.knownConfig) return null;
    return eraseForgotten(process, this.#erasureParts);
  }

  /** Looks again for what was forgotten. */
  checkErased(process: AgentProcess, receipt: ErasureReceipt): Promise<ErasureCheck> {
    return checkAgain(process, receipt, this.#erasureParts);
  }

  /** A node of the cluster is heard: it forgets what it was to while it was away. Never throws. */
  async forgetOn(node: string): Promise<void> {
    if (this.#isClosed || this.#forgettingOn.has(node)) return;
    this.#forgettingOn.add(node);
    try {
      for (const process of this.#options.list()) await forgetOn(node, process, this.#erasureParts);
    } catch (thrown) {
      this.#options.parts.log('warn', 'what was forgotten is not gone from another node yet', {
        node,
        reason: asError(thrown).message,
      });
    } finally {
      this.#forgettingOn.delete(node);
    }
  }

  /** Takes out of what this node keeps what an agent of another one was made to forget, and says what is left of it. */
  async forgetForOthers(erasure: CarriedErasure): Promise<ErasureFinding[]> {
    forgetForOthers(erasure, this.#options);
    return lookForOthers(erasure, this.#erasureParts);
  }

  get #erasureParts(): ErasureParts {
    const { journal, database, list, parts, options = {} } = this.#options;
    return {
      journal,
      database,
      list,
      dataDir: options.parts?.dataDir,
      now: () => parts.clock.now(),
      others: options.others,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#disarm?.();
    this.#stopListening();
    await this.#tidying;
  }

  #note(entries: readonly JournalEntry[]): void {
    this.#wroteAt = entries.at(-1)?.at ?? this.#wroteAt;
  }

  async #tidy(): Promise<void> {
    // By a clock that is years ahead, all would be old enough to go.
    if (this.#options.parts.time.look()) return;
    // Asked first: what is tidied here is written as well.
    const isIdle = this.#options.parts.clock.now() - this.#wroteAt >= idleMs;
    try {
      for (const process of this.#options.list()) {
        if (hasToErase(process)) await this.erase(process);
        await this.#prune(process);
      }
      await this.#options.also?.();
      for (const stream of this.#options.streams?.() ?? []) await this.#pruneOwn(stream);
      while (!this.#isClosed && this.#upkeep.giveBack()) await new Promise(setImmediate);
      const { logBytes } = this.#upkeep;
      if ((isIdle && logBytes > 0) || logBytes > mostLogBytes) this.#upkeep.emptyLog();
    } catch (thrown) {
      this.#options.parts.log('warn', 'housekeeping will try again', { reason: asError(thrown).message });
    }
  }

  async #pruneOwn(stream: OwnStream): Promise<void> {
    const { journal, database, parts, keptRows = 1_000, heldFrom } = this.#options;
    const since = parts.clock.now() - this.#options.retention.days.eventsDays * dayMs;
    const keeping = { level: 'full' as const, since, heldFrom: heldFrom?.(stream.name) ?? Number.POSITIVE_INFINITY };
    await stream.checkpointIfDue(worthACheckpoint);
    while (!this.#isClosed) {
      const { trimmed } = await prune(journal, stream.name, stream.needed, keeping, 0);
      if (trimmed === 0) break;
      await new Promise(setImmediate);
    }
    const { seq: base } = await journal.base(stream.name);
    while (base > 0 && !this.#isClosed && dropOwnRows(database, stream.name, base, keptRows))
      await new Promise(setImmediate);
  }

  #daysOf(process: AgentProcess, { runsDays }: RetentionDays): number {
    return ownRetention(process) ?? runsDays;
  }

  /** Settings have changed: all are looked at anew. */
  lookAgain(): void {
    this.#looked.clear();
  }

  /** How many entries would go at the next look if they were kept for so long. */
  async wouldGo(days: RetentionDays): Promise<{ process: string; entries: number }[]> {
    const { journal, parts, heldFrom, list, streams } = this.#options;
    const now = parts.clock.now();
    const held = (name: string) => heldFrom?.(name) ?? Number.POSITIVE_INFINITY;
    const going: { process: string; entries: number }[] = [];
    const note = async (process: string, needed: Needed, level: Keeping['level'], kept: number) => {
      const keeping = { level, since: now - kept * dayMs, heldFrom: held(process) };
      const entries = await prunable(journal, process, needed, keeping);
      if (entries > 0) going.push({ process, entries });
    };
    for (const process of list()) {
      const level = process.knownConfig?.journal.level;
      if (level) await note(process.name, process.snapshot, level, this.#daysOf(process, days));
    }
    for (const { name, needed } of streams?.() ?? []) await note(name, needed, 'full', days.eventsDays);
    return going;
  }

  async #prune(process: AgentProcess): Promise<void> {
    const { journal, database, parts, keptRows = 1_000 } = this.#options;
    const config = process.knownConfig?.journal;
    if (!config || process.loop.active > 0 || process.halted) return;
    const { level } = config;
    const before = this.#looked.get(process.name);
    const now = parts.clock.now();
    if (before?.seq === process.snapshot.seq && before.level === level && now - before.at < restMs) return;
    const keeping = {
      level,
      since: now - this.#daysOf(process, this.#options.retention.days) * dayMs,
      heldFrom: this.#options.heldFrom?.(process.name) ?? Number.POSITIVE_INFINITY,
    };
    if (level !== 'full') await process.journaled.checkpointIfDue(worthACheckpoint);
    const known = this.#cursors.get(process.name);
    let cursor = known?.level === level ? known.seq : 0;
    for (;;) {
      if (this.#isClosed || process.loop.active > 0) return;
      const { erased, trimmed, cursor: next } = await prune(journal, process.name, process.snapshot, keeping, cursor);
      const isDone = erased === 0 && trimmed === 0 && next === cursor;
      this.#cursors.set(process.name, { level, seq: next });
      cursor = next;
      if (isDone) break;
      await new Promise(setImmediate);
    }
    this.#looked.set(process.name, { seq: process.snapshot.seq, level, at: now });
    const { seq: base } = await journal.base(process.name);
    while (base > 0 && !this.#isClosed && dropRows(database, process.name, base, keptRows))
      await new Promise(setImmediate);
  }
}

/** A stream as housekeeping sees it. */
export function ownStream(name: string, of: Omit<OwnStream, 'name'>): OwnStream {
  return { name, needed: of.needed, checkpointIfDue: (entries) => of.checkpointIfDue(entries) };
}
