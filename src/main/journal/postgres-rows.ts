import type { JournalEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { NumberedBatch } from './group-commit.ts';

export type EntryRow = {
  seq: number;
  at: number;
  kind: string;
  commit: string;
  epoch: number;
  body: string;
  hash: string;
};

export type StreamRow = {
  id: number;
  seq: number;
  hash: string;
  epoch: number;
  turn: number;
  trimmedSeq: number;
  trimmedHash: string;
};

/**
 * Batches as `append_batches` takes them: all of a stream as one. Bodies are texts in a text, so that what PostgreSQL has
 * no letter for (NUL, half a surrogate pair) stays escaped; keys are bytes.
 */
export function batchesJson(batches: readonly NumberedBatch[], turnOf: (process: string) => number): string {
  const streams: unknown[] = [];
  for (const [process, group] of Map.groupBy(batches, (batch) => batch.process)) {
    const all = group.flatMap(({ entries }) => entries);
    const [first, last] = [all[0], all.at(-1)];
    if (!first || !last) continue;
    streams.push({
      process,
      epoch: group.at(-1)?.epoch,
      turn: turnOf(process),
      first: first.seq,
      last: last.seq,
      previous: group.find(({ entries }) => entries.length > 0)?.previous,
      hash: last.hash,
      checkpoint: all.findLast(({ kind }) => kind === 'checkpoint')?.seq ?? null,
      entries: all.map(({ seq, at, kind, commit, epoch, body, hash }) => ({
        seq,
        at,
        kind,
        commit,
        epoch,
        body,
        hash,
      })),
      keys: all.flatMap(({ key, seq }) => (key === undefined ? [] : { key: Buffer.from(key).toString('hex'), seq })),
    });
  }
  return JSON.stringify(streams);
}

export function entryOf(process: string, { seq, at, kind, commit, epoch, body, hash }: EntryRow): JournalEntry {
  try {
    return { process, seq, at, kind, body: JSON.parse(body), commit, epoch, hash } as JournalEntry;
  } catch (cause) {
    const details = { process, seq };
    throw new RuntimeError('JOURNAL_CORRUPT', `Entry ${seq} of "${process}" is not JSON any more.`, details, { cause });
  }
}
