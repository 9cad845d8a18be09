import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectEmbedder } from '../../src/main/agent/models/embedder.ts';
import { chromaProvider } from '../../src/main/context/memory/chroma-provider.ts';
import { hashedEmbedder } from '../../src/main/context/memory/hashed-embedder.ts';
import { inMemoryProvider } from '../../src/main/context/memory/in-memory-provider.ts';
import { localProvider } from '../../src/main/context/memory/local-provider.ts';
import { mem0Provider } from '../../src/main/context/memory/mem0-provider.ts';
import { Memories } from '../../src/main/context/memory/memories.ts';
import type { MemoryProvider, MemoryRecord } from '../../src/main/context/memory/memory-provider.ts';
import { openDatabase } from '../../src/main/store/database.ts';
import { runtimeMigrations } from '../../src/main/store/migrations.ts';
import { MemoryConfig } from '../../src/shared/config/memory-config.ts';
import { type ChromaServer, startChroma } from '../world/chroma-server.ts';
import { startMem0 } from '../world/mem0-server.ts';
import { type ModelServer, startModelServer } from '../world/model-server.ts';
import { scratchFolder } from '../world/scratch-folder.ts';

const signal = new AbortController().signal;
const memory = (id: string, content: string, more: Partial<MemoryRecord> = {}): MemoryRecord => ({
  id,
  content,
  tags: [],
  at: 1_000,
  provenance: { process: 'p', run: 'run_1', step: 3, source: 'agent', taint: ['web:example.com'] },
  ...more,
});
const ids = (records: readonly MemoryRecord[]) => records.map(({ id }) => id);
const local = (more: object = {}) =>
  localProvider({ database: () => openDatabase(':memory:', runtimeMigrations), log: () => {}, owned: true, ...more });

let model: ModelServer;
const embedder = () => connectEmbedder({ model: 'openai-compatible:embed', baseUrl: model.url }, {});
beforeAll(async () => {
  model = await startModelServer();
});
afterAll(() => model.close());

const chroma = await startChroma();
if (typeof chroma === 'string') console.warn(`SKIPPED: memory in a real Chroma server, because ${chroma}`);
const mem0 = await startMem0();
afterAll(async () => {
  if (typeof chroma !== 'string') await chroma.close();
  await mem0.close();
});

const kinds: [string, () => MemoryProvider][] = [
  ['local', () => local()],
  ['local with an embedder', () => local({ embedder: embedder() })],
  ['in_memory', inMemoryProvider],
  ['mem0 (stand-in server)', () => mem0Provider({ url: mem0.url, apiKey: 'k-1' })],
];
if (typeof chroma !== 'string') {
  const { url } = chroma as ChromaServer;
  kinds.push([
    'chroma (real server)',
    () => chromaProvider({ url, collection: 'agent_memory', embedder: hashedEmbedder }),
  ]);
  kinds.push([
    'chroma (real server) with an embedder',
    () => chromaProvider({ url, collection: 'embedded', embedder: embedder() }),
  ]);
}

describe.each(kinds)('memory in %s', (name, open) => {
  let count = 0;
  const fresh = () => ({ provider: open(), space: `${name}/${++count}` });

  test('what is stored is found by what it says, best first, with where it came from', async () => {
    const { provider, space } = fresh();
    await provider.store(
      space,
      memory('m1', 'The invoices of Aurora are due on the 14th.', { tags: ['billing'] }),
      signal,
    );
    await provider.store(space, memory('m2', 'The harbour opens at six.', { at: 2_000 }), signal);
    await provider.store(space, memory('m3', 'Aurora moved to Lisbon.', { at: 3_000 }), signal);
    const found = await provider.search(space, { text: 'when are the invoices of Aurora due', limit: 2, signal });
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject(memory('m1', 'The invoices of Aurora are due on the 14th.', { tags: ['billing'] }));
    for (const { score } of found) expect(score > 0 && score <= 1, String(score)).toBe(true);
    await provider.close();
  });

  test('the same id twice is one memory, the first', async () => {
    const { provider, space } = fresh();
    await provider.store(space, memory('m1', 'green apples'), signal);
    await provider.store(space, memory('m1', 'red apples'), signal);
    const { items } = await provider.list(space, { limit: 10, signal });
    expect(items.map(({ content }) => content)).toEqual(['green apples']);
    await provider.close();
  });

  test('one space sees nothing of another', async () => {
    const { provider, space } = fresh();
    await provider.store(space, memory('m1', 'the password of the safe'), signal);
    const other = `${space}x`;
    expect(await provider.search(other, { text: 'the password of the safe', limit: 5, signal })).toEqual([]);
    expect(await provider.find(other, ['m1'], signal)).toEqual([]);
    await provider.forget(other, 'm1', signal);
    await provider.purge(other, signal);
    expect(ids(await provider.find(space, ['m1', 'm9'], signal))).toEqual(['m1']);
    await provider.close();
  });

  test('a forgotten memory is found no more, and forgetting twice is no failure', async () => {
    const { provider, space } = fresh();
    await provider.store(space, memory('m1', 'the blue door'), signal);
    await provider.store(space, memory('m2', 'the blue window'), signal);
    await provider.forget(space, 'm1', signal);
    await provider.forget(space, 'm1', signal);
    expect(ids(await provider.search(space, { text: 'blue door', limit: 5, signal }))).toEqual(['m2']);
    expect(ids((await provider.list(space, { limit: 5, signal })).items)).toEqual(['m2']);
    await provider.purge(space, signal);
    expect((await provider.list(space, { limit: 5, signal })).items).toEqual([]);
    await provider.close();
  });

  test('lists newest first, page by page', async () => {
    const { provider, space } = fresh();
    for (let n = 1; n <= 5; n++) await provider.store(space, memory(`m${n}`, `fact ${n}`, { at: n }), signal);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await provider.list(space, { limit: 2, signal, ...(cursor ? { cursor } : {}) });
      seen.push(...ids(page.items));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual(['m5', 'm4', 'm3', 'm2', 'm1']);
    await provider.close();
  });

  test('text that means something to a query language is text', async () => {
    const { provider, space } = fresh();
    await provider.store(space, memory('m1', `say "NEAR(" OR content:* -- '; DROP`), signal);
    await provider.store(space, memory('m2', 'ÜBER-großes Café 日本語'), signal);
    for (const text of ['"', 'NEAR( OR *', 'space : x AND', "'; DROP TABLE memories --", 'a'.repeat(20_000)]) {
      await provider.search(space, { text, limit: 5, signal });
    }
    expect(ids(await provider.search(space, { text: 'Café', limit: 1, signal }))).toEqual(['m2']);
    await provider.close();
  });
});

