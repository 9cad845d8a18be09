import type { IncomingMessage } from 'node:http';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { Duration, toMs } from '../../../../shared/duration.ts';
import { asError, RuntimeError } from '../../../../shared/errors.ts';
import type { JsonObject } from '../../../../shared/json.ts';
import { outcomeUnknown, type Tool, type ToolCall, type ToolResult } from '../../tool.ts';
import { objectOf } from '../parameters.ts';
import { type EgressGuard, type EgressRules, egressGuard } from './egress-guard.ts';
import { type Exchange, follow, isSafe, type Method, methods, unlessAborted } from './redirects.ts';
import { acceptEncoding, bodyText, jsonIn, readBody } from './response-body.ts';

/** What `tools: { http_fetch: … }` may say. */
export const HttpFetchNarrowing = z.strictObject({
  allowHosts: z.array(z.string().min(1).max(260)).max(200).default([]),
  methods: z
    .array(z.enum(methods))
    .min(1)
    .default([...methods]),
  timeout: Duration.default(30),
});
export type HttpFetchNarrowing = z.infer<typeof HttpFetchNarrowing>;

const bodyLimits = { maxBytes: 5 * 1024 * 1024, maxDecodedBytes: 20 * 1024 * 1024 };
/** Beyond this, text is cut and JSON left out, so that both together stay within what is kept of a result. */
const shownChars = { text: 200_000, json: 600_000 };

/** Made by the connection or by the runtime, never by the caller. */
const ownHeaders =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|idempotency-key|accept-encoding|proxy-.*)$/;

/** `http_fetch`: one request to a listed host, under the rules of the egress guard. */
export function httpFetch(narrowing: HttpFetchNarrowing, rules: Omit<EgressRules, 'allowHosts'> = {}): Tool {
  const guard = egressGuard({ ...rules, allowHosts: narrowing.allowHosts });
  return {
    name: 'http_fetch',
    description: `Makes an HTTP request and gives back status, headers and body; JSON answers also as "json". Only these hosts can be reached: ${narrowing.allowHosts.join(', ')}. Answers up to 5 MB; long text is cut.`,
    parameters: objectOf(
      {
        url: { type: 'string' },
        method: { type: 'string', enum: narrowing.methods, default: narrowing.methods[0] ?? 'GET' },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: { description: 'Text, or any JSON value, which is sent as JSON.' },
      },
      ['url'],
    ),
    reach: 'other',
    reachOf: (args) => (isSafe(methodOf(args, narrowing)) ? 'readOnly' : 'other'),
    execute: (args, call) => fetchFor(args, call, { guard, narrowing }),
  };
}

function methodOf(args: JsonObject, narrowing: HttpFetchNarrowing): Method {
  return (args['method'] as Method | undefined) ?? narrowing.methods[0] ?? 'GET';
}

async function fetchFor(
  args: JsonObject,
  call: ToolCall,
  { guard, narrowing }: { guard: EgressGuard; narrowing: HttpFetchNarrowing },
): Promise<ToolResult> {
  const method = methodOf(args, narrowing);
  const { headers, body } = outgoing(args, method, call);
  const timeoutMs = toMs(narrowing.timeout);
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([call.signal, deadline]);
  let hasLeft = false;
  try {
    const target = await unlessAborted(guard.check(args['url'] as string), signal);
    const first = { method, target, headers, body };
    const { response, exchange, note } = await follow(first, guard, signal, () => (hasLeft = true));
    const content = await described(response, exchange.target.url, signal).catch((thrown: unknown) => {
      if (isSafe(method) || call.signal.aborted) throw thrown;
      // It has been done: that the answer cannot be read must not look as if it had not.
      return {
        ...head(response, exchange.target.url),
        note: `The body of the answer could not be read: ${asError(thrown).message}`,
      };
    });
    if (note !== undefined) content['note'] = note;
    return { content, taint: [...new Set([target, exchange.target].map(({ url }) => `web:${url.hostname}`))] };
  } catch (thrown) {
    throw failure(thrown, { call, deadline, timeoutMs, mayHaveActed: hasLeft && !isSafe(method) });
  }
}

function outgoing(args: JsonObject, method: Method, call: ToolCall): Pick<Exchange, 'headers' | 'body'> {
  const headers: Record<string, string> = {
    'user-agent': 'AgentRuntime',
    accept: '*/*',
    'accept-encoding': acceptEncoding,
  };
  for (const [name, value] of Object.entries((args['headers'] ?? {}) as Record<string, string>)) {
    headers[checkedHeader(name, value)] = value;
  }
  const given = args['body'];
  let body: Buffer | undefined;
  if (given !== undefined && given !== null && !isSafe(method)) {
    body = Buffer.from(typeof given === 'string' ? given : JSON.stringify(given));
    headers['content-type'] ??= typeof given === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  }
  if (!isSafe(method)) headers['idempotency-key'] = call.callKey;
  return { headers, body };
}

function checkedHeader(name: string, value: string): string {
  const lower = name.toLowerCase();
  try {
    validateHeaderName(lower);
    validateHeaderValue(lower, value);
  } catch {
    throw new RuntimeError(
      'TOOL_ARGS_INVALID',
      `"${name.slice(0, 60)}" cannot be sent as a header; use plain names and one line of text.`,
    );
  }
  if (!ownHeaders.test(lower)) return lower;
  throw new RuntimeError('TOOL_ARGS_INVALID', `The header "${lower}" is set by the runtime; leave it out.`);
}

function head(response: IncomingMessage, url: URL): JsonObject {
  const headers: JsonObject = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return { url: url.href, status: response.statusCode ?? 0, headers, body: '', truncated: true };
}

async function described(response: IncomingMessage, url: URL, signal: AbortSignal): Promise<JsonObject> {
  const bytes = await readBody(response, bodyLimits, signal);
  const contentType = response.headers['content-type'] ?? '';
  const text = bodyText(bytes, contentType);
  if (text === undefined) {
    return {
      ...head(response, url),
      note: `${bytes.length} bytes of ${contentType || 'binary content'} are not shown.`,
    };
  }
  const isJson = /[/+]json\b/i.test(contentType) && text.length <= shownChars.json;
  const json = isJson ? jsonIn(text) : undefined;
  return {
    ...head(response, url),
    body: text.slice(0, shownChars.text),
    ...(json === undefined ? {} : { json }),
    truncated: text.length > shownChars.text,
  };
}

function failure(
  thrown: unknown,
  {
    call,
    deadline,
    timeoutMs,
    mayHaveActed,
  }: { call: ToolCall; deadline: AbortSignal; timeoutMs: number; mayHaveActed: boolean },
): RuntimeError {
  const details = mayHaveActed ? outcomeUnknown : {};
  if (call.signal.aborted) {
    const { reason } = call.signal;
    const known = reason instanceof RuntimeError ? reason : undefined;
    const { code, message } = known ?? { code: 'RUN_CANCELLED' as const, message: 'The call was cancelled.' };
    return new RuntimeError(code, message, { ...known?.details, ...details }, { cause: thrown });
  }
  if (deadline.aborted) {
    return new RuntimeError('FETCH_LIMIT', `There was no complete answer within ${timeoutMs / 1_000} s.`, {
      timeoutMs,
      ...details,
    });
  }
  if (thrown instanceof RuntimeError) {
    return mayHaveActed
      ? new RuntimeError(thrown.code, thrown.message, { ...thrown.details, ...details }, { cause: thrown })
      : thrown;
  }
  return new RuntimeError('FETCH_FAILED', `The request failed: ${asError(thrown).message}.`, details, {
    cause: thrown,
  });
}
