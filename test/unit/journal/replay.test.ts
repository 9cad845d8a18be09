import { describe, expect, onTestFinished, test } from 'vitest';
import { emptySnapshot, type Snapshot, snapshotHash, snapshotToJson } from '../../../src/main/journal/fold/snapshot.ts';
import type { Journal } from '../../../src/main/journal/journal.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { replay, verifyChain } from '../../../src/main/journal/replay.ts';
import type { JournalEntry, NewEntry } from '../../../src/shared/entries/journal-entries.ts';
import { caughtLater } from '../../world/caught.ts';
import { draws } from '../../world/draws.ts';
import { journalKinds, newEntry, said } from '../../world/journals.ts';
import { type History, writeHistory } from '../../world/random-history.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const starts = process.env['DRAWS'] ? [Number(process.env['DRAWS'])] : [1, 2, 3, Math.floor(Math.random() * 2 ** 31)];

describe.each(journalKinds)('replay of a $name journal', (kind) => {
  test.each(starts)(
    'gives the live state, from the start and from any checkpoint, up to any entry, DRAWS=%i',
    async (start) => {
      const { journal, close } = await kind.open(scratchFolder());
      onTestFinished(close);
      const chance = draws(start);
      const history = await writeHistory(journal, 'p', chance, 400);
      const length = history.hashes.length;
      const live = snapshotHash(history.live);
      expect(snapshotHash((await replay(journal, 'p', { fromStart: true })).snapshot)).toBe(live);
      const recovered = await replay(journal, 'p');
      expect(snapshotHash(recovered.snapshot)).toBe(live);
      const checkpoints = (await journal.read('p', { kinds: ['checkpoint'] })).map(({ seq }) => seq);
      expect(recovered.entries).toBe(length - (checkpoints.at(-1) ?? 0));
      const places = [
        1,
        length,
        ...checkpoints.slice(-3).flatMap((seq) => [seq - 1, seq, seq + 1]),
        ...Array.from({ length: 5 }, () => chance.int(1, length)),
      ];
      for (const upTo of places.filter((seq) => seq >= 1 && seq <= length)) {
        for (const fromStart of [true, false]) {
          const { snapshot } = await replay(journal, 'p', { upTo, fromStart });
          expect(snapshotHash(snapshot), `up to ${upTo}, fromStart ${fromStart}`).toBe(history.hashes[upTo - 1]);
        }
      }
      expect(await verifyChain(journal, 'p')).toMatchObject({ ok: true, entries: length });
      await trimmedReplays(journal, history, checkpoints, chance.int(0, 20));
    },
  );
});

/** Wherever a journal was trimmed, what can still be known is known, and the rest is refused. */
async function trimmedReplays(
  journal: Journal,
  history: History,
  checkpoints: readonly number[],
  before: number,
): Promise<void> {
  const checkpoint = checkpoints[1];
  if (checkpoint === undefined) return;
  const upTo = Math.max(1, checkpoint - 1 - before);
  await journal.trim('p', upTo);
  expect((await journal.read('p', { limit: 1 }))[0]?.seq).toBe(upTo + 1);
  const first = checkpoints.find((seq) => seq > upTo) as number;
  for (const fromStart of [true, false]) {
    expect(snapshotHash((await replay(journal, 'p', { fromStart })).snapshot)).toBe(history.hashes.at(-1));
    expect(snapshotHash((await replay(journal, 'p', { fromStart, upTo: first })).snapshot)).toBe(
      history.hashes[first - 1],
    );
    expect(await caughtLater(replay(journal, 'p', { fromStart, upTo: first - 1 }))).toMatchObject({
      code: 'REQUEST_INVALID',
    });
  }
  expect(await verifyChain(journal, 'p')).toMatchObject({ ok: true });
}

async function journalOf(...entries: NewEntry[]): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  await journal.open('p');
  await journal.append({ process: 'p', commit: 'all', entries }).durable;
  return journal;
}

/** The same journal, read through glasses. */
function seenThrough(journal: Journal, change: (entries: JournalEntry[]) => JournalEntry[]): Journal {
  return Object.assign(Object.create(journal) as Journal, {
    base: (process: string) => journal.base(process),
    read: async (...asked: Parameters<Journal['read']>) => change(structuredClone(await journal.read(...asked))),
    lastCheckpoint: async () =>
      (await journal.read('p', { kinds: ['checkpoint'], order: 'desc', limit: 1 }))
        .map((entry) => change([structuredClone(entry)])[0])
        .at(0),
  });
}

