import type { ProcessView } from '../../shared/views/views.ts';
import type { AgentsFilter } from '../stores/workspace-store.ts';

export const noFilter: AgentsFilter = { text: '', state: '', tag: '' };

/** The filters on keys 1 to 6, with what they let through. */
export const stateFilters = [
  { id: '', text: 'All', lets: () => true },
  {
    id: 'working',
    text: 'Working',
    lets: (view: ProcessView) => view.state === 'running' || view.state === 'awaiting',
  },
  { id: 'attention', text: 'Needs attention', lets: needsAttention },
  { id: 'waiting', text: 'With a queue', lets: (view: ProcessView) => view.waiting > 0 },
  { id: 'suspended', text: 'Suspended', lets: (view: ProcessView) => view.state === 'suspended' },
  { id: 'stopped', text: 'Stopped', lets: (view: ProcessView) => view.state === 'stopped' || view.state === 'created' },
] as const;

export function needsAttention(view: ProcessView): boolean {
  return view.state === 'failed' || view.state === 'awaiting' || view.halted !== null || view.consecutiveFailures > 0;
}

export type AgentsSort = 'name' | 'state' | 'last' | 'next' | 'waiting';

export function filtered(views: readonly ProcessView[], filter: AgentsFilter): ProcessView[] {
  const lets = stateFilters.find(({ id }) => id === filter.state)?.lets ?? (() => true);
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return views.filter((view) => {
    if (!lets(view) || (filter.tag && !view.tags.includes(filter.tag))) return false;
    const text = `${view.name} ${view.description ?? ''} ${view.model} ${view.tags.join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const rank: Record<string, number> = {
  failed: 0,
  awaiting: 1,
  suspended: 2,
  starting: 3,
  stopping: 3,
  running: 4,
  created: 5,
  stopped: 6,
};

/** Views that come by name, by the wanted column and then by name, so that equal rows never change places. */
export function sorted(views: readonly ProcessView[], by: AgentsSort): ProcessView[] {
  const far = Number.MAX_SAFE_INTEGER;
  const keys: Record<AgentsSort, (view: ProcessView) => number> = {
    name: () => 0,
    state: (view) => rank[view.state] ?? 9,
    last: (view) => -(view.lastRun?.startedAt ?? 0),
    next: (view) => view.nextFiring ?? far,
    waiting: (view) => -view.waiting,
  };
  const key = keys[by];
  // They come by name, and sorting keeps the order of equals.
  return by === 'name' ? [...views] : views.toSorted((a, b) => key(a) - key(b));
}

/**
 * The list as it stood, for as long as it must not move: who does not belong there any more stays, newcomers stand at
 * the end. Those that are gone altogether go.
 */
export function inOldOrder<T extends { name: string }>(
  rows: readonly T[],
  order: readonly string[],
  all: readonly T[],
): T[] {
  const byName = new Map(all.map((row) => [row.name, row]));
  const known = new Set(order);
  const stayed = order.flatMap((name) => byName.get(name) ?? []);
  return [...stayed, ...rows.filter(({ name }) => !known.has(name))];
}
