import type { FoldedStep } from '../../journal/fold/snapshot.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';

/**
 * Hands out recorded results in the order in which they once came, not the order in which they are asked for: an agent
 * that waits for several steps at once then goes on as it did before, and asks for the same steps next.
 */
export class ReplayOrder {
  readonly #order: number[];
  readonly #asked = new Map<number, Deferred<void>>();
  #next = 0;

  constructor(steps: readonly FoldedStep[]) {
    this.#order = steps
      .filter((step) => step.endSeq > 0)
      .sort((a, b) => a.endSeq - b.endSeq)
      .map((step) => step.step);
  }

  /** Resolves when every result that came before that of `step` has been asked for and handed out. */
  turnOf(step: number): Promise<void> {
    const turn = deferred();
    this.#asked.set(step, turn);
    // Not before whoever asks now listens as well, or those who asked earlier would hear of later results first.
    queueMicrotask(() => {
      for (let ready = this.#ready(); ready; ready = this.#ready()) {
        this.#next++;
        ready.resolve();
      }
    });
    return turn.promise;
  }

  /** The agent has ended: whatever still waits for its turn will not get it. */
  abandon(reason: Error): void {
    for (const turn of this.#asked.values()) turn.reject(reason);
  }

  #ready(): Deferred<void> | undefined {
    const step = this.#order[this.#next];
    return step === undefined ? undefined : this.#asked.get(step);
  }
}
