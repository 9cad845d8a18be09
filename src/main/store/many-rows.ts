import type { Database, Statement } from './database.ts';

/** How many rows one statement inserts, where there are as many. */
const rowsAtOnce = [32, 4, 1] as const;

type Value = string | number | null;

/**
 * Inserts rows of one table, many by one statement: calling SQLite costs about as much as it takes to insert a row.
 * What was added is in the table once `flush` has returned, in the order in which it was added.
 */
export class ManyRows {
  readonly #width: number;
  readonly #statements: readonly (readonly [values: number, statement: Statement])[];
  #values: Value[] = [];

  /**
   * @param into table and columns: `journal (id, at)`
   * @param row `(?, ?)`
   * @param end what follows the rows: `ON CONFLICT DO NOTHING`
   */
  constructor(db: Database, into: string, row: string, end = '') {
    this.#width = row.split('?').length - 1;
    this.#statements = rowsAtOnce.map((count) => [
      count * this.#width,
      db.prepare(`INSERT INTO ${into} VALUES ${Array(count).fill(row).join(', ')} ${end}`),
    ]);
  }

  add(...values: Value[]): void {
    this.#values.push(...values);
  }

  /** How many rows wait to be inserted. */
  get size(): number {
    return this.#values.length / this.#width;
  }

  /** Returns how many rows were inserted. */
  flush(): number {
    const values = this.#values;
    if (values.length === 0) return 0;
    this.#values = [];
    let inserted = 0;
    let from = 0;
    for (const [size, statement] of this.#statements) {
      for (; from + size <= values.length; from += size)
        inserted += statement.run(size === values.length ? values : values.slice(from, from + size)).changes;
    }
    return inserted;
  }

  /** Forgets what was added, since what it belonged to came to nothing. */
  clear(): void {
    this.#values = [];
  }
}