const stateOf = (change: (snapshot: Snapshot) => void): NewEntry => {
  const snapshot = emptySnapshot('p');
  change(snapshot);
  return newEntry('checkpoint', { snapshot: snapshotToJson(snapshot), hash: snapshotHash(snapshot) });
};

test('a checkpoint that is not as it was written is refused', async () => {
  const journal = await journalOf(
    said('x'),
    stateOf((snapshot) => (snapshot.seq = 1)),
    said('y'),
  );
  expect((await replay(journal, 'p')).entries).toBe(1);
  const damaged = seenThrough(journal, (entries) => {
    for (const entry of entries) if (entry.kind === 'checkpoint') entry.body.snapshot['version'] = 7;
    return entries;
  });
  expect(await caughtLater(replay(damaged, 'p'))).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { seq: 2 } });
});

test('a checkpoint that leaves out what came before it is refused', async () => {
  const journal = await journalOf(
    said('x'),
    said('y'),
    stateOf((snapshot) => (snapshot.seq = 1)),
  );
  expect(await caughtLater(replay(journal, 'p'))).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { seq: 3 } });
});

test('a checkpoint written before the state had a member that it has now is taken', async () => {
  const snapshot = emptySnapshot('p');
  const { remembered: _, ...older } = snapshotToJson(snapshot);
  const { hashOf } = await import('../../../src/main/lib/hash.ts');
  const journal = await journalOf(newEntry('checkpoint', { snapshot: older, hash: hashOf(older) }), said('x'));
  expect((await replay(journal, 'p')).snapshot.remembered).toEqual(new Map());
});

test('a missing entry stops replay and breaks the chain', async () => {
  const journal = await journalOf(said('1'), said('2'), said('3'));
  const holed = seenThrough(journal, (entries) => entries.filter(({ seq }) => seq !== 2));
  expect(await caughtLater(replay(holed, 'p'))).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { seq: 2 } });
  expect(await verifyChain(holed, 'p')).toMatchObject({
    ok: false,
    brokenAt: 3,
    problem: expect.stringContaining('Entry 2 is missing'),
  });
  const beheaded = seenThrough(journal, (entries) => entries.filter(({ seq }) => seq !== 1));
  expect(await verifyChain(beheaded, 'p')).toMatchObject({ ok: false, brokenAt: 2 });
});

test.each<[string, (entry: JournalEntry) => void]>([
  ['body', (entry) => Object.assign(entry.body, { value: 'changed' })],
  ['time', (entry) => void entry.at++],
  ['kind', (entry) => Object.assign(entry, { kind: 'context.deleted' })],
  ['commit name', (entry) => Object.assign(entry, { commit: 'other' })],
  ['epoch', (entry) => void entry.epoch++],
  ['hash', (entry) => Object.assign(entry, { hash: `A${entry.hash.slice(1)}B`.slice(0, 43) })],
  ['process', (entry) => Object.assign(entry, { process: 'q' })],
  ['body, passed off as erased', (entry) => Object.assign(entry, { body: { erased: true } })],
])('a changed %s breaks the chain', async (_what, change) => {
  const journal = await journalOf(said('1'), said('2'), said('3'));
  const changed = seenThrough(journal, (entries) => {
    const second = entries.find(({ seq }) => seq === 2);
    if (second) change(second);
    return entries;
  });
  expect(await verifyChain(changed, 'p')).toMatchObject({ ok: false, brokenAt: 2, entries: 1 });
  expect((await verifyChain(journal, 'p')).ok).toBe(true);
});

test('the first kept entry of a trimmed journal is checked as well', async () => {
  const journal = await journalOf(
    said('1'),
    said('2'),
    stateOf((snapshot) => (snapshot.seq = 2)),
  );
  await journal.trim('p', 1);
  const changed = seenThrough(journal, (entries) => {
    for (const entry of entries) if (entry.seq === 2) Object.assign(entry.body, { value: 'changed' });
    return entries;
  });
  expect(await verifyChain(changed, 'p')).toMatchObject({ ok: false, brokenAt: 2 });
  expect((await verifyChain(journal, 'p')).ok).toBe(true);
});
