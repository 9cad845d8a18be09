import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coverage, queryWords } from '../../src/main/context/memory/words.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';

interface Kept {
  id: string;
  memory: string;
  user_id: string;
  metadata: Json;
}

/** Stands in for mem0's own server: the routes of its HTTP API that memory uses, with words instead of a model. */
export async function startMem0(): Promise<{ url: string; keys: string[]; close(): Promise<void> }> {
  const kept = new Map<string, Kept>();
  const keys: string[] = [];
  let count = 0;
  const server = createServer(async (request, response) => {
    keys.push(String(request.headers['x-api-key'] ?? ''));
    const url = new URL(request.url ?? '/', 'http://localhost');
    const user = url.searchParams.get('user_id') ?? '';
    const body = await bodyOf(request);
    const id = /^\/memories\/(.+)$/.exec(url.pathname)?.[1];
    const mine = (wanted: string) => [...kept.values()].filter(({ user_id }) => user_id === wanted);
    let answer: Json = null;
    if (request.method === 'POST' && url.pathname === '/memories') {
      const messages = body['messages'] as { content: string }[];
      const one = {
        id: `m${++count}`,
        memory: messages[0]?.content ?? '',
        user_id: String(body['user_id']),
        metadata: body['metadata'] ?? null,
      };
      kept.set(one.id, one);
      answer = { results: [{ id: one.id, memory: one.memory, event: 'ADD' }] };
    } else if (request.method === 'POST' && url.pathname === '/search') {
      const words = queryWords(String(body['query']));
      const scored = mine(String(body['user_id'])).map((one) => ({ ...one, score: coverage(words, one.memory) }));
      answer = { results: scored.sort((a, b) => b.score - a.score).slice(0, Number(body['limit'] ?? 100)) };
    } else if (request.method === 'GET' && url.pathname === '/memories')
      answer = { results: mine(user) as unknown as Json[] };
    else if (request.method === 'DELETE' && url.pathname === '/memories')
      for (const one of mine(user)) kept.delete(one.id);
    else if (request.method === 'DELETE' && id) kept.delete(id);
    else response.statusCode = 405;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
