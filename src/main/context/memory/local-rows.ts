import { sha256 } from '../../lib/hash.ts';
import type { Database, Statement } from '../../store/database.ts';
import { enableVectors } from '../../store/vector-search.ts';
import type { MemoryRecord, Provenance } from './memory-provider.ts';

export interface Row {
  id: number;
  key: string;
  content: string;
  tags: string;
  at: number;
  provenance: string;
}

/** The tables of local memory: the memories, the index of their words, and their vectors. */
export class LocalRows {
  readonly #db: Database;
  readonly #sql: ReturnType<typeof statements>;
  /** Prepared with the first search by vector, which is when the extension is loaded. */
  #nearest: Statement | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = statements(db);
  }

  insert(space: string, record: MemoryRecord): void {
    const { id: key, content, tags, at, provenance } = record;
    this.#db.transaction(() => {
      const { changes, lastInsertRowid } = this.#sql.insert.run(
        space,
        key,
        content,
        JSON.stringify(tags),
        at,
        JSON.stringify(provenance),
      );
      if (changes > 0) this.#sql.insertWords.run(lastInsertRowid, tokenOf(space), content, tags.join(' '));
    })();
  }

  /** Best first, by BM25; content counts twice as much as tags. */
  matching(space: string, words: ReadonlySet<string>, limit: number): Row[] {
    if (words.size === 0) return [];
    const any = [...words].map((word) => `"${word}"`).join(' OR ');
    return this.#sql.matching.all(`space : ${tokenOf(space)} AND {content tags} : (${any})`, limit) as Row[];
  }

  /** Nearest first, with the cosine distance. Vectors of other lengths are passed over. */
  nearest(space: string, embedder: string, vector: Float32Array, limit: number): (Row & { distance: number })[] {
    enableVectors(this.#db);
    this.#nearest ??= this.#db.prepare(nearestSql);
    const bytes = bytesOf(vector);
    return this.#nearest.all(bytes, space, embedder, bytes.length, limit) as (Row & { distance: number })[];
  }

  withoutVector(space: string, embedder: string, limit: number): Row[] {
    return this.#sql.withoutVector.all(embedder, space, limit) as Row[];
  }

  setVector(id: number, embedder: string, vector: Float32Array): void {
    // It may have been forgotten while its vector was being made.
    this.#sql.setVector.run(embedder, bytesOf(vector), id);
  }

  find(space: string, keys: readonly string[]): Row[] {
    return this.#sql.find.all(JSON.stringify(keys), space) as Row[];
  }

  page(space: string, before: number, limit: number): Row[] {
    return this.#sql.page.all(space, before, limit) as Row[];
  }

  isEmpty(space: string): boolean {
    return this.#sql.any.get(space) === undefined;
  }

  /** One memory of the space, or all of them. */
  delete(space: string, key: string | null): void {
    const { one, all } = this.#sql;
    const which = key === null ? [space] : [space, key];
    // What is forgotten is not to stand in pages that are free.
    this.#db.pragma('secure_delete = ON');
    try {
      this.#db.transaction(() => {
        for (const statement of key === null ? all : one) statement.run(...which);
      })();
    } finally {
      this.#db.pragma('secure_delete = OFF');
    }
  }

  /** Leaves no word of deleted memories in the index, where each stands until its part of the index is written anew. */
  scrub(): void {
    this.#sql.tidyWords.run();
  }
}

export function recordOf({ key, content, tags, at, provenance }: Row): MemoryRecord {
  return { id: key, content, tags: JSON.parse(tags) as string[], at, provenance: JSON.parse(provenance) as Provenance };
}

/** One word for the full-text index, whatever the space is called. */
function tokenOf(space: string): string {
  return `s${Buffer.from(sha256(space), 'base64url').toString('hex').slice(0, 32)}`;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const columns = 'm.id, m.key, m.content, m.tags, m.at, m.provenance';

const nearestSql = `
  SELECT ${columns}, distance FROM (
    SELECT v.id AS found, vec_distance_cosine(v.vector, ?) AS distance FROM memories n JOIN memory_vectors v ON v.id = n.id
    WHERE n.space = ? AND v.embedder = ? AND length(v.vector) = ? ORDER BY distance LIMIT ?
  ) JOIN memories m ON m.id = found ORDER BY distance`;

function statements(db: Database) {
  return {
    insert: db.prepare(
      'INSERT INTO memories (space, key, content, tags, at, provenance) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    insertWords: db.prepare('INSERT INTO memory_words (rowid, space, content, tags) VALUES (?, ?, ?, ?)'),
    matching: db.prepare(
      `SELECT ${columns} FROM (SELECT rowid AS found, bm25(memory_words, 0.0, 1.0, 0.5) AS rank FROM memory_words
         WHERE memory_words MATCH ? ORDER BY rank LIMIT ?) JOIN memories m ON m.id = found ORDER BY rank, m.id DESC`,
    ),
    withoutVector: db.prepare(
      `SELECT ${columns} FROM memories m LEFT JOIN memory_vectors v ON v.id = m.id AND v.embedder = ?
       WHERE m.space = ? AND v.id IS NULL ORDER BY m.id DESC LIMIT ?`,
    ),
    setVector: db.prepare(
      `INSERT INTO memory_vectors (id, embedder, vector) SELECT id, ?, ? FROM memories WHERE id = ?
       ON CONFLICT (id) DO UPDATE SET embedder = excluded.embedder, vector = excluded.vector`,
    ),
    // CROSS JOIN: SQLite keeps the order, so each id is looked up instead of the space being read.
    find: db.prepare(`SELECT ${columns} FROM json_each(?) j CROSS JOIN memories m ON m.key = j.value AND m.space = ?`),
    page: db.prepare(`SELECT ${columns} FROM memories m WHERE m.space = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`),
    tidyWords: db.prepare("INSERT INTO memory_words (memory_words) VALUES ('optimize')"),
    any: db.prepare('SELECT 1 FROM memories WHERE space = ? LIMIT 1'),
    one: deletions(db, 'space = ? AND key = ?'),
    all: deletions(db, 'space = ?'),
  };
}

function deletions(db: Database, which: string): Statement[] {
  return [
    db.prepare(`DELETE FROM memory_words WHERE rowid IN (SELECT id FROM memories WHERE ${which})`),
    db.prepare(`DELETE FROM memory_vectors WHERE id IN (SELECT id FROM memories WHERE ${which})`),
    db.prepare(`DELETE FROM memories WHERE ${which}`),
  ];
}
