import { RuntimeError } from '../../../shared/errors.ts';
import type { WakeAnswer } from '../../triggers/trigger.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

/**
 * Delivers an event that has ended once more, with what it carried.
 * @throws RuntimeError `TRIGGER_EVENT_NOT_FOUND`, `REQUEST_INVALID`, `QUEUE_FULL`.
 */
export async function redeliver(runtime: AgentRuntime, id: string, by: string): Promise<WakeAnswer> {
  const event = await runtime.queries.triggerEvent(id);
  if (event.endedAt === null)
    throw new RuntimeError('REQUEST_INVALID', `Event ${id} has not ended; it is ${event.state}.`, {
      state: event.state,
    });
  const { process, trigger, kind, payload, metadata, taint } = event;
  if (!event.kept)
    throw new RuntimeError(
      'REQUEST_INVALID',
      `What event ${id} carried is not kept any more, so it cannot be delivered again.`,
      { id },
    );
  return runtime
    .get(process)
    .redeliver(id, { trigger, kind, dedupeKey: '', payload, metadata: { ...metadata, redelivered_by: by }, taint });
}
