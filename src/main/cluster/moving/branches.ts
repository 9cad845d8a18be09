import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { itsOwn } from '../../journal/bodied-entries.ts';
import { erasedBody, type Journal } from '../../journal/journal.ts';
import type { Clock } from '../../lib/clock.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Database } from '../../store/database.ts';

const pageSize = 1_000;

/** What this node wrote of a process while another had already taken it over. */
export interface Branch {
  readonly id: string;
  readonly process: string;
  /** The ownership that wrote it. */
  readonly epoch: number;
  /** The newest entry that both pasts have. */
  readonly afterSeq: number;
  readonly lastSeq: number;
  /** Who owned the process when the branch was found. */
  readonly owner: string | null;
  readonly foundAt: number;
  readonly dismissedAt: number | null;
}

/** Something outside, or at other processes, that a branch tells of: it may have happened. */
export interface BranchEffect {
  readonly seq: number;
  readonly at: number;
  readonly what: 'call' | 'event' | 'message' | 'accepted';
  readonly name: string;
  readonly outcome: 'ok' | 'error' | 'unknown';
  readonly about: Json;
}

/**
 * Lone ends of journals: kept whole and shown, never merged. What they tell of may have happened outside, and a person
 * decides what follows from it.
 */
export class Branches {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Copies what stands in a stream after `after`, before it is taken out there. The same once as twice. */
  async keep(journal: Journal, process: string, after: number, owner: string | null): Promise<Branch> {
    const entries: JournalEntry[] = [];
    for (let seq = after; ; ) {
      const page = await journal.read(process, { after: seq, limit: pageSize });
      entries.push(...page);
      if (page.length < pageSize) break;
      seq = page.at(-1)?.seq ?? seq;
    }
    const last = entries.at(-1);
    const epoch = last?.epoch ?? 0;
    const id = `brn_${process}.${epoch}.${after}`;
    const insert = this.#db.prepare('INSERT OR REPLACE INTO branch_entries (branch, seq, entry) VALUES (?, ?, ?)');
    this.#db.transaction(() => {
      this.#db
        .prepare(
          `INSERT INTO branches (id, process, epoch, after_seq, last_seq, owner, found_at) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq`,
        )
        .run(id, process, epoch, after, last?.seq ?? after, owner, this.#clock.now());
      for (const entry of entries) insert.run(id, entry.seq, JSON.stringify(entry));
    })();
    return this.get(id);
  }

  list(process?: string): Branch[] {
    return this.#db
      .prepare(
        `SELECT id, process, epoch, after_seq AS afterSeq, last_seq AS lastSeq, owner, found_at AS foundAt,
           dismissed_at AS dismissedAt FROM branches WHERE ? IS NULL OR process = ? ORDER BY found_at DESC, id`,
      )
      .all(process ?? null, process ?? null) as Branch[];
  }

  /** @throws RuntimeError `BRANCH_NOT_FOUND`. */
  get(id: string): Branch {
    const found = this.list().find((branch) => branch.id === id);
    if (!found) throw new RuntimeError('BRANCH_NOT_FOUND', `There is no branch ${id} on this node.`, { id });
    return found;
  }

  entries(id: string): JournalEntry[] {
    const rows = this.#db.prepare('SELECT entry FROM branch_entries WHERE branch = ? ORDER BY seq').pluck().all(id);
    return (rows as string[]).map((text) => JSON.parse(text) as JournalEntry);
  }

  effects(id: string): BranchEffect[] {
    return effectsOf(this.entries(id));
  }

  /** Takes the bodies out of the branches of a process that say something; their hashes stay. How many they were. */
  forget(process: string, isTelling: (json: string) => boolean): number {
    const rows = this.#db
      .prepare(
        'SELECT e.branch, e.seq, e.entry FROM branch_entries e JOIN branches b ON b.id = e.branch WHERE b.process = ?',
      )
      .all(process) as { branch: string; seq: number; entry: string }[];
    const put = this.#db.prepare('UPDATE branch_entries SET entry = ? WHERE branch = ? AND seq = ?');
    let gone = 0;
    for (const { branch, seq, entry } of rows) {
      const { body, ...rest } = JSON.parse(entry) as JournalEntry;
      const json = JSON.stringify(body);
      if ('erased' in body || itsOwn.includes(rest.kind) || !isTelling(json)) continue;
      put.run(JSON.stringify({ ...rest, body: JSON.parse(erasedBody(sha256(json))) }), branch, seq);
      gone++;
    }
    return gone;
  }

  /** A person has seen to it. It stays. */
  dismiss(id: string): Branch {
    this.get(id);
    this.#db
      .prepare('UPDATE branches SET dismissed_at = coalesce(dismissed_at, ?) WHERE id = ?')
      .run(this.#clock.now(), id);
    return this.get(id);
  }
}

function effectsOf(entries: readonly JournalEntry[]): BranchEffect[] {
  const ended = new Map<string, 'ok' | 'error'>();
  for (const { kind, body } of entries) if (kind === 'step.ended') ended.set(`${body.run}/${body.step}`, body.outcome);
  return entries.flatMap(({ kind, body, seq, at }): BranchEffect[] => {
    if ('erased' in body) return [];
    if (kind === 'event.accepted')
      return [
        { seq, at, what: 'accepted', name: body.trigger, outcome: 'ok', about: { event: body.id, kind: body.kind } },
      ];
    if (kind === 'step.intended' && body.kind === 'tool') {
      const outcome = ended.get(`${body.run}/${body.step}`) ?? 'unknown';
      return [
        { seq, at, what: 'call', name: body.name, outcome, about: { run: body.run, step: body.step, args: body.args } },
      ];
    }
    if (kind !== 'run.settled') return [];
    return body.effects.flatMap((effect): BranchEffect[] => {
      if (effect.type === 'emit')
        return [{ seq, at, what: 'event', name: effect.eventType, outcome: 'ok', about: { data: effect.data } }];
      if (effect.type === 'send')
        return [{ seq, at, what: 'message', name: effect.topic, outcome: 'ok', about: { content: effect.content } }];
      return [];
    });
  });
}
