import { useSyncExternalStore } from 'react';

/** Epoch ms, anew every second (or every `stepMs`), for text such as "3 s ago". One timer serves each step length. */
export function useNow(stepMs = 1_000): number {
  return useSyncExternalStore(
    (listener) => {
      const timer = setInterval(listener, stepMs);
      return () => clearInterval(timer);
    },
    () => Math.floor(Date.now() / stepMs) * stepMs,
  );
}
