import { asError } from '../../../shared/errors.ts';
import type { Database } from '../../store/database.ts';
import { DatabaseUpkeep } from '../../store/database-upkeep.ts';
import { LocalRows, type Row, recordOf } from './local-rows.ts';
import type { Embedder, FoundMemory, MemoryProvider } from './memory-provider.ts';
import { fuseRanks } from './reciprocal-rank.ts';
import { coverage, queryWords } from './words.ts';

/** How many candidates each way of looking gives, at least, before they are put in one order. */
const fewestCandidates = 50;
/** Memories whose vector is still missing (the embedder was away, or is new) get it along with a query, this many at a time. */
const catchUp = 32;

export interface LocalProviderOptions {
  /** Opened with the first use. */
  database: () => Database;
  /** Left out: found by words alone. */
  embedder?: Embedder | undefined;
  log(message: string): void;
  /** Closes the database too. */
  owned?: boolean;
  /** Its file holds memories and nothing else, so nobody else writes it anew when something was forgotten. */
  alone?: boolean | undefined;
}

/** Memory in SQLite: full-text search with BM25, and by vectors too where an embedder is configured. */
export function localProvider({
  database,
  embedder,
  log,
  owned = false,
  alone = owned,
}: LocalProviderOptions): MemoryProvider {
  let opened: { db: Database; rows: LocalRows } | undefined;
  const rows = () => {
    if (opened) return opened.rows;
    const db = database();
    opened = { db, rows: new LocalRows(db) };
    return opened.rows;
  };

  /** Spaces in which every memory has its vector, as far as is known: looking for those without reads all of a space. */
  const complete = new Set<string>();

  /** Without an answer of the embedder a memory is still kept and found by its words. */
  async function embed(
    space: string,
    query: string[],
    fresh: readonly Row[],
    signal: AbortSignal,
  ): Promise<Float32Array | undefined> {
    if (!embedder) return undefined;
    const missing = complete.has(space) ? fresh : rows().withoutVector(space, embedder.id, catchUp);
    if (query.length + missing.length === 0) return undefined;
    try {
      const vectors = await embedder.embed([...query, ...missing.map(({ content }) => content)], signal);
      for (const [index, { id }] of missing.entries()) {
        const vector = vectors[query.length + index];
        if (vector) rows().setVector(id, embedder.id, vector);
      }
      if (missing.length < catchUp) complete.add(space);
      return query.length > 0 ? vectors[0] : undefined;
    } catch (thrown) {
      complete.delete(space);
      log(`memory in "${space}" is found by words only for now: ${asError(thrown).message}`);
      return undefined;
    }
  }

  return {
    name: 'local',
    async store(space, record, signal) {
      rows().insert(space, record);
      if (embedder) await embed(space, [], rows().find(space, [record.id]), signal);
    },
    async search(space, { text, limit, signal }) {
      const words = queryWords(text);
      const candidates = Math.max(fewestCandidates, limit);
      const vector = await embed(space, [text], [], signal);
      const near = vector && embedder ? rows().nearest(space, embedder.id, vector, candidates) : [];
      const matching = rows().matching(space, words, candidates);
      return fused(words, matching, near).slice(0, limit);
    },
    async find(space, ids) {
      return rows().find(space, ids).map(recordOf);
    },
    async list(space, { limit, cursor }) {
      const page = rows().page(space, cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor), limit + 1);
      const shown = page.slice(0, limit);
      return { items: shown.map(recordOf), next: page.length > limit ? String(shown.at(-1)?.id) : null };
    },
    async forget(space, id) {
      rows().delete(space, id);
    },
    async purge(space) {
      rows().delete(space, null);
    },
    async scrub() {
      rows().scrub();
      // A file of its own has nobody else who does it.
      if (alone && opened) new DatabaseUpkeep(opened.db).writeAnew();
    },
    isEmpty: (space) => rows().isEmpty(space),
    async close() {
      if (owned) opened?.db.close();
    },
  };
}

function fused(
  words: ReadonlySet<string>,
  matching: readonly Row[],
  near: readonly (Row & { distance: number })[],
): FoundMemory[] {
  const byId = new Map<number, Row>([...near, ...matching].map((row) => [row.id, row]));
  const likeness = new Map(near.map(({ id, distance }) => [id, Math.min(1, Math.max(0, 1 - distance))]));
  const byWords = new Set(matching.map(({ id }) => id));
  const order = fuseRanks([...byWords], [...likeness.keys()]);
  return order.map((id) => {
    const record = recordOf(byId.get(id) as Row);
    const worded = coverage(words, `${record.content} ${record.tags.join(' ')}`);
    const by = !likeness.has(id) ? 'text' : byWords.has(id) ? 'both' : 'vector';
    return { ...record, score: Math.max(worded, likeness.get(id) ?? 0), by };
  });
}
