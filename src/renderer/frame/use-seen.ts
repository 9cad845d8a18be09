import { useEffect } from 'react';
import { useWorkspace } from '../stores/workspace-store.ts';

/** Shorter absences are not worth a word. */
const shortestAwayMs = 15 * 60_000;
const markEveryMs = 30_000;

/** Notes that somebody looks at the window, and since when nobody did. */
export function useSeen(): void {
  const arrange = useWorkspace((state) => state.arrange);
  const seenAt = useWorkspace((state) => state.seenAt);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was noted last time counts, not each new note
  useEffect(() => {
    let last = seenAt;
    const mark = () => {
      if (document.visibilityState !== 'visible') return;
      const now = Date.now();
      if (wasAway(last, now)) arrange({ awaySince: last });
      last = now;
      arrange({ seenAt: now });
    };
    mark();
    const timer = setInterval(mark, markEveryMs);
    document.addEventListener('visibilitychange', mark);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', mark);
    };
  }, [arrange]);
}

/** Times in epoch ms; 0: the window was never looked at. */
export function wasAway(seenAt: number, now: number): boolean {
  return seenAt > 0 && now - seenAt >= shortestAwayMs;
}
