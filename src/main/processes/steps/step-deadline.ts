import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';

interface Call {
  signal: AbortSignal;
}

interface Deed<C extends Call, R> {
  name: string;
  reach: string;
  deadlineMs?: number;
  perform(call: C, args: Json): Promise<R> | R;
}

/** Performs what may take its time, but no longer than it may. @throws RuntimeError `STEP_TIMED_OUT`, `RUN_CANCELLED`. */
export async function withDeadline<C extends Call, R>(clock: Clock, deed: Deed<C, R>, call: C, args: Json): Promise<R> {
  const { deadlineMs } = deed;
  if (deadlineMs === undefined || deed.reach === 'local') return deed.perform(call, args);
  const abort = new AbortController();
  return new Promise<R>((resolve, reject) => {
    const stop = (reason: RuntimeError) => {
      abort.abort(reason);
      reject(reason);
    };
    // Made when it is needed: an error for each call would cost more than the call's own steps.
    const late = () =>
      new RuntimeError('STEP_TIMED_OUT', `${deed.name} gave no answer within ${deadlineMs} ms.`, { deadlineMs });
    const disarm = clock.after(deadlineMs, () => stop(late()));
    const onCancel = () => {
      const { reason } = call.signal;
      stop(reason instanceof RuntimeError ? reason : new RuntimeError('RUN_CANCELLED', 'The run was stopped.'));
    };
    call.signal.addEventListener('abort', onCancel, { once: true });
    Promise.resolve(deed.perform({ ...call, signal: abort.signal }, args))
      .then(resolve, reject)
      .finally(() => {
        disarm();
        call.signal.removeEventListener('abort', onCancel);
      });
  });
}
