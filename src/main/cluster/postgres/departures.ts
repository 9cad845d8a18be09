import type { Postgres } from '../../store/postgres.ts';
import { type Position, type Positions, positionsFromJson, positionsToJson } from '../crossing/positions.ts';

/** A process that left a node and has not been brought yet what was told since. */
export interface Departure {
  readonly process: string;
  /** Where it was. */
  readonly node: string;
  /** The ownership that it had there. */
  readonly epoch: number;
  /** What everyone there had by then; an earlier one than the truth does no harm. */
  readonly positions: Positions;
}

/**
 * How far nodes have come with what others publish, where all nodes can read it: so whoever takes a process from a node
 * that is gone knows what it has not been told.
 *
 * Invariants:
 *   D1. What stands here of a node is never further than that node has come.
 *   D2. Where a process has been brought only a part, its departure stays what it was, whoever has it meanwhile.
 */
export class Departures {
  readonly #postgres: Postgres;
  readonly #node: string;
  /** What stands in the database of this node; `undefined`: that is not known. */
  #written: Map<string, Position> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(postgres: Postgres, node: string) {
    this.#postgres = postgres;
    this.#node = node;
  }

  /** Writes down how far this node is, lower places as well. Durable when it resolves. */
  async note(positions: () => Positions): Promise<void> {
    const turn = this.#writing.then(() => this.#write(positions()));
    this.#writing = turn.catch(() => {});
    await turn;
  }

  /** A process is let go here: others go on from what all here have now. */
  async leave(process: string, epoch: number, positions: Positions): Promise<void> {
    await this.#postgres.query(upsert('$1, $2, $3, $4'), [
      process,
      this.#node,
      epoch,
      JSON.stringify(positionsToJson(positions)),
    ]);
  }

  /** A process is about to be taken from a node, which says nothing any more: what it wrote down last counts. */
  async before(process: string, owner: string, epoch: number): Promise<void> {
    const select = `$1, $2, $3, json_agg(json_build_array(publisher, epoch, seq))::text FROM heard WHERE node = $2 HAVING count(*) > 0`;
    await this.#postgres.query(upsert(select), [process, owner, epoch]);
  }

  async of(process: string): Promise<Departure | undefined> {
    const rows = await this.#postgres.query<{ node: string; epoch: number; positions: string }>(
      'SELECT node, epoch, positions FROM departures WHERE process = $1',
      [process],
    );
    const [row] = rows;
    return row && { ...row, process, positions: positionsFromJson(JSON.parse(row.positions)) };
  }

  async among(processes: readonly string[]): Promise<string[]> {
    const rows = await this.#postgres.query<{ process: string }>(
      'SELECT process FROM departures WHERE process = ANY ($1)',
      [processes],
    );
    return rows.map(({ process }) => process);
  }

  /** It has been brought everything, or it stands durably in the book of its node that the rest is wanted. */
  async end({ process, epoch }: Departure): Promise<void> {
    await this.#postgres.query('DELETE FROM departures WHERE process = $1 AND epoch <= $2', [process, epoch]);
  }

  async #write(positions: Positions): Promise<void> {
    const before = this.#written;
    const changed = [...positions].filter(([publisher, { epoch, seq }]) => {
      const known = before?.get(publisher);
      return known?.epoch !== epoch || known.seq !== seq;
    });
    const isSmaller = !before || [...before.keys()].some((publisher) => !positions.has(publisher));
    if (changed.length === 0 && !isSmaller) return;
    this.#written = undefined;
    await this.#postgres.query(
      `WITH gone AS (DELETE FROM heard WHERE $5 AND node = $1 AND publisher <> ALL ($6))
       INSERT INTO heard (node, publisher, epoch, seq)
       SELECT $1, p.publisher, p.epoch, p.seq FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS p(publisher, epoch, seq)
       ON CONFLICT (node, publisher) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`,
      [
        this.#node,
        changed.map(([publisher]) => publisher),
        changed.map(([, { epoch }]) => epoch),
        changed.map(([, { seq }]) => seq),
        isSmaller,
        isSmaller ? [...positions.keys()] : [],
      ],
    );
    this.#written = new Map(positions);
  }
}

/**
 * Takes the place of an earlier note of the same ownership. One of an earlier ownership has not been brought yet, and
 * stays what it was (D2); it is of this ownership from now on, so that whoever was bringing it does not end it.
 */
function upsert(select: string): string {
  return `INSERT INTO departures AS d (process, node, epoch, positions) SELECT ${select}
    ON CONFLICT (process) DO UPDATE SET epoch = excluded.epoch,
      node = CASE d.epoch WHEN excluded.epoch THEN excluded.node ELSE d.node END,
      positions = CASE d.epoch WHEN excluded.epoch THEN excluded.positions ELSE d.positions END
    WHERE d.epoch <= excluded.epoch`;
}
