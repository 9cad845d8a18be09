import { useEffect, useRef, useState } from 'react';
import type { RecentRun } from '../../shared/recent-run.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { saysTheSame } from '../stores/merge-pages.ts';
import { useClient } from '../stores/use-runtime.ts';
import { useNow } from '../ui/use-now.ts';

/** So many of each agent are shown. */
const runsShown = 12;
/** Runs that came and went between two looks at an agent are caught up with this often. */
const everyMs = 30_000;

export type RecentRuns = ReadonlyMap<string, readonly RecentRun[]>;

/**
 * How the newest runs of the agents in sight went: one read for all that are new in sight. What begins later comes with
 * the agents themselves, and costs no read.
 */
export function useRecentRuns(inSight: readonly ProcessView[]): RecentRuns {
  const client = useClient();
  const tick = useNow(everyMs);
  const known = useRef<ReadonlyMap<string, readonly RecentRun[]>>(new Map());
  const fresh = useRef({ tick, names: new Set<string>() });
  const [, draw] = useState(0);
  const names = inSight.map(({ name }) => name).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the names stand for the views
  useEffect(() => {
    const seen = fresh.current.tick === tick ? fresh.current.names : new Set<string>();
    const wanted = inSight.map(({ name }) => name);
    const missing = wanted.filter((name) => !seen.has(name));
    // What is out of sight is read again when it comes back: it missed what happened meanwhile.
    fresh.current = { tick, names: new Set(wanted) };
    if (missing.length === 0) return;
    client
      .recentRuns({ processes: missing.join(), limit: runsShown })
      .then(({ items }) => {
        known.current = withRead(known.current, items, inSight);
        draw((times) => times + 1);
      })
      .catch(() => {
        for (const name of missing) fresh.current.names.delete(name);
      });
  }, [client, tick, names]);

  known.current = withNewest(known.current, inSight);
  return known.current;
}

/** What was read, beside what is known; runs that are as they were stay the same list, so that no row is drawn for them. */
export function withRead(
  known: RecentRuns,
  items: readonly { process: string; runs: readonly RecentRun[] }[],
  inSight: readonly ProcessView[],
): RecentRuns {
  const read = withNewest(new Map(items.map(({ process, runs }) => [process, runs])), inSight);
  const kept = [...read].map(([process, runs]) => {
    const before = known.get(process);
    return [process, before && saysTheSame(before, runs) ? before : runs] as const;
  });
  return new Map([...known, ...kept]);
}

/** The same map where no agent in sight has a newer run than is known. */
export function withNewest(known: RecentRuns, inSight: readonly ProcessView[]): RecentRuns {
  let next: Map<string, readonly RecentRun[]> | undefined;
  for (const { name, lastRun } of inSight) {
    const runs = known.get(name);
    if (!runs || !lastRun) continue;
    const newer = withRun(runs, lastRun);
    if (newer !== runs) (next ??= new Map(known)).set(name, newer);
  }
  return next ?? known;
}

function withRun(runs: readonly RecentRun[], run: RecentRun): readonly RecentRun[] {
  const at = runs.findIndex(({ id }) => id === run.id);
  const { id, state, idle, startedAt, endedAt } = run;
  const brief = { id, state, idle, startedAt, endedAt };
  if (at < 0) return [brief, ...runs].slice(0, runsShown);
  return runs[at]?.state === state && runs[at].endedAt === endedAt ? runs : runs.with(at, brief);
}
