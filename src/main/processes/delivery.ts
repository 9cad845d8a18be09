import { asError } from '../../shared/errors.ts';
import type { Outgoing } from '../journal/snapshot.ts';
import type { Journaled } from './journaled.ts';
import type { ProcessParts } from './parts.ts';

const againMs = 1_000;

/** Hands on what settled runs told the world, oldest first, until everyone has it for good. */
export class Delivery {
  readonly #journaled: Journaled;
  readonly #parts: ProcessParts;
  #running = false;

  constructor(journaled: Journaled, parts: ProcessParts) {
    this.#journaled = journaled;
    this.#parts = parts;
  }

  /** Does nothing while it is at work already. Never throws; what fails is tried again. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { process } = this.#journaled;
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        await this.#parts.deliver(process, next);
        // Not waited for: losing it only means that the next program delivers once more, and receivers know it.
        this.#journaled.append('note-delivery', [{ kind: 'outbox.delivered', body: { seq: next.seq } }]).catch(() => {});
      }
    } catch (thrown) {
      this.#parts.log('warn', `what "${process}" published could not be delivered yet`, { reason: asError(thrown).message });
      this.#parts.alarm.at(this.#parts.clock.now() + againMs, () => void this.run());
    } finally {
      this.#running = false;
    }
  }

  /** What is not durable yet may still come to nothing, so nobody may hear of it. */
  #next(): Outgoing | undefined {
    const [first] = this.#journaled.snapshot.outbox.values();
    return first && first.seq <= this.#journaled.durableSeq ? first : undefined;
  }
}
