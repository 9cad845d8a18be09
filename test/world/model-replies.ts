import type { Json, JsonObject } from '../../src/shared/json.ts';

/** One call as the scripted model writes it: `arguments` is the raw text, which need not be JSON. */
export interface ScriptedCall {
  name: string;
  arguments: string;
  id?: string;
  /** Further fields of the call on the wire, such as `extra_content`. */
  extra?: JsonObject;
}

/**
 * What the model server does with one chat request. Everything is optional: `{}` is a well-formed empty answer.
 * `body` replaces the rendered answer by raw bytes; `ending` says how a rendered answer goes wrong.
 */
export interface Reply {
  text?: string;
  calls?: ScriptedCall[];
  /** `finish_reason`; by default `tool_calls` when there are calls, else `stop`; null leaves it open. */
  finish?: string | null;
  /** null: the server reports no usage. */
  usage?: JsonObject | null;
  /** Further fields of the assistant message, such as `reasoning_content`. */
  extra?: JsonObject;
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Nothing at all is sent for this long. */
  delayMs?: number;
  /** The headers go out at once, the first byte of the body this much later. */
  firstByteMs?: number;
  /** Between the chunks of a stream. */
  betweenChunksMs?: number;
  /**
   * drop: half of the answer, then the connection breaks. stall: half of the answer, then silence. endless: text for
   * ever. cut: half of the answer, then an orderly end. refuse: the connection breaks before the first byte.
   */
  ending?: 'drop' | 'stall' | 'endless' | 'cut' | 'refuse';
}

export const says = (text: string, more: Reply = {}): Reply => ({ text, ...more });

/** One call of one tool. Text as `args` goes out as it is, so that it can be malformed. */
export const calls = (tool: string, args: JsonObject | string = {}, more: Reply = {}): Reply =>
  callsEach([[tool, args]], more);

/** Several calls in one answer. */
export const callsEach = (all: [tool: string, args: JsonObject | string][], more: Reply = {}): Reply => ({
  calls: all.map(([name, args]) => ({ name, arguments: typeof args === 'string' ? args : JSON.stringify(args) })),
  ...more,
});

/** A call whose arguments break off in the middle, as models do at their token limit. */
export const truncatedCall = (tool: string, args: JsonObject): Reply => {
  const whole = JSON.stringify(args);
  return calls(tool, whole.slice(0, Math.ceil(whole.length / 2)), { finish: 'length' });
};

/** An error as OpenAI words it. */
export const fails = (status: number, message = `failed with ${status}`, more: JsonObject = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { message, type: 'error', param: null, code: null, ...more } }),
});

/** 429 with a `Retry-After` in seconds, or a date; `headers` may add more. */
export const rateLimited = (retryAfter: number | string = 1, headers: Record<string, string> = {}): Reply => {
  const reply = fails(429, 'Rate limit reached, slow down.', { type: 'requests', code: 'rate_limit_exceeded' });
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter), ...headers } };
};

/** Any bytes, as JSON unless told otherwise. */
export const raw = (body: string | Buffer, contentType = 'application/json', status = 200): Reply => ({
  status,
  headers: { 'content-type': contentType },
  body,
});

export const json = (body: Json, status = 200): Reply => raw(JSON.stringify(body), 'application/json', status);

/** What a proxy or a captive portal answers. */
export const htmlPage = (status = 200): Reply =>
  raw(
    '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>',
    'text/html',
    status,
  );

export const huge = (bytes = 10_000_000): Reply => says('x'.repeat(bytes));
