import { asError, fromWire, RuntimeError, toWire } from '../../shared/errors.ts';
import { processNamePattern } from '../../shared/ids.ts';
import { versionWith } from '../journal/fold/versions.ts';
import type { Journal } from '../journal/journal.ts';
import { assertLinked } from '../journal/replay.ts';
import { AgentProcess, type AgentProcessOptions } from '../processes/agent-process.ts';
import type { OpenParts } from '../processes/default-parts.ts';
import type { AgentRuntimeOptions } from './agent-runtime-options.ts';

export interface RegistryParts extends Pick<AgentRuntimeOptions, 'marks' | 'assertNameFree'> {
  readonly journal: Journal;
  readonly parts: OpenParts;
  /** Told of processes that turn out to have been deleted by an earlier program. */
  onDeleted(process: AgentProcess): void;
}

/** Which processes live on this node, by name; and how they come, are taken up and go. */
export class Registry {
  readonly #journal: Journal;
  readonly #parts: OpenParts;
  readonly #marks: RegistryParts['marks'];
  readonly #assertNameFree: RegistryParts['assertNameFree'];
  readonly #onDeleted: RegistryParts['onDeleted'];
  readonly #processes = new Map<string, AgentProcess>();
  /** Those whose journal could not be read, and why: that they are not there is not for good. */
  readonly #unread = new Map<string, RuntimeError>();

  constructor({ journal, parts, marks, assertNameFree, onDeleted }: RegistryParts) {
    this.#journal = journal;
    this.#parts = parts;
    this.#marks = marks;
    this.#assertNameFree = assertNameFree;
    this.#onDeleted = onDeleted;
  }

