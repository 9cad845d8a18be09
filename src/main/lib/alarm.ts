import type { Clock } from './clock.ts';

interface Entry {
  at: number;
  call: () => void;
}

/**
 * Calls back at points of wall-clock time. However many there are, one timer is armed, for at most `maxSleepMs`: so a
 * laptop that slept, a stopped machine or a clock that was set is noticed within that time, and no timer overflows.
 * Calls come in order of their time; a time that has passed is called at the next turn of the event loop.
 */
export class Alarm {
  readonly #heap: Entry[] = [];
  #disarm: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #closed = false;
  readonly #clock: Clock;
  readonly #maxSleepMs: number;

  constructor(clock: Clock, maxSleepMs = 30_000) {
    this.#clock = clock;
    this.#maxSleepMs = maxSleepMs;
  }

  /** Calls `call` once when the wall clock has reached `at` (epoch ms). Returns what undoes it. */
  at(at: number, call: () => void): () => void {
    const entry: Entry = { at, call };
    push(this.#heap, entry);
    this.#arm();
    return () => {
      // Left in the heap until its time: taking it out would cost a search.
      entry.call = () => {};
    };
  }

  /** Looks at the clock now instead of at the next timer: after sleep, or when the clock was set. */
  check(): void {
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next && next.at <= now; next = this.#heap[0]) {
      pop(this.#heap);
      next.call();
    }
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#heap.length = 0;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (!next || this.#closed) return;
    if (this.#disarm && this.#armedFor <= next.at) return;
    this.#disarm?.();
    this.#armedFor = next.at;
    const sleepMs = Math.max(0, Math.min(next.at - this.#clock.now(), this.#maxSleepMs));
    this.#disarm = this.#clock.after(sleepMs, () => {
      this.#disarm = undefined;
      this.#armedFor = Number.POSITIVE_INFINITY;
      this.check();
    });
  }
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if ((heap[parent] as Entry).at <= entry.at) break;
    heap[index] = heap[parent] as Entry;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop() as Entry;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Entry).at < (heap[child] as Entry).at) child++;
    if ((heap[child] as Entry).at >= last.at) break;
    heap[index] = heap[child] as Entry;
    index = child;
  }
  heap[index] = last;
}