describe('local memory', () => {
  test('finds by meaning what shares no word with the query, once an embedder says so, and names what found it', async () => {
    const near = { car: [1, 0.1], automobile: [1, 0], fish: [0, 1] } as Record<string, number[]>;
    const embed = {
      id: 'e',
      embed: async (texts: readonly string[]) => texts.map((text) => Float32Array.from(near[text] ?? [0.1, 0.9])),
    };
    const provider = local({ embedder: embed });
    for (const [index, text] of ['fish', 'automobile'].entries())
      await provider.store('s', memory(`m${index}`, text), signal);
    const [best] = await provider.search('s', { text: 'car', limit: 1, signal });
    expect(best).toMatchObject({ content: 'automobile', by: 'vector' });
    const [both] = await provider.search('s', { text: 'automobile', limit: 1, signal });
    expect(both).toMatchObject({ content: 'automobile', by: 'both', score: 1 });
  });

  test('goes on by words while the embedder is away, and makes up for it afterwards', async () => {
    let isAway = true;
    const embed = {
      id: 'e',
      embed: async (texts: readonly string[]) => {
        if (isAway) throw new Error('away');
        return texts.map((text) => Float32Array.from(text.includes('boat') || text.includes('ship') ? [1, 0] : [0, 1]));
      },
    };
    const provider = local({ embedder: embed });
    await provider.store('s', memory('m1', 'a small boat'), signal);
    expect(await provider.search('s', { text: 'boat', limit: 1, signal })).toMatchObject([{ id: 'm1', by: 'text' }]);
    isAway = false;
    expect(await provider.search('s', { text: 'ship', limit: 1, signal })).toMatchObject([{ id: 'm1', by: 'vector' }]);
  });

  test('is still there when its file is opened again', async () => {
    const folder = scratchFolder();
    const open = () =>
      new Memories({
        database: () => openDatabase(':memory:', runtimeMigrations),
        connectEmbedder: () => hashedEmbedder,
        log: () => {},
      });
    const config = MemoryConfig.parse({ persistDirectory: join(folder, 'm') });
    const first = open();
    await first.of('p', config).apply([
      {
        at: 1,
        run: 'r',
        effect: { type: 'memory.store', id: 'm1', content: 'kept', tags: [], source: 'agent', step: 1, taint: [] },
      },
    ]);
    await first.close();
    const second = open();
    expect(await second.of('p', config).search('kept', 1, [])).toMatchObject([
      { id: 'm1', provenance: { process: 'p', run: 'r' } },
    ]);
    expect(await second.of('q', config).search('kept', 1, [])).toEqual([]);
    const shared = MemoryConfig.parse({ persistDirectory: join(folder, 'm'), scope: 'shared', userId: 'anna' });
    await second.of('p', shared).apply([
      {
        at: 1,
        run: null,
        effect: {
          type: 'memory.store',
          id: 'm2',
          content: 'for all',
          tags: [],
          source: 'user',
          step: null,
          taint: [],
        },
      },
    ]);
    expect(await second.of('q', shared).search('all', 1, [])).toMatchObject([{ id: 'm2' }]);
    await second.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('an embedder', () => {
  test('asks for base64 and takes numbers too', async () => {
    const [base64] = await embedder().embed(['one two'], signal);
    expect(base64).toHaveLength(64);
    expect(Math.hypot(...(base64 as Float32Array))).toBeCloseTo(1, 5);
  });

  test('says which embedder cannot be used, without its key', async () => {
    const gone = connectEmbedder(
      { model: 'openai-compatible:embed', baseUrl: 'http://127.0.0.1:9', apiKey: 'sk-very-secret' },
      {},
    );
    const refused = await gone.embed(['x'], AbortSignal.timeout(2_000)).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'MEMORY_UNAVAILABLE' });
    expect(String(refused)).not.toContain('sk-very');
  });
});

test('a server that is not there is told as such, in time', async () => {
  const provider = chromaProvider({ url: 'http://127.0.0.1:9', collection: 'abc', embedder: hashedEmbedder });
  await expect(provider.search('s', { text: 'x', limit: 1, signal: AbortSignal.timeout(2_000) })).rejects.toMatchObject(
    { code: 'MEMORY_UNAVAILABLE' },
  );
  expect(mem0.keys.every((key) => key === 'k-1')).toBe(true);
});
