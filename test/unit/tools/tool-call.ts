import type { ToolCall } from '../../../src/main/agent/tool.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import type { Json } from '../../../src/shared/json.ts';

/** A call as a run would make it. */
export function toolCall(given: Partial<ToolCall> & { values?: Record<string, Json> } = {}): ToolCall {
  const { values, ...rest } = given;
  return {
    process: 'watcher',
    run: 'run_1',
    step: 1,
    callKey: 'key-1',
    signal: new AbortController().signal,
    context: new Map(Object.entries(values ?? {})),
    now: 1_790_000_000_000,
    ...rest,
  };
}

/** The refusal that `act` ends in. */
export async function refusal(act: () => unknown): Promise<RuntimeError> {
  try {
    await act();
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return thrown;
    throw thrown;
  }
  throw new Error('it was not refused');
}