  list(): AgentProcess[] {
    return [...this.#processes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): AgentProcess | undefined {
    return this.#processes.get(name);
  }

  /** Which version of a process had the hash at a time; null where that is not kept. */
  versionOf(name: string, hash: string, at: number): number | null {
    return versionWith(this.#processes.get(name)?.snapshot.versions ?? [], hash, at);
  }

  /** @throws RuntimeError `PROCESS_NOT_FOUND`; `NOT_KNOWN_YET` where its journal could not be read. */
  get(name: string): AgentProcess {
    const found = this.#processes.get(name);
    if (found) return found;
    const unread = this.#unread.get(name);
    if (unread) throw unread;
    throw new RuntimeError('PROCESS_NOT_FOUND', `There is no process "${name}".`, { name });
  }

  /** One that the journal knows; it is not read yet. */
  add(name: string): AgentProcess {
    const process = new AgentProcess({ name, journal: this.#journal, parts: this.#parts });
    this.#unread.delete(name);
    this.#processes.set(name, process);
    this.#parts.governance.join(process.journaled);
    return process;
  }

  /** @throws RuntimeError `NAME_TAKEN`, `NAME_INVALID`, `MANIFEST_INVALID`. */
  async register(process: AgentProcess | Omit<AgentProcessOptions, 'journal' | 'parts'>): Promise<AgentProcess> {
    const { name } = process;
    assertNameValid(name);
    await this.#takeName(name);
    const added =
      process instanceof AgentProcess
        ? process
        : new AgentProcess({ ...process, journal: this.#journal, parts: this.#parts });
    if (added === process) added.adopt(this.#journal, this.#parts);
    this.#processes.set(name, added);
    this.#unread.delete(name);
    try {
      await added.load();
    } catch (thrown) {
      this.#processes.delete(name);
      throw thrown;
    }
    this.#parts.governance.join(added.journaled);
    return added;
  }

  /** One that was deleted, and is back. @throws RuntimeError `NAME_TAKEN`. */
  async enlist(process: AgentProcess): Promise<void> {
    const { name } = process;
    await this.#takeName(name);
    this.#processes.set(name, process);
    this.#parts.governance.join(process.journaled);
  }

  /** @throws RuntimeError `NAME_TAKEN`, and why other nodes cannot be asked. */
  async #takeName(name: string): Promise<void> {
    const assertNew = () => {
      if (!this.#processes.has(name)) return;
      throw new RuntimeError('NAME_TAKEN', `There is a process "${name}" already.`, { name });
    };
    assertNew();
    const asked = this.#assertNameFree?.(name);
    if (!asked) return;
    await asked;
    // Somebody may have been faster meanwhile.
    assertNew();
  }

  /** @throws RuntimeError `NAME_TAKEN`, `NAME_INVALID`. */
  async assertFree(name: string): Promise<void> {
    assertNameValid(name);
    const isTaken = this.#processes.has(name) || (await this.#journal.open(name)).seq > 0;
    if (isTaken) throw new RuntimeError('NAME_TAKEN', `There is, or was, a process "${name}".`, { name });
  }

  /** @throws RuntimeError `PROCESS_NOT_FOUND` where the journal knows none; `NOT_KNOWN_YET` where it could not be read. */
  async adopt(name: string): Promise<AgentProcess> {
    await this.takeUp(this.add(name));
    return this.get(name);
  }

  async dismiss(name: string, drainMs?: number): Promise<void> {
    try {
      const gone = new RuntimeError('LEASE_LOST', `"${name}" goes on on another node.`, { process: name });
      await this.get(name).close(drainMs, gone);
    } finally {
      this.#processes.delete(name);
      this.#parts.governance.ledger.leave(name);
    }
  }

  /** It was deleted. */
  async forget(name: string): Promise<void> {
    this.#processes.delete(name);
    this.#unread.delete(name);
    await this.#parts.broker.release(name);
  }

  /** Reads what a process is, and lets it be; `why` is shown. */
  async lookAt(process: AgentProcess, why: string): Promise<void> {
    process.hold({ code: 'SAFE_MODE', message: why, since: this.#parts.clock.now() });
    try {
      await process.load();
      if (process.snapshot.deleted) await this.#leaveOut(process);
    } catch (thrown) {
      if (process.snapshot.deleted) return this.#leaveOut(process);
      this.#parts.log('error', `"${process.name}" could not be read`, { reason: asError(thrown).message });
    }
  }

  /** What ran before goes on. `as it is`: a person knows that its journal is not what was written. Never throws. */
  async takeUp(process: AgentProcess, how: 'when whole' | 'as it is' = 'when whole'): Promise<void> {
    const { name } = process;
    try {
      if (how === 'when whole' && !(await this.#isWhole(process))) return;
      await process.load();
      if (process.snapshot.deleted) return await this.#leaveOut(process);
      await process.takeUp();
    } catch (thrown) {
      if (process.snapshot.deleted) return this.#leaveOut(process);
      const { code } = toWire(thrown);
      if (code === 'JOURNAL_CORRUPT') return this.#hold(process, thrown);
      this.#parts.log('error', `"${name}" could not be taken up`, { code, reason: asError(thrown).message });
      if (process.snapshot.life > 0) return;
      this.#processes.delete(name);
      if (code !== 'PROCESS_NOT_FOUND') this.#unread.set(name, notRead(name, thrown));
    }
  }

  /** An earlier program deleted it. */
  async #leaveOut(process: AgentProcess): Promise<void> {
    this.#parts.governance.ledger.leave(process.name);
    this.#onDeleted(process);
    await this.forget(process.name);
  }

  /** Whether the marks outside the journal say that it is what it was; else the process is shown, and does not run. */
  async #isWhole(process: AgentProcess): Promise<boolean> {
    try {
      this.#marks?.assertWhole(process.name);
      await assertLinked(this.#journal, process.name);
      return true;
    } catch (thrown) {
      this.#hold(process, thrown);
      await process.load().catch(() => {});
      return false;
    }
  }

  #hold(process: AgentProcess, thrown: unknown): void {
    const error = fromWire(toWire(thrown));
    process.hold({ code: error.code, message: error.message, since: this.#parts.clock.now() }, error);
    this.#parts.log('error', `"${process.name}" does not run`, { code: error.code, reason: error.message });
  }

  /** Lets every process go in order, without changing its state. */
  async close(): Promise<void> {
    await Promise.all(
      this.list().map((process) =>
        process
          .close()
          .catch((thrown: unknown) =>
            this.#parts.log('warn', `"${process.name}" did not close in order`, { reason: asError(thrown).message }),
          ),
      ),
    );
  }
}

function notRead(name: string, cause: unknown): RuntimeError {
  const why = asError(cause).message;
  return new RuntimeError('NOT_KNOWN_YET', `The journal of "${name}" could not be read: ${why}`, { name }, { cause });
}

function assertNameValid(name: string): void {
  if (!processNamePattern.test(name))
    throw new RuntimeError('NAME_INVALID', `"${name}" cannot be the name of a process.`, { name });
}
