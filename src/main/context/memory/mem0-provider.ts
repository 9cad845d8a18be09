import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { JsonOverHttp } from './json-over-http.ts';
import type { FoundMemory, MemoryProvider, MemoryRecord } from './memory-provider.ts';
import { fieldsOf, pageOf, recordFrom } from './record-fields.ts';

/**
 * Memory in a mem0 server, over its HTTP API. Each space is a user of the server. `infer: false` keeps memories as they
 * are stored, since a memory that a model rewrites cannot be traced to where it came from.
 */
export function mem0Provider({ url, apiKey }: { url: string; apiKey?: string | undefined }): MemoryProvider {
  const http = new JsonOverHttp('mem0', url, apiKey ? { 'x-api-key': apiKey } : {});
  const user = (space: string) => `user_id=${encodeURIComponent(space)}`;

  async function all(space: string, signal: AbortSignal): Promise<{ theirs: string; record: MemoryRecord }[]> {
    return results(await http.call('GET', `/memories?${user(space)}`, undefined, signal)).flatMap((one) => {
      const record = recordFrom(one['memory'], one['metadata']);
      return record && typeof one['id'] === 'string' ? [{ theirs: one['id'], record }] : [];
    });
  }

  return {
    name: 'mem0',
    async store(space, record, signal) {
      // The server makes its own ids, so a store that comes twice is known by ours.
      if ((await all(space, signal)).some(({ record: { id } }) => id === record.id)) return;
      const messages = [{ role: 'user', content: record.content }];
      await http.call(
        'POST',
        '/memories',
        { messages, user_id: space, metadata: fieldsOf(space, record), infer: false },
        signal,
      );
    },
    async search(space, { text, limit, signal }) {
      const found = results(await http.call('POST', '/search', { query: text, user_id: space, limit }, signal));
      return found.slice(0, limit).flatMap((one): FoundMemory[] => {
        const record = recordFrom(one['memory'], one['metadata']);
        const score = Math.min(1, Math.max(0, Number(one['score'] ?? 0)));
        return record && score > 0 ? [{ ...record, score, by: 'vector' }] : [];
      });
    },
    async find(space, ids, signal) {
      return (await all(space, signal)).flatMap(({ record }) => (ids.includes(record.id) ? [record] : []));
    },
    async list(space, { limit, cursor, signal }) {
      const records = (await all(space, signal)).map(({ record }) => record);
      return pageOf(records, limit, cursor);
    },
    async forget(space, id, signal) {
      for (const { theirs, record } of await all(space, signal)) {
        if (record.id === id) await http.call('DELETE', `/memories/${encodeURIComponent(theirs)}`, undefined, signal);
      }
    },
    async purge(space, signal) {
      await http.call('DELETE', `/memories?${user(space)}`, undefined, signal);
    },
    isEmpty: () => false,
    async close() {},
  };
}

/** Older servers answer with the list itself. */
function results(answer: Json | undefined): JsonObject[] {
  const list = answer && isJsonObject(answer) ? answer['results'] : answer;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
