import { PostgresJournal } from '../../src/main/journal/postgres-journal.ts';
import { verifyChain } from '../../src/main/journal/replay.ts';
import { Postgres } from '../../src/main/store/postgres.ts';
import { toWire } from '../../src/shared/errors.ts';
import { said, sayings } from './journals.ts';
import { until } from './until.ts';

export interface WriterReport {
  acknowledged: number;
  /** Batches that were refused, and after which the stream was opened again. */
  refused: number;
  problems: string[];
}

/** A node that appends to streams of its own as fast as it is answered, and knows of each batch what it was told. */
export class PostgresWriter {
  readonly #postgres: Postgres;
  readonly #journal: PostgresJournal;
  readonly #streams: readonly string[];
  readonly #kept = new Map<string, Set<string>>();
  readonly #lost = new Map<string, Set<string>>();
  readonly #problems: string[] = [];
  #ended = false;
  #count = 0;
  #refused = 0;

  private constructor(postgres: Postgres, journal: PostgresJournal, streams: readonly string[]) {
    this.#postgres = postgres;
    this.#journal = journal;
    this.#streams = streams;
    for (const stream of streams) {
      this.#kept.set(stream, new Set());
      this.#lost.set(stream, new Set());
    }
  }

  static async open(url: string, node: string, patienceMs: number): Promise<PostgresWriter> {
    const postgres = await Postgres.open(url);
    const journal = await PostgresJournal.open(postgres, { node, patienceMs });
    return new PostgresWriter(
      postgres,
      journal,
      ['x', 'y', 'z'].map((name) => `${node}-${name}`),
    );
  }

  get acknowledged(): number {
    return [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Writes until it is told to end; resolves then. */
  async write(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => this.#writeTo(stream)));
  }

  end(): void {
    this.#ended = true;
  }

  /** Compares what was told with what is there, on a server that answers. */
  async report(): Promise<WriterReport> {
    for (const stream of this.#streams) {
      const there = sayings(await this.#journal.read(stream)).map(String);
      const found = new Set(there);
      const missing = [...(this.#kept.get(stream) ?? [])].filter((text) => !found.has(text));
      const ghosts = [...(this.#lost.get(stream) ?? [])].filter((text) => found.has(text));
      if (missing.length > 0) this.#problems.push(`${stream}: ${missing.length} acknowledged ones are missing`);
      if (ghosts.length > 0)
        this.#problems.push(`${stream}: ${ghosts.length} that were refused are there: ${ghosts[0]}`);
      if (found.size !== there.length) this.#problems.push(`${stream}: ${there.length - found.size} are there twice`);
      const chain = await verifyChain(this.#journal, stream);
      if (!chain.ok) this.#problems.push(`${stream}: ${chain.problem}`);
    }
    this.#problems.push(...(await this.#journal.check()));
    return { acknowledged: this.acknowledged, refused: this.#refused, problems: this.#problems };
  }

  async close(): Promise<void> {
    this.end();
    await this.#journal.close();
    await this.#postgres.close();
  }

  async #writeTo(stream: string): Promise<void> {
    let after = (await this.#journal.open(stream)).seq;
    while (!this.#ended) {
      const texts = Array.from({ length: 3 }, () => `${stream} ${++this.#count}`);
      const appended = texts.map((text) => {
        const batch = {
          process: stream,
          commit: 'say',
          after,
          epoch: 1,
          entries: [said(text, text), said(`+${text}`)],
        };
        const { durable } = this.#journal.append(batch);
        after += batch.entries.length;
        return durable;
      });
      const told = await Promise.allSettled(appended);
      const failed = told.findIndex(({ status }) => status === 'rejected');
      for (const [index, text] of texts.entries()) {
        const isKept = told[index]?.status === 'fulfilled';
        (isKept ? this.#kept : this.#lost).get(stream)?.add(text);
      }
      if (failed < 0) continue;
      this.#refused++;
      const { code } = toWire((told[failed] as PromiseRejectedResult).reason);
      if (code !== 'DATABASE_UNREACHABLE') this.#problems.push(`${stream} was refused with ${code}`);
      after = (await until(() => this.#journal.open(stream), 60_000)).seq;
    }
  }
}
