import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

/** Tells all who wait for the same step at the same moment, so that they are drawn together. */
export interface Ticker {
  subscribe(stepMs: number, listener: () => void): () => void;
}

/** One timer for each length of step that somebody waits for. */
export function createTicker(): Ticker {
  const steps = new Map<number, { listeners: Set<() => void>; timer: ReturnType<typeof setInterval> }>();
  const begin = (stepMs: number) => {
    const listeners = new Set<() => void>();
    const timer = setInterval(() => {
      for (const listener of listeners) listener();
    }, stepMs);
    const step = { listeners, timer };
    steps.set(stepMs, step);
    return step;
  };
  return {
    subscribe(stepMs, listener) {
      const step = steps.get(stepMs) ?? begin(stepMs);
      step.listeners.add(listener);
      return () => {
        step.listeners.delete(listener);
        if (step.listeners.size > 0) return;
        clearInterval(step.timer);
        steps.delete(stepMs);
      };
    },
  };
}

export const TickerContext = createContext<Ticker | null>(null);

/** Set around what is not live: a moment of the past that is now for everything in it. */
export const StoodStillContext = createContext<number | null>(null);

/** Epoch ms, anew every second (or every `stepMs`), for text such as "3 s ago". */
export function useNow(stepMs = 1_000): number {
  const ticker = useContext(TickerContext);
  const subscribe = useCallback(
    (listener: () => void) => ticker?.subscribe(stepMs, listener) ?? (() => {}),
    [ticker, stepMs],
  );
  const still = useContext(StoodStillContext);
  const now = useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs);
  return still ?? now;
}

/** The same to the millisecond, where it matters that nothing is drawn beyond it. */
export function useExactNow(): number {
  const ticking = useNow();
  return useContext(StoodStillContext) ?? Math.max(ticking, Date.now());
}
