import type { Clock } from './clock.ts';

interface Entry {
  at: number;
  /** Undefined once it was taken back. */
  call: (() => void) | undefined;
}

/** Wall clock and steady clock may drift apart by this much between two looks before it counts as a jump. */
const jumpMs = 1_000;

/**
 * Calls back at points of wall-clock time. However many there are, one timer is armed, for at most `maxSleepMs`: so a
 * laptop that slept, a stopped machine or a clock that was set is noticed within that time, and no timer overflows.
 * Calls come in order of their time; a time that has passed is called at the next turn of the event loop.
 */
export class Alarm {
  #heap: Entry[] = [];
  #takenBack = 0;
  readonly #watchers = new Set<(jumpedMs: number) => void>();
  #disarm: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #looked: { wall: number; steady: number };
  #calling = false;
  #closed = false;
  readonly #clock: Clock;
  readonly #maxSleepMs: number;

  constructor(clock: Clock, maxSleepMs = 30_000) {
    this.#clock = clock;
    this.#maxSleepMs = maxSleepMs;
    this.#looked = { wall: clock.now(), steady: clock.elapsed() };
  }

  /** Calls `call` once when the wall clock has reached `at` (epoch ms). Returns what undoes it. */
  at(at: number, call: () => void): () => void {
    if (this.#closed) return () => {};
    const entry: Entry = { at, call };
    push(this.#heap, entry);
    this.#arm();
    return () => {
      if (!entry.call) return;
      entry.call = undefined;
      this.#takenBack++;
      // Taking one out of a heap costs a search; taking out half of it at once costs next to nothing.
      if (this.#takenBack > 64 && this.#takenBack > this.#heap.length / 2) this.#sweep();
    };
  }

  /**
   * Calls `call` whenever the wall clock has moved by more than a second against the steady one, before the calls that
   * are due: the computer slept or the clock was set forward (positive), or it was set back (negative milliseconds).
   * Returns what undoes it. While somebody watches, the clock is looked at every `maxSleepMs` even if nothing is due.
   */
  onJump(call: (jumpedMs: number) => void): () => void {
    if (this.#closed) return () => {};
    this.#watchers.add(call);
    this.#arm();
    return () => this.#watchers.delete(call);
  }

  /** Looks at the clock now instead of at the next timer: after sleep, or when the clock was set. */
  check(): void {
    if (this.#calling || this.#closed) return;
    const now = this.#clock.now();
    const steady = this.#clock.elapsed();
    const jumped = now - this.#looked.wall - (steady - this.#looked.steady);
    this.#looked = { wall: now, steady };
    const due: Entry[] = [];
    this.#calling = true;
    try {
      if (Math.abs(jumped) > jumpMs) for (const call of [...this.#watchers]) call(jumped);
      for (let next = this.#heap[0]; next && next.at <= now; next = this.#heap[0]) due.push(pop(this.#heap));
      for (let next = due.shift(); next; next = due.shift()) this.#call(next);
    } finally {
      // Also when a call threw: what comes after it must not wait for ever.
      for (const entry of due) push(this.#heap, entry);
      this.#calling = false;
      this.#arm();
    }
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#heap = [];
    this.#watchers.clear();
  }

  #arm(): void {
    const next = this.#heap[0]?.at ?? (this.#watchers.size > 0 ? Number.MAX_SAFE_INTEGER : undefined);
    if (next === undefined || this.#closed || this.#calling) return;
    if (this.#disarm && this.#armedFor <= next) return;
    this.#disarm?.();
    this.#armedFor = next;
    const sleepMs = Math.max(0, Math.min(next - this.#clock.now(), this.#maxSleepMs));
    this.#disarm = this.#clock.after(sleepMs, () => {
      this.#disarm = undefined;
      this.#armedFor = Number.POSITIVE_INFINITY;
      this.check();
    });
  }

  #call(entry: Entry): void {
    const { call } = entry;
    entry.call = undefined;
    if (call) call();
    else this.#takenBack--;
  }

  #sweep(): void {
    const kept = this.#heap.filter((entry) => entry.call);
    this.#heap = [];
    this.#takenBack = 0;
    for (const entry of kept) push(this.#heap, entry);
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

function pop(heap: Entry[]): Entry {
  const first = heap[0] as Entry;
  const last = heap.pop() as Entry;
  if (heap.length === 0) return first;
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
  return first;
}
