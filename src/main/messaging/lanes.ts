import type { OpenMessage } from './broker-fold.ts';

/**
 * The order in which messages wait: one lane for each topic, and one for each process that messages are addressed to,
 * so that one who does not come holds up nobody else. Follows from the broker's state and is kept beside it.
 */
export class Lanes {
  readonly #lanes = new Map<string, Map<string, OpenMessage>>();
  readonly #counts = new Map<string, number>();
  readonly #handed = new Map<string, OpenMessage>();

  add(message: OpenMessage): void {
    this.#handed.delete(message.id);
    const key = keyOf(message);
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = new Map()));
    if (lane.has(message.id)) return;
    const newest = lane.size > 0 && message.handings > 0;
    lane.set(message.id, message);
    this.#counts.set(message.topic, (this.#counts.get(message.topic) ?? 0) + 1);
    // One that comes back takes its old place before those that were sent after it.
    if (newest) this.#lanes.set(key, new Map([...lane].sort(([, a], [, b]) => a.seq - b.seq)));
  }

  /** It waits no longer, and nobody has it. */
  remove(message: OpenMessage): void {
    this.#handed.delete(message.id);
    const key = keyOf(message);
    const lane = this.#lanes.get(key);
    if (!lane?.delete(message.id)) return;
    if (lane.size === 0) this.#lanes.delete(key);
    const left = (this.#counts.get(message.topic) ?? 1) - 1;
    if (left === 0) this.#counts.delete(message.topic);
    else this.#counts.set(message.topic, left);
  }

  noteHanded(message: OpenMessage): void {
    this.#handed.set(message.id, message);
  }

  *handed(): Iterable<OpenMessage & { taker: NonNullable<OpenMessage['taker']> }> {
    for (const message of this.#handed.values()) if (message.taker) yield message as never;
  }

  /** Messages may be removed while a lane is gone through. */
  all(): Iterable<Iterable<OpenMessage>> {
    return [...this.#lanes.values()].map((lane) => lane.values());
  }

  /** How many wait in a topic, addressed ones included. */
  countOf(topic: string): number {
    return this.#counts.get(topic) ?? 0;
  }
}

function keyOf({ topic, to }: OpenMessage): string {
  return to === null ? topic : `@${to}`;
}
