import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { TrashView } from '../../../shared/views/views.ts';
import type { Journal } from '../../journal/journal.ts';
import { dropRowsOf } from '../../journal/tables/read-model-upkeep.ts';
import { AgentProcess } from '../../processes/agent-process.ts';
import type { OpenParts } from '../../processes/default-parts.ts';
import type { Database } from '../../store/database.ts';
import type { Retention } from './retention.ts';

const dayMs = 86_400_000;

export interface TrashParts {
  readonly journal: Journal;
  readonly database: Database;
  /** How long a deleted process can be brought back. */
  readonly retention: Pick<Retention, 'days'>;
  readonly parts: OpenParts;
  /** The newest entry of a process that nobody elsewhere needs any more; left out: nobody needs any. */
  heldFrom?: ((process: string) => number) | undefined;
  /** Puts it on the list again. @throws RuntimeError `NAME_TAKEN`. */
  enlist(process: AgentProcess): Promise<void>;
}

/**
 * Processes that were deleted. Each can be brought back as it was for as long as the node says; then, or when a person
 * says so, what it was goes for good: its journal, what it alone remembered, its secrets, and what screens list of it.
 *
 * Invariants:
 *   T1. A process that is created under the name of a deleted one knows nothing of it.
 *   T2. That it was purged is in the journal before anything of it is taken away, so a crash on the way is caught up on.
 */
export class Trash {
  readonly #parts: TrashParts;
  readonly #gone = new Map<string, Omit<TrashView, 'until'>>();

  constructor(parts: TrashParts) {
    this.#parts = parts;
  }

  /** Takes note of a process that was deleted, now or by an earlier program. */
  note({ name, snapshot, knownConfig }: AgentProcess): void {
    if (!snapshot.deleted || !snapshot.definition) return;
    const deletedAt = snapshot.deletedAt ?? snapshot.updatedAt;
    this.#gone.set(name, {
      name,
      description: knownConfig?.description ?? null,
      deletedAt,
      deletedBy: snapshot.deletedBy ?? '',
      runs: snapshot.counts.runs,
    });
  }

  has(name: string): boolean {
    return this.#gone.has(name);
  }

  /** What can be brought back, the newest first. */
  list(): TrashView[] {
    const { trashDays } = this.#parts.retention.days;
    return [...this.#gone.values()]
      .map((gone) => ({ ...gone, until: gone.deletedAt + trashDays * dayMs }))
      .sort((a, b) => b.deletedAt - a.deletedAt);
  }

  /** What could not be brought back any more if it were kept for so long. */
  over(days: number): string[] {
    const now = this.#parts.parts.clock.now();
    return [...this.#gone.values()].filter(({ deletedAt }) => deletedAt + days * dayMs <= now).map(({ name }) => name);
  }

  /** Brings a process back as it was, at rest. @throws RuntimeError `PROCESS_NOT_FOUND`, `NAME_TAKEN`. */
  async restore(name: string, by: string): Promise<AgentProcess> {
    const process = await this.#load(name);
    await this.#parts.enlist(process);
    this.#gone.delete(name);
    await process.journaled.append('restore-process', [{ kind: 'process.restored', body: { by } }]);
    return process;
  }

  /** T1: another process takes the name, so this one cannot come back. Its journal stays before that of the new one. */
  async supersede(name: string, by: string): Promise<void> {
    const process = await this.#load(name);
    this.#gone.delete(name);
    await this.#forget(process, by);
  }

  /** Another of its name comes here from another node, in whose journal nothing of this one is. */
  giveWay(name: string): void {
    this.#gone.delete(name);
  }

  /** Gives a process up for good. @throws RuntimeError `PROCESS_NOT_FOUND`, `MEMORY_UNAVAILABLE`. */
  async purge(name: string, by: string): Promise<void> {
    const { journal, database, heldFrom } = this.#parts;
    const process = await this.#load(name);
    await this.#forget(process, by);
    await process.journaled.append('purge-process', [{ kind: 'process.purged', body: { by } }]);
    this.#gone.delete(name);
    await process.journaled.checkpoint();
    const { seq = 0 } = (await journal.lastCheckpoint(name)) ?? {};
    const upTo = Math.min(seq - 1, heldFrom?.(name) ?? Number.POSITIVE_INFINITY);
    if (upTo > 0) await journal.trim(name, upTo);
    dropRowsOf(database, name);
  }

  /** Gives up what has been here for long enough. Never throws; what fails is tried again at the next look. */
  async empty(): Promise<void> {
    const { clock, log } = this.#parts.parts;
    for (const { name, until } of this.list()) {
      if (until > clock.now()) continue;
      await this.purge(name, 'retention').catch((thrown: unknown) =>
        log('warn', `"${name}" could not be given up yet`, { reason: asError(thrown).message }),
      );
    }
  }

  async #load(name: string): Promise<AgentProcess> {
    const { journal, parts } = this.#parts;
    if (!this.#gone.has(name))
      throw new RuntimeError('PROCESS_NOT_FOUND', `There is no "${name}" in the trash.`, { name });
    const process = new AgentProcess({ name, journal, parts });
    await process.load();
    if (process.snapshot.deleted) return process;
    // Another of its name has come here from another node since: what is deleted is gone.
    this.#gone.delete(name);
    throw new RuntimeError('PROCESS_NOT_FOUND', `There is no "${name}" in the trash.`, { name });
  }

  /** Its secrets, and what it alone remembered. */
  async #forget(process: AgentProcess, by: string): Promise<void> {
    const { governance } = this.#parts.parts;
    await process.forgetMemory(by);
    if (process.snapshot.memoryOutbox.size > 0)
      throw new RuntimeError('MEMORY_UNAVAILABLE', `What "${process.name}" remembers could not be taken away yet.`);
    governance.vaultIfAny(process.journaled, process.knownConfig ?? {})?.forget();
    governance.forget(process.name);
  }
}
