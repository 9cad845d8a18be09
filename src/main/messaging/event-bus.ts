import type { Json } from '../../shared/json.ts';
import { hasWildcard, matches } from './topic-pattern.ts';

/** Something an agent or a person told everyone. */
export interface BusEvent {
  /** The same for everyone who gets it, however often it is delivered. */
  id: string;
  type: string;
  /** The process that published it, or who did where it was a person. */
  source: string;
  data: Json;
  /** Epoch ms. */
  at: number;
  /** Number of the publisher's entry it stands in, and its place there: both only grow. */
  seq: number;
  position: number;
  /** Labels of untrusted origin of what it was made from; left out: none. */
  taint?: readonly string[];
  /** The node of the cluster that it came from; left out: this one. */
  peer?: string;
  /** Told once more, for somebody who may have missed it. */
  again?: boolean;
}

/** Resolves when the event is the listener's for good; a rejection has it delivered again. */
export type BusListener = (event: BusEvent) => unknown;

interface Subscription {
  pattern: string;
  source: string | undefined;
  listener: BusListener;
}

/**
 * Hands every event to everyone who listens. It keeps nothing: what is published stands in the publisher's journal
 * until all listeners have taken it, and a listener with a queue of its own takes the same event once.
 */
export class EventBus {
  readonly #exact = new Map<string, Set<Subscription>>();
  readonly #wild = new Set<Subscription>();

  /** `pattern` is a type or has wildcards (`topic-pattern.ts`). Returns what ends the subscription. */
  subscribe(pattern: string, listener: BusListener, source?: string): () => void {
    const subscription: Subscription = { pattern, source, listener };
    if (hasWildcard(pattern)) {
      this.#wild.add(subscription);
      return () => this.#wild.delete(subscription);
    }
    const group = this.#exact.get(pattern) ?? new Set();
    this.#exact.set(pattern, group.add(subscription));
    return () => {
      group.delete(subscription);
      if (group.size === 0 && this.#exact.get(pattern) === group) this.#exact.delete(pattern);
    };
  }

  /** Whether anybody would get an event of this type. */
  hasListener(type: string): boolean {
    return this.#exact.has(type) || [...this.#wild].some(({ pattern }) => matches(pattern, type));
  }

  /** Resolves when every listener has it. @throws what a listener threw: then deliver it again. */
  async publish(event: BusEvent): Promise<void> {
    const taken: unknown[] = [];
    const hand = ({ source, listener }: Subscription) => {
      if (source !== undefined && source !== event.source) return;
      try {
        taken.push(listener(event));
      } catch (thrown) {
        // The others have it all the same.
        taken.push(Promise.reject(thrown));
      }
    };
    for (const subscription of this.#exact.get(event.type) ?? []) hand(subscription);
    for (const subscription of this.#wild) if (matches(subscription.pattern, event.type)) hand(subscription);
    if (taken.length > 0) await Promise.all(taken);
  }
}
