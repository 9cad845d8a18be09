import { RuntimeError } from '../../shared/errors.ts';
import type { RunView, TriggerEventDetail } from '../../shared/views/views.ts';
import type { ConnectedRuntime } from '../transport/http-client.ts';

/**
 * Waits until a trigger event has ended, and gives it with the run that worked on it. Notices say when to look again.
 * @throws RuntimeError `RUN_CANCELLED` when the wait is given up; the event goes on.
 */
export async function untilEnded(
  node: ConnectedRuntime,
  id: string,
  signal: AbortSignal,
): Promise<{ event: TriggerEventDetail; run: RunView | null }> {
  let wakeUp = Promise.withResolvers<void>();
  const look = () => wakeUp.resolve();
  const unwatch = node.watch(
    null,
    (notice) => {
      if (notice.event === id || notice.kind === 'notices.gap') look();
    },
    look,
  );
  signal.addEventListener('abort', look);
  try {
    for (;;) {
      wakeUp = Promise.withResolvers<void>();
      const event = await node.getTriggerEvent({ id });
      if (event.endedAt !== null) return { event, run: event.runId ? await node.getRun({ id: event.runId }) : null };
      if (signal.aborted) throw new RuntimeError('RUN_CANCELLED', `No longer waiting; ${id} goes on.`, { eventId: id });
      await wakeUp.promise;
    }
  } finally {
    unwatch();
    signal.removeEventListener('abort', look);
  }
}
