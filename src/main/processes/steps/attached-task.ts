import { RuntimeError } from '../../../shared/errors.ts';
import { goesOn, isOutcomeUnknown, type TaskLink } from '../../agent/tool.ts';
import type { FoldedStep } from '../../journal/fold/snapshot.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { noteOf } from '../error-note.ts';
import { withDeadline } from './step-deadline.ts';
import type { Pass, Performed, StepCall, StepSpec } from './step-spec.ts';

/** Who decided the outcome of a call that was asked for again, for the journal. */
export const byTask = 're-attached';

/**
 * Calls that the other side does as tasks of their own outlive the connection and this program. A task's name is kept as
 * soon as it is told; after a crash it is asked for, and the call is not in doubt.
 */
export function newTask(
  keep: (kept: { task: string; session?: string }) => Promise<void>,
): TaskLink & { noted(performed: Performed): Performed } {
  let task: string | undefined;
  return {
    // The call is under way: it goes on also where its name cannot be kept.
    async begun(name, session) {
      task = name;
      await keep({ task: name, ...(session === undefined ? {} : { session }) }).catch(() => {});
    },
    noted: (performed) => (task === undefined ? performed : { ...performed, task }),
  };
}

/** Why a step is stopped. A task is left alone where the run goes on later, and else cancelled. */
export function stopped({ type }: Pass): RuntimeError {
  return new RuntimeError('RUN_CANCELLED', 'The run was stopped.', type === 'halted' ? goesOn : {});
}

/** What came of the task that an earlier try began; undefined: nobody can tell any more, so that it is in doubt. */
export async function reattached(
  clock: Clock,
  signal: AbortSignal,
  { step, task: known = '', taskSession: session, callKey, args }: FoldedStep,
  spec: StepSpec,
): Promise<Performed | undefined> {
  const task = { known, ...(session === undefined ? {} : { session }), begun: async () => {} };
  const call: StepCall = { step, callKey, signal, task };
  const asked: StepSpec = { ...spec, perform: (...given) => untilReached(clock, spec, ...given) };
  try {
    return { ...(await withDeadline(clock, asked, call, args ?? spec.args)), task: known, by: byTask };
  } catch (thrown) {
    const failed = noteOf(thrown);
    // Only the other side itself can say that it came to nothing.
    return failed.code === 'TOOL_FAILED' && !isOutcomeUnknown(thrown)
      ? { result: null, failed, task: known, by: byTask }
      : undefined;
  }
}

/** Tries again as long as the other side cannot be reached; the deadline of the step ends that. */
async function untilReached(clock: Clock, spec: StepSpec, ...[call, args]: Parameters<StepSpec['perform']>) {
  for (let fruitless = 1; ; fruitless++) {
    try {
      return await spec.perform(call, args);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError) || !thrown.retryable || call.signal.aborted) throw thrown;
      await new Promise<void>((resolve) => {
        const disarm = clock.after(backoffMs(fruitless, 250, 5_000), resolve);
        call.signal.addEventListener('abort', () => [disarm(), resolve()], { once: true });
      });
    }
  }
}
