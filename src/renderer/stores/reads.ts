import { asError, RuntimeError } from '../../shared/errors.ts';

/** What a screen reads beyond the mirror: its newest value, and the failure of the newest try if it failed. */
export interface Read<T> {
  value: T | undefined;
  error: RuntimeError | undefined;
  reading: boolean;
}

interface Entry {
  read: Read<unknown>;
  topics: readonly string[];
  load: () => Promise<unknown>;
  listeners: Set<() => void>;
  old: boolean;
  busy: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** How long the last load took, and when it began (performance.now). */
  tookMs: number;
  beganAt: number;
}

export interface Reads {
  get<T>(key: string): Read<T>;
  subscribe<T>(key: string, topics: readonly string[], load: () => Promise<T>, listener: () => void): () => void;
  makeOld(topics: ReadonlySet<string>): void;
  reload(key: string): void;
}

const unread: Read<never> = { value: undefined, error: undefined, reading: true };
/** Two loads of the same thing are at least this far apart, and never fill more than a quarter of the time. */
const shortestGapMs = 200;
const keptUnwatched = 40;

/**
 * Reads by key, shared by whoever shows them. A read is made again when a notice says that it is old and somebody looks
 * at it; a value that nobody looks at is kept for a while, so that going back to a screen shows it at once.
 */
export function createReads(): Reads {
  const entries = new Map<string, Entry>();

  function publish(entry: Entry, read: Partial<Read<unknown>>): void {
    entry.read = { ...entry.read, ...read };
    for (const listener of entry.listeners) listener();
  }

  function load(entry: Entry): void {
    entry.old = false;
    entry.busy = true;
    entry.beganAt = performance.now();
    entry
      .load()
      .then((value) => publish(entry, { value, error: undefined, reading: false }))
      .catch((thrown) => publish(entry, { error: coded(thrown), reading: false }))
      .finally(() => {
        entry.busy = false;
        entry.tookMs = performance.now() - entry.beganAt;
        if (entry.old) schedule(entry);
      });
  }

  function schedule(entry: Entry): void {
    if (entry.busy || entry.timer !== undefined || entry.listeners.size === 0) return;
    const gapMs = Math.max(shortestGapMs, entry.tookMs * 4);
    const waitMs = Math.max(0, entry.beganAt + gapMs - performance.now());
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      if (entry.listeners.size > 0) load(entry);
    }, waitMs);
  }

  function forgetOldest(): void {
    for (const [key, entry] of entries) {
      if (entries.size <= keptUnwatched) return;
      if (entry.listeners.size === 0 && !entry.busy) entries.delete(key);
    }
  }

  return {
    get: <T>(key: string) => (entries.get(key)?.read ?? unread) as Read<T>,
    subscribe(key, topics, loading, listener) {
      let entry = entries.get(key);
      if (!entry) {
        const beganAt = Number.NEGATIVE_INFINITY;
        entry = {
          read: unread,
          topics,
          load: loading,
          listeners: new Set(),
          old: true,
          busy: false,
          timer: undefined,
          tookMs: 0,
          beganAt,
        };
        entries.set(key, entry);
        forgetOldest();
      }
      const mine = entry;
      mine.topics = topics;
      mine.load = loading;
      mine.listeners.add(listener);
      if (mine.old) schedule(mine);
      return () => void mine.listeners.delete(listener);
    },
    makeOld(topics) {
      for (const entry of entries.values()) {
        if (!topics.has('*') && !entry.topics.some((topic) => topics.has(topic))) continue;
        entry.old = true;
        schedule(entry);
      }
    },
    reload(key) {
      const entry = entries.get(key);
      if (!entry) return;
      entry.old = true;
      schedule(entry);
    },
  };
}

export function coded(thrown: unknown): RuntimeError {
  return thrown instanceof RuntimeError ? thrown : new RuntimeError('INTERNAL', asError(thrown).message);
}
