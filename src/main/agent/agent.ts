import type { Json, JsonObject } from '../../shared/json.ts';
import type { Model, ModelAnswer, ModelRequest } from './models/model.ts';
import type { Tool } from './tool.ts';

/** What a tool call gave, as the agent sees it. */
export interface ToolAnswer {
  content: Json;
  isError: boolean;
}

/**
 * The steps a run offers to its agent: everything an agent does goes through one of these, so that it is numbered,
 * checked by the guards, noted in the journal, and answered from the journal when the run is taken up again. An agent
 * is run from its top each time; it must ask for the same steps in the same order when given the same answers.
 */
export interface Steps {
  model(model: Model, request: Omit<ModelRequest, 'signal' | 'idempotencyKey' | 'onText'>): Promise<ModelAnswer>;
  tool(name: string, args: Json): Promise<ToolAnswer>;
  setContext(key: string, value: Json): Promise<void>;
  deleteContext(key: string): Promise<void>;
  emit(type: string, data: Json): Promise<void>;
  send(topic: string, content: Json): Promise<void>;
  /** Waits for a person's answer; the run is parked meanwhile. */
  ask(question: string): Promise<Json>;
  /** Waits; a long wait parks the run. */
  wait(ms: number): Promise<void>;
  log(text: string): Promise<void>;
}

/** One run, as its agent sees it. */
export interface AgentRun extends Steps {
  readonly id: string;
  readonly process: string;
  /** What woke the process. */
  readonly event: {
    id: string;
    trigger: string;
    type: string;
    payload: Json;
    metadata: JsonObject;
    at: number;
    taint: string[];
  };
  /** Epoch ms at which the run began; the same when it is taken up again. */
  readonly startedAt: number;
  /** What makes up its random numbers; the same when it is taken up again. */
  readonly seed: string;
  /** Context as it was when the run began, with the run's own writes. */
  readonly context: ReadonlyMap<string, Json>;
  readonly tools: readonly Tool[];
  /** Epoch ms of the newest step's end: a clock that reads the same when the run is taken up again. */
  now(): number;
  /** The messages a model agent begins with, made by `processes/prompt.ts`. */
  opening(): Promise<{ role: 'system' | 'user' | 'assistant'; content: string }[]>;
  readonly signal: AbortSignal;
  /** What to tell a model before it may end: others changed context that this run wrote. Null: nobody did. */
  clashNote?(): Promise<string | null>;
  /** The messages that should be summed up once this answer has been added to the conversation; none: it fits. */
  overflow?(answer: string): readonly { role: 'user' | 'assistant'; content: string }[];
  /** Whether they may be summed up; asked before that is done. */
  maySumUp?(): Promise<boolean>;
  /** Stands for those messages from then on. */
  sumUp?(summary: string): void;
}

/** What an agent gives that found nothing to do: the run is done, and leaves no answer. */
export const nothingToDo = Symbol('nothing to do');

/** One stateless worker: a model with tools, or a script. */
export interface Agent {
  /** Works on one event and gives what came of it. @throws whatever a step throws and the agent does not handle. */
  run(run: AgentRun): Promise<Json | typeof nothingToDo>;
  close(): Promise<void>;
}
