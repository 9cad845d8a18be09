import type { NewEntry } from '../../../shared/entries/journal-entries.ts';
import { asError, toWire } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { Outgoing } from '../../journal/fold/snapshot.ts';
import type { Alarm } from '../../lib/alarm.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Journaled } from '../journaled.ts';

const againMs = 1_000;
/** How many are under way at a time: receivers in the same journal make them durable together. */
const windowSize = 256;

export interface DeliveryParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Resolves when every receiver has it for good. Asked in order, several at a time; may be asked again. */
  deliver(process: string, outgoing: Outgoing): Promise<void>;
  log(level: 'warn', message: string, details: JsonObject): void;
}

/** Hands on what a stream told the world, in order, until everyone has it for good. */
export class Delivery {
  readonly #journaled: Journaled;
  readonly #parts: DeliveryParts;
  #running: Promise<void> | undefined;

  constructor(journaled: Journaled, parts: DeliveryParts) {
    this.#journaled = journaled;
    this.#parts = parts;
  }

  /** Resolves when nothing is left to deliver now. Never throws; what fails is tried again. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      const { process } = this.#journaled;
      const outcomes = await Promise.allSettled(batch.map((outgoing) => this.#parts.deliver(process, outgoing)));
      this.#note(
        batch.filter((_, index) => outcomes[index]?.status === 'fulfilled'),
        batch,
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      // What the journal refused to note would be delivered again at once, and for ever.
      if (!failed && batch.some(({ seq }) => this.#journaled.snapshot.outbox.has(seq))) return;
      if (!failed) continue;
      if (toWire(failed.reason).code === 'NODE_CLOSING') return;
      const { clock, alarm, log } = this.#parts;
      log('warn', `what "${process}" published could not be delivered yet`, { reason: asError(failed.reason).message });
      alarm.at(clock.now() + againMs, () => void this.run());
      return;
    }
  }

  /** Not waited for: losing it only means that the next program delivers once more, and receivers know it. */
  #note(delivered: readonly Outgoing[], batch: readonly Outgoing[]): void {
    const [first] = delivered;
    const last = delivered.at(-1);
    if (!first || !last) return;
    const entries: NewEntry[] =
      delivered.length === batch.length && delivered.length > 1
        ? [{ kind: 'outbox.delivered', body: { seq: last.seq, from: first.seq } }]
        : delivered.map(({ seq }) => ({ kind: 'outbox.delivered', body: { seq } }));
    this.#journaled.append('note-delivery', entries).catch(() => {});
  }

  /** The oldest. What is not durable yet may still come to nothing, so nobody may hear of it. */
  #next(): Outgoing[] {
    const batch: Outgoing[] = [];
    for (const outgoing of this.#journaled.snapshot.outbox.values()) {
      if (outgoing.seq > this.#journaled.durableSeq || batch.length >= windowSize) break;
      batch.push(outgoing);
    }
    return batch;
  }
}
