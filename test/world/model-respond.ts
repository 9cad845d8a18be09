import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import type { ChatRequest } from './model-behaviour.ts';
import { chunkOf, render, sse } from './model-render.ts';
import type { Reply } from './model-replies.ts';

export function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
  response.end(reply.body);
}

export const sendJson = (response: ServerResponse, body: Json) => send(response, { body: JSON.stringify(body) });

/** OpenAI's rule of thumb, on the JSON text: four characters a token. */
export const tokens = (value: Json | undefined) => Math.ceil(JSON.stringify(value ?? '').length / 4);

function usageOf(request: ChatRequest, reply: Reply): JsonObject {
  const prompt = tokens(request.body['messages']) + tokens(request.body['tools']);
  const completion = Math.max(1, Math.ceil(((reply.text ?? '').length + JSON.stringify(reply.calls ?? '').length) / 4));
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** Answers a chat request as scripted. */
export async function respond(request: ChatRequest, reply: Reply, response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  if (reply.ending === 'refuse') return void response.socket?.destroy();
  const type = request.stream && reply.body === undefined ? 'text/event-stream' : 'application/json';
  const headers = { 'content-type': type, 'x-request-id': `req-${request.n}`, ...reply.headers };
  if (reply.firstByteMs !== undefined) {
    response.writeHead(reply.status ?? 200, headers).flushHeaders();
    await pause(reply.firstByteMs);
  } else {
    response.writeHead(reply.status ?? 200, headers);
  }
  if (reply.body !== undefined) return void response.end(reply.body);
  const options = request.body['stream_options'];
  const includeUsage = isJsonObject(options) && options['include_usage'] === true;
  const usage = reply.usage === undefined ? usageOf(request, reply) : reply.usage;
  const context = { n: request.n, model: request.model, stream: request.stream, includeUsage, usage };
  const chunks = render(reply, context);
  if (reply.ending === 'endless') return endless(response, request);
  const sent = reply.ending ? half(chunks) : chunks;
  for (const chunk of sent) {
    response.write(chunk);
    if (reply.betweenChunksMs !== undefined) await pause(reply.betweenChunksMs);
  }
  if (reply.ending === 'drop') await dropped(response);
  else if (reply.ending !== 'stall') response.end();
}

/** The first half of the chunks, or of the one text there is. */
function half(chunks: string[]): string[] {
  if (chunks.length > 1) return chunks.slice(0, Math.ceil(chunks.length / 2));
  return chunks.map((chunk) => chunk.slice(0, chunk.length / 2));
}

/** Breaks the connection once what was written has left. */
async function dropped(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => response.write(' ', resolve));
  response.socket?.destroy();
}

async function endless(response: ServerResponse, request: ChatRequest): Promise<void> {
  const chunk = request.stream ? sse(chunkOf(request, { content: 'on and on ' })).repeat(20) : 'on and on '.repeat(400);
  if (!request.stream) response.write('{"choices":[{"message":{"content":"');
  while (!response.destroyed) {
    if (response.write(chunk)) await new Promise(setImmediate);
    else await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve));
  }
}
