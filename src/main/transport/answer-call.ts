import type { RuntimeApi } from '../../shared/api.ts';
import type { BridgeReply } from '../../shared/bridge.ts';
import { dispatch } from '../../shared/dispatch.ts';
import { type FaultLog, wireOf } from './http/problem.ts';

/** `dispatch` for a transport that keeps only values, such as IPC: a failure is returned, as other sides may see it. */
export async function answerCall(
  api: () => RuntimeApi,
  name: string,
  input: unknown,
  by: string,
  log: FaultLog,
): Promise<BridgeReply> {
  try {
    return { ok: true, value: await dispatch(api(), name, input, by) };
  } catch (thrown) {
    return { ok: false, error: wireOf(thrown, log, { operation: name }) };
  }
}
