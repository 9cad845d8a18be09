import { asError } from '../../../shared/errors.ts';
import type { Outgoing } from '../../journal/fold/snapshot.ts';
import type { Journaled } from '../journaled.ts';
import type { Ability, ProcessParts } from '../parts.ts';
import { memoryWrites } from '../prompts/recall.ts';

const againMs = 1_000;

/**
 * Hands what settled runs and people changed in memory to where it is kept, oldest first. Apart from other deliveries:
 * events and messages do not wait for a memory server that is away.
 */
export class MemoryDelivery {
  readonly #journaled: Journaled;
  readonly #parts: ProcessParts;
  readonly #ability: () => Ability;
  #running: Promise<void> | undefined;

  constructor(journaled: Journaled, parts: ProcessParts, ability: () => Ability) {
    this.#journaled = journaled;
    this.#parts = parts;
    this.#ability = ability;
  }

  /** Never throws; what fails is tried again. Resolves when nothing is left, or the first could not be handed over. */
  run(): Promise<void> {
    this.#running ??= this.#deliverAll();
    return this.#running;
  }

  async #deliverAll(): Promise<void> {
    const { process } = this.#journaled;
    // So that it has been noted as running before it can have ended.
    await null;
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        const { seq, at, run, effects } = next;
        const { config } = this.#ability();
        await this.#parts.memories.of(process, config.memory).apply(memoryWrites(effects, at, run || null));
        // Not waited for: losing it only means that memory is told once more, and it knows what it has.
        this.#journaled.append('note-memory', [{ kind: 'memory.delivered', body: { seq } }]).catch(() => {});
        // What the journal refused to note would be handed over again at once, and for ever.
        if (this.#journaled.snapshot.memoryOutbox.has(seq)) return;
      }
    } catch (thrown) {
      this.#parts.log('warn', `what "${process}" remembers could not be written yet`, {
        reason: asError(thrown).message,
      });
      this.#parts.alarm.at(this.#parts.clock.now() + againMs, () => void this.run());
    } finally {
      this.#running = undefined;
    }
  }

  #next(): Outgoing | undefined {
    const [first] = this.#journaled.snapshot.memoryOutbox.values();
    return first && first.seq <= this.#journaled.durableSeq ? first : undefined;
  }
}
