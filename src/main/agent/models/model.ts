import type { JsonObject } from '../../../shared/json.ts';

/** One message of the conversation a model is asked about. */
export type ModelMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: ToolCallRequest[] }
  | { role: 'tool'; toolCallId: string; content: string };

/** A tool call as the model wishes it. Hand the whole object back in the history: `extra` belongs to it. */
export interface ToolCallRequest {
  /** Unique within its answer; made up when the server gives none. */
  id: string;
  /** As in `ModelRequest.tools` when the tool was offered, else whatever the model wrote. */
  name: string;
  /** Raw text as the model wrote it: not always JSON, '' when there are none. */
  arguments: string;
  /** What the provider wants to see again with this call (signatures, reasoning). Opaque. */
  extra?: JsonObject;
}

/** A tool offered to the model. Treated as immutable: its JSON text is kept for the next request. */
export interface ToolSchema {
  name: string;
  description: string;
  /** JSON Schema of an object. */
  parameters: JsonObject;
}

export interface ModelRequest {
  messages: ModelMessage[];
  tools: ToolSchema[];
  maxOutputTokens?: number;
  temperature?: number;
  /** The text of the answer should be JSON of this schema. Providers differ in how strictly they keep to it. */
  jsonSchema?: { name: string; schema: JsonObject };
  /** Aborting ends the call at any point and closes the connection. */
  signal: AbortSignal;
  /** Gets the text as it arrives; asks the provider to stream. */
  onText?: (delta: string) => void;
  /** Sent as `Idempotency-Key`, also on retries. */
  idempotencyKey?: string;
}

export interface ModelUsage {
  inputTokens: number;
  /** Includes reasoning. */
  outputTokens: number;
  /** The part of `inputTokens` that came from the provider's cache. */
  cachedTokens: number;
  /** The server reported none: counted by rule of thumb, see `estimateTokens`. */
  estimated: boolean;
}

export interface ModelAnswer {
  /** `provider:name` of the model that answered, which may be a later one of a fallback list. */
  model: string;
  /** '' when the model said nothing; that is no error here. */
  text: string;
  toolCalls: ToolCallRequest[];
  finish: 'stop' | 'tools' | 'length' | 'filter';
  usage: ModelUsage;
  /** US dollars; null when the price is unknown. */
  costUsd: number | null;
}

/** Something that answers a conversation with text or tool calls. Holds no conversation itself. */
export interface Model {
  /** provider:name */
  readonly id: string;
  /** What an answer costs at most, in US dollars for a million tokens; null: not known. Left out: nobody has to know. */
  readonly price?: { input: number; output: number } | null;
  /** The longest answer, where the settings limit it. */
  readonly maxOutputTokens?: number;
  /**
   * @throws RuntimeError MODEL_KEY_MISSING, MODEL_UNKNOWN, MODEL_UNREACHABLE, MODEL_REFUSED, MODEL_RATE_LIMITED
   * (details.retryAfterMs, null when not told), MODEL_ANSWER_INVALID (details.reason), MODEL_TIMED_OUT; and when
   * `signal` was aborted, its reason if that is a RuntimeError, else RUN_CANCELLED.
   */
  ask(request: ModelRequest): Promise<ModelAnswer>;
}
