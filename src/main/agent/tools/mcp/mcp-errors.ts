import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import { outcomeUnknown } from '../../tool.ts';

/** Codes of the SDK (`ErrorCode` in its types); its classes are not imported, since that would load it. */
const connectionClosed = -32_000;
const requestTimedOut = -32_001;
const internalError = -32_603;

/**
 * Any failure of a call in our words. Whether it may have happened is told by the details.
 * @param failure why the transport ended, where it knows.
 */
export function callError(
  thrown: unknown,
  {
    server,
    signal,
    failure,
    log,
  }: { server: string; signal?: AbortSignal | undefined; failure?: RuntimeError | undefined; log: string },
): RuntimeError {
  const details: JsonObject = { server };
  const unknown = { ...details, ...outcomeUnknown };
  if (signal?.aborted) {
    const { reason } = signal;
    if (reason instanceof RuntimeError)
      return new RuntimeError(reason.code, reason.message, { ...reason.details, ...unknown }, { cause: thrown });
    return new RuntimeError('RUN_CANCELLED', 'The call was cancelled.', unknown, { cause: thrown });
  }
  if (failure) return new RuntimeError(failure.code, failure.message, unknown, { cause: thrown });
  if (thrown instanceof RuntimeError) return thrown;
  const code = codeOf(thrown);
  if (code === requestTimedOut)
    return new RuntimeError('MCP_TIMEOUT', `Server "${server}" gave no answer in time.`, unknown, { cause: thrown });
  if (code === connectionClosed) {
    return new RuntimeError('MCP_UNAVAILABLE', `Server "${server}" ended during the call.${lastWords(log)}`, unknown, {
      cause: thrown,
    });
  }
  // The server has looked at the call and refused it: by an error of JSON-RPC, or by an HTTP status of the request.
  if (isRpcError(thrown) || (code !== undefined && code >= 400 && code < 500)) {
    return new RuntimeError('TOOL_FAILED', `Server "${server}" refused the call: ${serverWords(thrown)}`, details, {
      cause: thrown,
    });
  }
  return new RuntimeError(
    'MCP_PROTOCOL_ERROR',
    `The answer of server "${server}" could not be used: ${serverWords(thrown)}`,
    unknown,
    { cause: thrown },
  );
}

/** Why a server could not be started. Nothing was asked of it, so nothing can have happened. */
export function startError(
  thrown: unknown,
  {
    server,
    failure,
    sawStrayLines,
    startTimeoutMs,
    log,
  }: {
    server: string;
    failure?: RuntimeError | undefined;
    sawStrayLines: boolean;
    startTimeoutMs: number;
    log: string;
  },
): RuntimeError {
  if (failure) return failure;
  if (thrown instanceof RuntimeError) return thrown;
  const code = codeOf(thrown);
  if (code === requestTimedOut && sawStrayLines) {
    return new RuntimeError(
      'MCP_PROTOCOL_ERROR',
      `Server "${server}" does not speak MCP on stdout.${lastWords(log)}`,
      { server },
      { cause: thrown },
    );
  }
  if (code === requestTimedOut) {
    return new RuntimeError(
      'MCP_TIMEOUT',
      `Server "${server}" was not ready within ${startTimeoutMs / 1_000} s.${lastWords(log)}`,
      { server },
      { cause: thrown },
    );
  }
  if (code === 401 || code === 403) {
    return new RuntimeError(
      'MCP_UNAVAILABLE',
      `Server "${server}" asks for other credentials; set its headers, or oauth: {} to sign in.`,
      { server },
      { cause: thrown },
    );
  }
  return new RuntimeError(
    'MCP_UNAVAILABLE',
    `Server "${server}" could not be started: ${serverWords(thrown)}${lastWords(log)}`,
    { server },
    { cause: thrown },
  );
}

/** Nobody can tell what became of a call that was done as a task. */
export function taskGone(task: string, by: string, why: string): RuntimeError {
  const details = { task, ...outcomeUnknown };
  return new RuntimeError('MCP_TASK_GONE', `What became of task ${task} of ${by} cannot be told: ${why}`, details);
}

/** Whether an HTTP server has forgotten the session, which it says before it looks at the call. */
export const isSessionGone = (thrown: unknown): boolean => codeOf(thrown) === 404 && !isRpcError(thrown);

/** The same of a session that was taken up again: not every server says it in the words of the protocol. */
export const isNoSession = (thrown: unknown): boolean =>
  [400, 404, 410].includes(codeOf(thrown) ?? 0) && !isRpcError(thrown);

/** Whether the server understood the request and refused it, for good. */
export const isRefused = (thrown: unknown): boolean =>
  isRpcError(thrown) && ![connectionClosed, requestTimedOut, internalError].includes(codeOf(thrown) ?? internalError);

/** Whether a person has to sign in first; the server did not look at the request. */
export const isUnauthorized = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.constructor.name === 'UnauthorizedError';

const isRpcError = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'McpError';

function codeOf(thrown: unknown): number | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

function serverWords(thrown: unknown): string {
  return asError(thrown)
    .message.replace(/^MCP error -?\d+: /, '')
    .replace(/\s+/g, ' ')
    .slice(0, 500);
}

function lastWords(log: string): string {
  const lines = log.trim().split('\n').slice(-3).join(' / ').slice(-300);
  return lines === '' ? '' : ` Its last words: ${lines}`;
}
