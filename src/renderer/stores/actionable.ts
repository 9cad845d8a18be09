import { pressingReports } from '../../shared/inbox-kinds.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { useRuntime, useRuntimeShallow } from './use-runtime.ts';

const reports: ReadonlySet<string> = new Set(pressingReports);

/** Whether an item wants something of the person now: it is open, and not snoozed until later. */
export function isActionable({ answeredAt, snoozedUntil }: InboxItemView, now = Date.now()): boolean {
  return answeredAt === null && (snoozedUntil === null || snoozedUntil <= now);
}

/** Open items that are not snoozed, oldest first. The runtime says when one is back. */
export function useActionable(): readonly InboxItemView[] {
  return useRuntimeShallow((state) => state.inbox.filter((item) => isActionable(item)));
}

/** Of those that somebody waits for, and of those that only tell something: how many there are. */
export function useActionableParts(): readonly [asked: number, told: number] {
  const items = useActionable();
  const told = items.filter(({ kind }) => reports.has(kind)).length;
  return [items.length - told, told];
}

/** How many results nobody has read. They need nobody, so no badge counts them. */
export function useUnread(): number {
  return useRuntime((state) => state.node?.unread ?? 0);
}

/** How many they are. */
export function useActionableCount(): number {
  return useRuntime((state) => state.inbox.reduce((sum, item) => sum + (isActionable(item) ? 1 : 0), 0));
}
