import type { OpenRun, QueuedEvent, Snapshot } from '../../journal/fold/snapshot.ts';

/**
 * What a process does next. Pure: the queue itself is part of the snapshot, so it survives whatever the journal does.
 *
 * Invariants:
 *   Q1. A run that has begun goes on before another begins, in the order in which they began.
 *   Q2. Waiting events go by priority, then in the order in which they were accepted; suspending, resuming, restarting
 *       and crashing do not change that order.
 *   Q3. An event whose time has not come, or whose retry waits, holds up no other, save those of its lane.
 *   Q4. Of the events of one lane, one at most has a run that has not settled.
 *   Q5. An event whose time is over is not begun.
 *   Q6. A run that others overtook again and again (`context-clash.ts`) works alone until it has ended or waits.
 */
export type Next =
  | { take: 'run'; run: OpenRun; event: QueuedEvent }
  | { take: 'event'; event: QueuedEvent }
  | { take: 'nothing'; wakeAt: number | null };

/** A run that had to begin anew so often, since others were quicker, is the only one that works. */
const overtakenOften = 3;

/** `active` holds the ids of runs that are being worked on now; `hold`: parked runs keep later events waiting. */
export function nextWork(snapshot: Readonly<Snapshot>, now: number, active: ReadonlySet<string>, hold: boolean): Next {
  const overtaken = oftenOvertaken(snapshot, now);
  if (overtaken)
    return active.has(overtaken.run.id) ? { take: 'nothing', wakeAt: null } : { take: 'run', ...overtaken };
  let wakeAt: number | null = null;
  const later = (at: number) => {
    if (wakeAt === null || at < wakeAt) wakeAt = at;
  };
  let held = false;
  let busyLanes: Set<string> | undefined;
  for (const run of snapshot.runs.values()) {
    const event = snapshot.queue.get(run.event);
    if (event?.lane !== undefined) busyLanes = (busyLanes ?? new Set()).add(event.lane);
    if (!event || active.has(run.id)) continue;
    const until = run.parked?.until ?? null;
    if (!run.parked || (until !== null && until <= now)) return { take: 'run', run, event };
    if (until !== null) later(until);
    if (hold && run.parked.why !== 'retry') held = true;
  }
  let best: QueuedEvent | undefined;
  const highest = snapshot.priorities.findIndex((count) => count > 0);
  for (const event of snapshot.queue.values()) {
    if (event.state !== 'waiting' || event.run !== null) continue;
    if (event.lane !== undefined && busyLanes?.has(event.lane)) continue;
    if (event.expiresAt !== null && event.expiresAt <= now) continue;
    if (event.notBefore !== null && event.notBefore > now) later(event.notBefore);
    else if (!best || event.priority < best.priority) {
      best = event;
      // The queue is in order of acceptance, so nothing after it can go before one of the highest priority there is.
      if (best.priority === highest) break;
    }
  }
  if (best && !held) return { take: 'event', event: best };
  return { take: 'nothing', wakeAt };
}

function oftenOvertaken(
  { runs, queue }: Readonly<Snapshot>,
  now: number,
): { run: OpenRun; event: QueuedEvent } | undefined {
  for (const run of runs.values()) {
    if ((run.clashes ?? 0) < overtakenOften) continue;
    const waits = run.parked !== null && (run.parked.why !== 'retry' || (run.parked.until ?? now) > now);
    const event = queue.get(run.event);
    if (event && !waits) return { run, event };
  }
  return undefined;
}

/** Events that have waited longer than they may. */
export function expired(snapshot: Readonly<Snapshot>, now: number): QueuedEvent[] {
  const over: QueuedEvent[] = [];
  for (const event of snapshot.queue.values()) {
    if (event.state === 'waiting' && event.run === null && event.expiresAt !== null && event.expiresAt <= now)
      over.push(event);
  }
  return over;
}
