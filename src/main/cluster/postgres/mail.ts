import type { Postgres } from '../../store/postgres.ts';

const channel = 'agent_runtime_mail';
const mostAtOnce = 32;
/** A statement carries no more than about this; a longer letter goes alone. */
const statementChars = 8 << 20;

/** Something that one node says to another. `stop`: the question has been given up. */
export interface Letter {
  readonly kind: 'ask' | 'answer' | 'failure' | 'stop';
  /** The other node: who it is for, or who it is from. */
  readonly node: string;
  /** Tells the question from all others. */
  readonly ref: string;
  readonly question: string;
  readonly body: string;
  /** How long anybody waits for it. */
  readonly leftMs: number;
}

interface Waiting {
  letter: Letter;
  sent: () => void;
  failed: (thrown: unknown) => void;
}

/**
 * What nodes that share a database say to each other, as rows that the one it is for takes out. What is posted while a
 * statement is under way goes together with the next one. Rows that nobody waits for any more are thrown away.
 */
export class Mail {
  readonly #postgres: Postgres;
  readonly #node: string;
  #waiting: Waiting[] = [];
  #posting: Promise<void> | undefined;

  constructor(postgres: Postgres, node: string) {
    this.#postgres = postgres;
    this.#node = node;
  }

  /** Resolves when it lies there. @throws RuntimeError `DATABASE_UNREACHABLE`: it may lie there all the same. */
  post(letter: Letter): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ letter, sent: resolve, failed: reject });
    this.#posting ??= this.#postAll().finally(() => {
      this.#posting = undefined;
    });
    return promise;
  }

  /** What has come for this node, oldest first; it is gone from the database then. */
  async take(): Promise<Letter[]> {
    const taken: Letter[] = [];
    for (;;) {
      const rows = await this.#postgres.query<{ id: number; isOpen: boolean } & Record<keyof Letter, never>>(
        `DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE to_node = $1 ORDER BY id LIMIT ${mostAtOnce})
         RETURNING id, from_node AS node, kind, ref, question, body, until > clock_timestamp() AS "isOpen",
           (extract(epoch FROM until - clock_timestamp()) * 1000)::float8 AS "leftMs"`,
        [this.#node],
      );
      const inOrder = rows.toSorted((a, b) => a.id - b.id);
      taken.push(...inOrder.flatMap(({ isOpen, id: _, ...letter }) => (isOpen ? letter : [])));
      if (rows.length < mostAtOnce) return taken;
    }
  }

  /** Throws away what nobody took in time, whoever it was for. */
  async sweep(): Promise<void> {
    await this.#postgres.query(`DELETE FROM mail WHERE until < clock_timestamp() - interval '1 minute'`);
  }

  /** Calls back when something may have come; some hints are lost. Returns what undoes it. */
  listen(heard: () => void): () => void {
    return this.#postgres.listen(channel, (node) => {
      if (node === this.#node) heard();
    });
  }

  async #postAll(): Promise<void> {
    // What else is said in this turn of the event loop goes along.
    await new Promise<void>((go) => setImmediate(go));
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#insert(batch.map(({ letter }) => letter));
        for (const { sent } of batch) sent();
      } catch (thrown) {
        for (const { failed } of batch) failed(thrown);
      }
    }
  }

  #nextBatch(): Waiting[] {
    let chars = 0;
    const end = this.#waiting.findIndex(({ letter }, index) => {
      chars += letter.body.length;
      return index > 0 && chars > statementChars;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #insert(letters: readonly Letter[]): Promise<void> {
    const column = <K extends keyof Letter>(key: K) => letters.map((letter) => letter[key]);
    await this.#postgres.query(
      `WITH put AS (
         INSERT INTO mail (to_node, from_node, kind, ref, question, body, until)
         SELECT m.node, $1, m.kind, m.ref, m.question, m.body, clock_timestamp() + m.ms * interval '1 millisecond'
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[])
           AS m(node, kind, ref, question, body, ms)
         RETURNING to_node)
       SELECT pg_notify('${channel}', to_node) FROM (SELECT DISTINCT to_node FROM put) AS told`,
      [this.#node, column('node'), column('kind'), column('ref'), column('question'), column('body'), column('leftMs')],
    );
  }
}
