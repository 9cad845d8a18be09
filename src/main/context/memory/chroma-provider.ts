import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { JsonOverHttp } from './json-over-http.ts';
import type { Embedder, FoundMemory, MemoryProvider, MemoryRecord } from './memory-provider.ts';
import { fieldsOf, pageOf, recordFrom } from './record-fields.ts';

const collections = '/api/v2/tenants/default_tenant/databases/default_database/collections';

export interface ChromaOptions {
  url: string;
  apiKey?: string | undefined;
  collection: string;
  embedder: Embedder;
}

/** Memory in a Chroma server, over its HTTP API (v2). Vectors are made here; the server keeps and compares them. */
export function chromaProvider({ url, apiKey, collection, embedder }: ChromaOptions): MemoryProvider {
  const http = new JsonOverHttp('Chroma', url, apiKey ? { 'x-chroma-token': apiKey } : {});
  let id: string | undefined;

  async function call(path: string, body: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    for (let attempt = 1; ; attempt++) {
      id ??= await open(signal);
      const answer = await http.call('POST', `${collections}/${id}/${path}`, body, signal);
      if (answer !== undefined) return isJsonObject(answer) ? answer : {};
      // Somebody has deleted the collection since.
      id = undefined;
      if (attempt === 2)
        throw new RuntimeError(
          'MEMORY_UNAVAILABLE',
          `The Chroma server has no collection "${collection}", and makes none.`,
        );
    }
  }
  async function open(signal: AbortSignal): Promise<string> {
    const wanted = { name: collection, get_or_create: true, metadata: { 'hnsw:space': 'cosine' } };
    const made = await http.call('POST', collections, wanted, signal);
    if (made && isJsonObject(made) && typeof made['id'] === 'string') return made['id'];
    throw new RuntimeError('MEMORY_UNAVAILABLE', `The server at ${url} does not speak version 2 of Chroma's API.`);
  }
  async function records(where: JsonObject, signal: AbortSignal): Promise<MemoryRecord[]> {
    const { documents, metadatas } = await call('get', { where, include: ['documents', 'metadatas'] }, signal);
    return listed(documents).flatMap((content, index) => recordFrom(content, listed(metadatas)[index]) ?? []);
  }
  const own = (space: string, key: string) => `${space}/${key}`;

  return {
    name: 'chroma',
    async store(space, record, signal) {
      const [vector] = await embedder.embed([record.content], signal);
      const metadatas = [fieldsOf(space, record)];
      // `add` leaves what is there as it is.
      await call(
        'add',
        { ids: [own(space, record.id)], embeddings: [[...(vector ?? [])]], documents: [record.content], metadatas },
        signal,
      );
    },
    async search(space, { text, limit, signal }) {
      const [vector] = await embedder.embed([text], signal);
      const include = ['documents', 'metadatas', 'distances'];
      const found = await call(
        'query',
        { query_embeddings: [[...(vector ?? [])]], n_results: limit, where: { space }, include },
        signal,
      );
      const [documents, metadatas, distances] = ['documents', 'metadatas', 'distances'].map((key) =>
        listed(listed(found[key])[0]),
      );
      return (documents ?? []).flatMap((content, index): FoundMemory[] => {
        const record = recordFrom(content, metadatas?.[index]);
        const score = Math.min(1, Math.max(0, 1 - Number(distances?.[index] ?? 1)));
        return record && score > 0 ? [{ ...record, score, by: 'vector' }] : [];
      });
    },
    async find(space, ids, signal) {
      if (ids.length === 0) return [];
      const found = await call(
        'get',
        { ids: ids.map((key) => own(space, key)), include: ['documents', 'metadatas'] },
        signal,
      );
      return listed(found['documents']).flatMap(
        (content, index) => recordFrom(content, listed(found['metadatas'])[index]) ?? [],
      );
    },
    list: async (space, { limit, cursor, signal }) => pageOf(await records({ space }, signal), limit, cursor),
    async forget(space, key, signal) {
      await call('delete', { ids: [own(space, key)] }, signal);
    },
    async purge(space, signal) {
      await call('delete', { where: { space } }, signal);
    },
    isEmpty: () => false,
    async close() {},
  };
}

const listed = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
