import { isJsonObject } from '../../shared/json.ts';

/** Lets what belongs together arrive together. */
const gatherMs = 50;

interface Watchable {
  watch(after: number | null, listener: (notice: unknown) => void): () => void;
}

/**
 * Calls back with the kinds of what has changed on a node since the last call: soon after a change, once at a time, and
 * no more often than every `pauseMs`, however much happens. What a call-back throws is dropped: the next one reads afresh.
 * @returns what ends it.
 */
export function followChanges(
  node: Watchable,
  pauseMs: number,
  changed: (kinds: ReadonlySet<string>) => Promise<void>,
): () => void {
  let kinds = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let isBusy = false;
  let restsUntil = 0;

  const plan = () => {
    if (timer || isBusy || kinds.size === 0) return;
    timer = setTimeout(tell, Math.max(gatherMs, restsUntil - performance.now()));
  };
  const tell = async () => {
    const told = kinds;
    kinds = new Set();
    timer = null;
    isBusy = true;
    await changed(told).catch(() => {});
    isBusy = false;
    restsUntil = performance.now() + pauseMs;
    plan();
  };

  const end = node.watch(null, (notice) => {
    const kind = isJsonObject(notice) ? notice['kind'] : undefined;
    if (typeof kind !== 'string') return;
    kinds.add(kind);
    plan();
  });
  return () => {
    end();
    kinds = new Set();
    if (timer) clearTimeout(timer);
  };
}
