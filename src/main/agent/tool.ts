import type { Effect } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { PendingWrite } from '../context/memory/process-memory.ts';

/**
 * How a tool meets the outside world, which decides what happens to a call that a crash cut off:
 * `local` changes only our own state, through effects · `readOnly` and `idempotent` calls are made again ·
 * any `other` call is never repeated without a person's word.
 */
export type ToolReach = 'local' | 'readOnly' | 'idempotent' | 'other';

/** How far a call has come, for whoever watches it. */
export interface ToolProgress {
  done: number;
  total?: number;
  message?: string;
}

/** For a call that the other side does as a task of its own, which outlives the connection and this program. */
export interface TaskLink {
  /** Its name over there, where an earlier try of the call was told one: to be asked for, in place of calling again. */
  readonly known?: string;
  /** Where the other side binds it to a session, that one; only the tool knows what it says. */
  readonly session?: string;
  /** Keeps its name, and the session; resolves once they are durable, or cannot be. Never rejects. */
  begun(task: string, session?: string): Promise<void>;
}

/** Why an agent may not write a key of its context. */
export interface KeyLock {
  readonly by: string;
  readonly reason?: string;
}

/** What a tool knows of the call it serves. */
export interface ToolCall {
  readonly process: string;
  readonly run: string;
  readonly step: number;
  /** The same for every try of this call and for no other call; send it along where the other side can use it. */
  readonly callKey: string;
  /** Aborted when the call is cancelled or its time is over. */
  readonly signal: AbortSignal;
  /** Context as this run sees it: as it was when the run began, with the run's own writes. */
  readonly context: ReadonlyMap<string, Json>;
  /** The lock on a key of the context, at this moment; left out: none is locked. */
  readonly lockOf?: (key: string) => KeyLock | undefined;
  /** Epoch ms. */
  readonly now: number;
  /** Labels of untrusted origin that the run carries by now. */
  readonly taint?: ReadonlySet<string>;
  /** Writes to long-term memory that are on their way: of this run, and of earlier ones that memory does not have yet. */
  readonly pendingMemory?: readonly PendingWrite[];
  /** What the run has changed so far, which becomes of our own state when it settles. */
  readonly pending?: readonly Effect[];
  readonly onProgress?: (progress: ToolProgress) => void;
  /** Left out: nobody keeps it. */
  readonly task?: TaskLink;
}

export interface ToolResult {
  content: Json;
  /** The tool itself says it failed; the agent sees `content` and may go on. */
  isError?: boolean;
  /** What becomes of our own state when the run settles. */
  effects?: Effect[];
  /** Labels of untrusted origin that the content carries, such as `web:example.com`. */
  taint?: string[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: JsonObject;
  readonly reach: ToolReach;
  /** Its calls are done as tasks of the other side, which can be asked for again. */
  readonly isTask?: boolean;
  /** Tells the other side that nobody waits for this task any more. */
  cancelTask?(task: string, session?: string): Promise<void>;
  /** The reach of one call, where it depends on the arguments; `reach` is then the widest. */
  reachOf?(args: JsonObject): ToolReach;
  /** Given where the call is a question to a person: the run asks it and is parked, and the answer is the result. */
  asks?(args: JsonObject): string;
  /** Its arguments keep `secret://name` as it is: no value is put in before it is called. */
  readonly keepsHandles?: boolean;
  /**
   * Looked at before anybody is asked to allow the call: what cannot be is not worth a question.
   * @throws RuntimeError why the call cannot be made.
   */
  check?(args: JsonObject, pending: readonly Effect[]): void;
  /**
   * @throws RuntimeError when the call could not be made; the agent sees its code and message. Its `details` hold
   * `outcomeUnknown` when the call had left before it failed, so that it may have happened.
   */
  execute(args: JsonObject, call: ToolCall): Promise<ToolResult>;
}

/** Goes into the details of why a call was stopped that goes on later: what the other side does for it is left alone. */
export const goesOn = { goesOn: true } as const;

/** Goes into the details of an error whose call may have happened all the same. */
export const outcomeUnknown = { outcome: 'unknown' } as const;

/** Whether a call that threw this may have happened: repeating it is then for a person to decide, by its reach. */
export function isOutcomeUnknown(thrown: unknown): boolean {
  return thrown instanceof RuntimeError && thrown.details['outcome'] === 'unknown';
}
