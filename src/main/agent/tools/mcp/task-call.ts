import { RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import { backoffMs } from '../../../lib/backoff.ts';
import type { TaskLink } from '../../tool.ts';
import type { CallAnswer } from './call-result.ts';
import { taskGone } from './mcp-errors.ts';
import type { PinnedCall, PooledServer } from './pooled-server.ts';
import type { TaskName } from './task-sessions.ts';

/** How long the server is asked to keep what came of a task: a day, in which a node that was killed should be back. */
const keptMs = 86_400_000;
/** Between looks at a task; servers say how often they like to be asked. */
const shortestPauseMs = 20;
const longestPauseMs = 30_000;

type Status = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/**
 * Makes a call as a task of the server, or asks for the one that an earlier try of the call began. The task's name is
 * kept before its end is waited for, so that it can be asked for again after a crash of either side.
 *
 * @throws RuntimeError as `PooledServer.call`; `MCP_TASK_GONE`, with `outcomeUnknown`, when nobody can tell any more.
 */
export async function callAsTask(server: PooledServer, request: PinnedCall, link: TaskLink): Promise<CallAnswer> {
  return await server.held(async () => {
    const began = link.known === undefined ? await begin(server, request, link) : undefined;
    const task = link.known === undefined ? began?.task : { id: link.known, session: link.session };
    if (!task) return began?.answer ?? {};
    const { signal } = request;
    if (!began) server.sessions.open(task);
    try {
      return await outcomeOf(server, request, task);
    } catch (thrown) {
      // Nobody will ask for it again: it need not be done, if it is not done yet.
      if (signal.aborted && !goesOnLater(signal.reason)) await cancelTask(server, task).catch(() => {});
      throw thrown;
    } finally {
      if (!signal.aborted || !goesOnLater(signal.reason)) server.sessions.end(task);
    }
  });
}

/** Tells the server that nobody waits for it any more. @throws RuntimeError when that could not be said. */
export async function cancelTask(server: PooledServer, task: TaskName): Promise<void> {
  await server.askTask('tasks/cancel', task, AbortSignal.timeout(10_000), 5_000);
}

/** The answer, and the task where the server made one. */
async function begin(server: PooledServer, request: PinnedCall, link: TaskLink) {
  const { answer, session } = await server.callIn({ ...request, taskTtlMs: keptMs });
  const { taskId } = ((answer as { task?: unknown }).task ?? {}) as { taskId?: unknown };
  if (typeof taskId !== 'string') return { answer };
  const task: TaskName = { id: taskId, session };
  server.sessions.open(task);
  if (!request.signal.aborted || goesOnLater(request.signal.reason)) await link.begun(taskId, session);
  return { answer, task };
}

/** Waits for its end, also while the server cannot be reached. */
async function outcomeOf(server: PooledServer, { tool, signal, timeoutMs }: PinnedCall, task: TaskName) {
  for (let fruitless = 0; ; ) {
    try {
      const { status, pollInterval } = await server.askTask('tasks/get', task, signal, timeoutMs);
      fruitless = 0;
      // Servers hold this answer back until there is one.
      const given = await resultOf(server, { task, signal, timeoutMs, status: status as Status, tool });
      if (given) return given;
      await server.pause(pauseOf(pollInterval), signal);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError) || !thrown.retryable || signal.aborted) throw thrown;
      await server.pause(backoffMs(++fruitless, 100, 5_000), signal);
    }
  }
}

/** What came of it; undefined: the server does not say yet. */
async function resultOf(
  server: PooledServer,
  asked: { task: TaskName; tool: string; signal: AbortSignal; timeoutMs: number; status: Status },
): Promise<JsonObject | undefined> {
  const { task, tool, signal, timeoutMs, status } = asked;
  try {
    return await server.askTask('tasks/result', task, signal, timeoutMs);
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError) || thrown.code !== 'TOOL_FAILED') throw thrown;
    // Not every server holds its answer back; the next look tells whether it has ended since.
    if (status === 'working' || status === 'input_required') return undefined;
    // It was done, and what came of it is lost.
    if (status === 'completed') throw taskGone(task.id, tool, thrown.message);
    if (status !== 'cancelled') throw thrown;
    throw new RuntimeError('TOOL_FAILED', `The other side cancelled the task that did ${tool}.`, { task: task.id });
  }
}

const goesOnLater = (reason: unknown) => reason instanceof RuntimeError && reason.details['goesOn'] === true;

function pauseOf(pollInterval: unknown): number {
  const asked = typeof pollInterval === 'number' ? pollInterval : 1_000;
  return Math.min(longestPauseMs, Math.max(shortestPauseMs, asked));
}
