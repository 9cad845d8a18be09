import { beforeAll, describe, expect, test } from 'vitest';
import { applyEntry, contextAtStart } from '../../../src/main/journal/fold/fold.ts';
import {
  emptySnapshot,
  type Snapshot,
  snapshotFromJson,
  snapshotHash,
  snapshotToJson,
} from '../../../src/main/journal/fold/snapshot.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import type { EntryKind, JournalEntry } from '../../../src/shared/entries/journal-entries.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { draws } from '../../world/draws.ts';
import { newEntry } from '../../world/journals.ts';
import { type History, writeHistory } from '../../world/random-history.ts';

/** 16 histories that are always the same, and 4 that are new each time; `DRAWS=<start>` repeats one. */
const starts = process.env['DRAWS']
  ? [Number(process.env['DRAWS'])]
  : [...Array(16).keys(), ...Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 31))];

const throughJson = (snapshot: Snapshot) =>
  snapshotFromJson(JSON.parse(JSON.stringify(snapshotToJson(snapshot))) as JsonObject);

async function told(start: number): Promise<{ history: History; entries: JournalEntry[] }> {
  const journal = new MemoryJournal();
  const history = await writeHistory(journal, 'p', draws(start), 300);
  return { history, entries: await journal.read('p') };
}

describe.each(starts)('a made-up history, DRAWS=%i', (start) => {
  let history: History;
  let entries: JournalEntry[];
  beforeAll(async () => {
    ({ history, entries } = await told(start));
  });

  test('G12: folds to the live state after every entry, also when the state goes through JSON on the way', () => {
    let snapshot = emptySnapshot('p');
    for (const [index, entry] of entries.entries()) {
      applyEntry(snapshot, entry);
      expect(snapshotHash(snapshot), `entry ${entry.seq}, ${entry.kind}`).toBe(history.hashes[index]);
      if (entry.seq % 17 === 0) snapshot = throughJson(snapshot);
    }
    expect(snapshotToJson(snapshot)).toEqual(JSON.parse(JSON.stringify(snapshotToJson(history.live))));
  });

  test('G4: accounts for every event: accepted is ended or open', () => {
    const snapshot = emptySnapshot('p');
    for (const entry of entries) {
      applyEntry(snapshot, entry);
      const { accepted, done, dead, cancelled, superseded } = snapshot.counts;
      expect(accepted, `entry ${entry.seq}, ${entry.kind}`).toBe(
        done + dead + cancelled + superseded + snapshot.queue.size,
      );
      for (let priority = 0; priority < 10; priority++) {
        const waiting = [...snapshot.queue.values()].filter((event) => event.priority === priority);
        expect(snapshot.priorities[priority], `entry ${entry.seq}, ${entry.kind}`).toBe(waiting.length);
      }
    }
  });

  test('shows each open run the context as it was when the run began, and everybody else the newest', () => {
    for (const snapshot of [history.live, throughJson(history.live)]) {
      expect([...snapshot.context].map(([key, { value }]) => [key, value])).toEqual([...history.context]);
      expect([...snapshot.runs.keys()].sort()).toEqual([...history.contextAtStart.keys()].sort());
      for (const run of snapshot.runs.values()) {
        const seen = contextAtStart(snapshot, run);
        const then = history.contextAtStart.get(run.id) as Map<string, unknown>;
        expect([...seen].sort()).toEqual([...then].sort());
      }
    }
  });

  test('keeps no trace of what has ended', () => {
    const { runs, items, queue, pinned, definition } = history.live;
    for (const { run } of items.values()) expect(run === '' || runs.has(run)).toBe(true);
    for (const { event } of runs.values()) expect(queue.has(event)).toBe(true);
    const used = new Set([...runs.values()].map((run) => run.definition));
    for (const hash of pinned.keys()) expect(used).toContain(hash);
    for (const hash of used)
      expect(hash === definition?.hash || pinned.has(hash), `definition ${hash} is at hand`).toBe(true);
  });
});

test('made-up histories hold every kind of entry that a process can have', async () => {
  const seen = new Set<EntryKind>();
  for (let start = 0; start < 16; start++) for (const { kind } of (await told(start)).entries) seen.add(kind);
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'process.deleted',
      'run.retrying',
      'item.answered',
      'checkpoint',
      'outbox.delivered',
      'run.parked',
      'process.released',
      'run.noted',
      'item.snoozed',
      'report.answered',
      'process.restored',
      'process.purged',
    ]),
  );
  expect(seen.size).toBeGreaterThanOrEqual(26);
});

const entryOf = (seq: number, kind: EntryKind, body: unknown): JournalEntry =>
  ({ process: 'p', seq, at: 1_000 + seq, ...newEntry(kind, body), commit: 'c', epoch: 0, hash: '' }) as JournalEntry;

test('an entry of a kind that this version does not know, or that was erased, changes nothing but the number', () => {
  const snapshot = emptySnapshot('p');
  applyEntry(snapshot, entryOf(1, 'context.set', { key: 'k', value: 1, by: 'user' }));
  const before = snapshotToJson(snapshot);
  applyEntry(snapshot, entryOf(2, 'from.the.future' as EntryKind, { key: 'k' }));
  applyEntry(snapshot, entryOf(3, 'context.set', { erased: true, hash: 'h' }));
  expect(snapshotToJson(snapshot)).toEqual({ ...before, seq: 3, updatedAt: 1_003 });
});

test.each([
  ['a short text', 'x'.repeat(2_000), true],
  ['a long text', 'x'.repeat(3_000), false],
  ['a small object', { a: [1, 2, { b: null }] }, true],
  ['a large object', { a: Array(500).fill({ name: 'x' }) }, false],
  ['nothing', null, true],
])('%s is kept in memory while its event waits: %#', (_what, payload, isKept) => {
  const snapshot = emptySnapshot('p');
  const body = {
    id: 'e',
    trigger: 't',
    kind: 'manual',
    dedupeKey: 'e',
    payload,
    metadata: {},
    taint: [],
    priority: 5,
    notBefore: null,
    expiresAt: null,
  };
  applyEntry(snapshot, entryOf(1, 'event.accepted', body));
  expect('payload' in (snapshot.queue.get('e') as object)).toBe(isKept);
});

test('a process that is made again under a name begins anew, but for what it is counted by', () => {
  const snapshot = emptySnapshot('p');
  const definition = { hash: 'h', manifest: {}, text: null };
  applyEntry(snapshot, entryOf(1, 'process.created', { definition, by: 'user' }));
  applyEntry(snapshot, entryOf(2, 'context.set', { key: 'k', value: 1, by: 'user' }));
  applyEntry(snapshot, entryOf(3, 'trigger.remembered', { trigger: 't', facts: { seen: 1 } }));
  applyEntry(snapshot, entryOf(4, 'process.deleted', { by: 'user' }));
  expect(snapshot.deleted).toBe(true);
  applyEntry(snapshot, entryOf(5, 'process.created', { definition, by: 'user' }));
  expect(snapshot).toMatchObject({ seq: 5, life: 5, deleted: false, version: 1, createdAt: 1_005, updatedAt: 1_005 });
  expect([snapshot.context.size, snapshot.remembered.size]).toEqual([0, 0]);
});
