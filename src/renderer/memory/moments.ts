import type { ContextMoment } from '../../shared/views/context-views.ts';

/** Where a time stands among moments, oldest first: the newest at or before it; the first where all are later. */
export function momentAt(moments: readonly ContextMoment[], at: number): number {
  let [low, high] = [0, moments.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((moments[middle]?.at ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** "data-watcher wrote checks and seen" */
export function momentWords({ process, by, keys }: ContextMoment): string {
  if (keys.length === 0) return `${process} was set back by ${by}`;
  const who = by.startsWith('run:') ? 'wrote' : `was given, by ${by},`;
  const shown = keys.slice(0, 3).join(', ');
  return `${process} ${who} ${shown}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''}`;
}
