import { describe, expect, onTestFinished, test } from 'vitest';
import type { Journal, ReadRange } from '../../src/main/journal/journal.ts';
import { verifyChain } from '../../src/main/journal/replay.ts';
import type { EntryKind, JournalEntry } from '../../src/shared/entries/journal-entries.ts';
import { caught, caughtLater } from '../world/caught.ts';
import { draws } from '../world/draws.ts';
import { HandClock } from '../world/hand-clock.ts';
import { checkpointed, type JournalKind, journalKinds, keptKinds, newEntry, said, sayings } from '../world/journals.ts';
import { scratchFolder } from '../world/scratch-folder.ts';

async function opened(kind: JournalKind, clock?: HandClock): Promise<Journal> {
  const { journal, close } = await kind.open(scratchFolder(), clock ? { clock } : {});
  onTestFinished(close);
  return journal;
}

/** Appends batches of one entry each, all in one turn. */
async function say(journal: Journal, process: string, texts: readonly string[]): Promise<void> {
  await journal.open(process);
  await Promise.all(texts.map((text) => journal.append({ process, commit: 'say', entries: [said(text)] }).durable));
}

const letters = (count: number) => Array.from({ length: count }, (_, index) => `text ${index + 1}`);

describe.each(journalKinds)('a $name journal', (kind) => {
  test('numbers the entries of each process from 1 without holes, in the order they were appended', async () => {
    const journal = await opened(kind);
    expect(await journal.open('a')).toEqual({ seq: 0, hash: '' });
    await journal.open('b');
    const first = journal.append({ process: 'a', commit: 'one', entries: [said('1'), said('2')] });
    const other = journal.append({ process: 'b', commit: 'one', entries: [said('b1')] });
    const second = journal.append({ process: 'a', commit: 'two', entries: [said('3')] });
    expect([...first.entries, ...second.entries].map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(other.entries[0]?.seq).toBe(1);
    await Promise.all([first.durable, other.durable, second.durable]);
    expect(sayings(await journal.read('a'))).toEqual(['1', '2', '3']);
    expect(await journal.open('a')).toEqual({ seq: 3, hash: second.entries[0]?.hash });
  });

  test('gives back each entry as it was shown when it was appended', async () => {
    const clock = new HandClock();
    const journal = await opened(kind, clock);
    await journal.open('odd');
    const texts = [
      'plain',
      'line\nbreak',
      '"quotes\\',
      'nul\0',
      'é ü 漢 🦊',
      '\ud800',
      '],"bodies":[',
      '',
      'x'.repeat(3 << 20),
    ];
    const shown: JournalEntry[] = [];
    for (const [index, text] of texts.entries()) {
      await clock.advance(1_000);
      const { entries, durable } = journal.append({
        process: 'odd',
        commit: `say-${index}`,
        epoch: index,
        entries: [said(text, `key ${text}`.slice(0, 100))],
      });
      shown.push(...entries);
      await durable;
    }
    expect(shown.map(({ at }) => at)).toEqual(
      texts.map((_, index) => clock.now() - 1_000 * (texts.length - 1 - index)),
    );
    expect(await journal.read('odd')).toEqual(shown);
    expect(await verifyChain(journal, 'odd')).toEqual({
      ok: true,
      entries: texts.length,
      brokenAt: null,
      problem: null,
    });
  });

  test('shows nobody a batch before it is durable', async () => {
    const journal = await opened(kind);
    await journal.open('a');
    const { durable } = journal.append({ process: 'a', commit: 'say', entries: [said('soon')] });
    expect(await journal.read('a')).toEqual([]);
    await durable;
    expect(sayings(await journal.read('a'))).toEqual(['soon']);
  });

  test('makes what was appended in one turn durable in its order, with one call to those who listen', async () => {
    const journal = await opened(kind);
    const heard: unknown[][] = [];
    const told: string[] = [];
    const stop = journal.onDurable((entries) => heard.push(sayings(entries)));
    for (const process of ['a', 'b']) await journal.open(process);
    const texts = ['a1', 'b1', 'a2', 'a3', 'b2'];
    await Promise.all(
      texts.map(async (text) => {
        await journal.append({ process: text.charAt(0), commit: 'say', entries: [said(text)] }).durable;
        told.push(text);
      }),
    );
    expect(heard).toEqual([texts]);
    expect(told).toEqual(texts);
    stop();
    await say(journal, 'a', ['unheard']);
    expect(heard).toHaveLength(1);
  });

  test('reads any range in either direction, of all kinds or of some', async () => {
    const journal = await opened(kind);
    const chance = draws();
    const kinds: EntryKind[] = ['context.set', 'context.deleted', 'process.recovered', 'outbox.delivered'];
    for (const process of ['a', 'b']) await journal.open(process);
    const written: Promise<void>[] = [];
    for (let batch = 0; batch < 120; batch++) {
      const entries = letters(chance.int(1, 5)).map((text) =>
        newEntry(chance.one(kinds.slice(0, 3)), { text: text.repeat(chance.int(1, 60)) }),
      );
      written.push(journal.append({ process: chance.one(['a', 'b']), commit: 'write', entries }).durable);
      if (chance.chance(0.2)) await new Promise(setImmediate);
    }
    await Promise.all(written);
    for (const process of ['a', 'b']) {
      const all = await journal.read(process);
      expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
      for (let question = 0; question < 60; question++) {
        const range: ReadRange = { order: chance.one(['asc', 'desc']) };
        if (chance.chance(0.7)) range.after = chance.int(0, all.length + 2);
        if (chance.chance(0.7)) range.limit = chance.int(0, all.length + 1);
        if (chance.chance(0.5)) range.kinds = kinds.filter(() => chance.chance(0.5));
        expect(await journal.read(process, range), `${chance.label} ${JSON.stringify(range)}`).toEqual(
          naively(all, range),
        );
      }
    }
    expect(await journal.read('nobody')).toEqual([]);
  });

  test('refuses a key that was appended before, at once and without harm', async () => {
    const journal = await opened(kind);
    await journal.open('a');
    await journal.open('b');
    const append = (process: string, ...keys: string[]) =>
      journal.append({ process, commit: 'say', entries: keys.map((key) => said(key, key)) });
    const first = append('a', 'k1', 'k2');
    expect(await journal.find('a', 'k2'), 'not durable yet').toBe(2);
    expect(caught(() => append('a', 'k3', 'k1'))).toMatchObject({ code: 'JOURNAL_KEY_TAKEN', details: { seq: 1 } });
    await first.durable;
    expect(await journal.find('a', 'k2'), 'durable').toBe(2);
    expect(caught(() => append('a', 'k2')).code).toBe('JOURNAL_KEY_TAKEN');
    expect(caught(() => append('a', 'k4', 'k4')).code).toBe('JOURNAL_KEY_TAKEN');
    await append('b', 'k1').durable;
    await append('a', 'k3').durable;
    expect(await journal.find('a', 'k3')).toBe(3);
    expect(await journal.find('a', 'k4')).toBeUndefined();
    expect(await journal.find('nobody', 'k1')).toBeUndefined();
    expect((await verifyChain(journal, 'a')).entries).toBe(3);
  });

  test('knows the last checkpoint', async () => {
    const journal = await opened(kind);
    await say(journal, 'a', letters(3));
    expect(await journal.lastCheckpoint('a')).toBeUndefined();
    for (const snapshot of [{ n: 1 }, { n: 2 }]) {
      await journal.append({
        process: 'a',
        commit: 'note',
        entries: [said('x'), newEntry('checkpoint', { snapshot, hash: 'h' }), said('y')],
      }).durable;
    }
    expect(await journal.lastCheckpoint('a')).toMatchObject({
      seq: 8,
      kind: 'checkpoint',
      body: { snapshot: { n: 2 } },
    });
    expect(await journal.lastCheckpoint('nobody')).toBeUndefined();
  });

  test('names the processes that have entries', async () => {
    const journal = await opened(kind);
    for (const process of ['b', '@node', 'a', 'Only-opened']) await journal.open(process);
    for (const process of ['b', '@node', 'a']) await say(journal, process, ['hello']);
    expect((await journal.processes()).sort()).toEqual(['@node', 'a', 'b']);
  });

  test('trims only what a checkpoint comes after', async () => {
    const journal = await opened(kind);
    await say(journal, 'a', letters(5));
    expect(await caughtLater(journal.trim('a', 3))).toMatchObject({ code: 'REQUEST_INVALID' });
    await journal.append({ process: 'a', commit: 'note', entries: [checkpointed()] }).durable;
    expect(await caughtLater(journal.trim('a', 6))).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('up to entry 5'),
    });
    expect(await journal.read('a')).toHaveLength(6);
  });

  test('drops trimmed entries, and keeps numbers, chain and keys', async () => {
    const journal = await opened(kind);
    await journal.open('a');
    const { entries, durable } = journal.append({
      process: 'a',
      commit: 'say',
      entries: letters(4).map((text) => said(text, text)),
    });
    await durable;
    await say(journal, 'a', letters(2_500));
    await journal.append({ process: 'a', commit: 'note', entries: [checkpointed()] }).durable;
    await say(journal, 'b', ['untouched']);
    expect(await journal.trim('a', 2)).toBe(2);
    expect(await journal.base('a')).toEqual({ seq: 2, hash: entries[1]?.hash });
    expect(await journal.trim('a', 2_400)).toBe(2_398);
    expect(await journal.trim('a', 100)).toBe(0);
    expect((await journal.read('a', { limit: 1 }))[0]?.seq).toBe(2_401);
    expect(await journal.read('a', { order: 'desc', after: 2_402 })).toHaveLength(1);
    expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 105 });
    expect(await journal.find('a', 'text 3')).toBe(3);
    expect(caught(() => journal.append({ process: 'a', commit: 'say', entries: [said('again', 'text 1')] })).code).toBe(
      'JOURNAL_KEY_TAKEN',
    );
    const next = journal.append({ process: 'a', commit: 'say', entries: [said('next')] });
    expect(next.entries[0]?.seq).toBe(2_506);
    await next.durable;
    expect(sayings(await journal.read('b'))).toEqual(['untouched']);
    expect(await journal.base('b')).toEqual({ seq: 0, hash: '' });
    expect(await journal.check()).toEqual([]);
  });

  test('goes on appending while it trims', async () => {
    const journal = await opened(kind);
    await say(journal, 'a', letters(5_000));
    await journal.append({ process: 'a', commit: 'note', entries: [checkpointed()] }).durable;
    let isTrimmed = false;
    const trimming = journal.trim('a', 4_900).finally(() => (isTrimmed = true));
    let appended = 0;
    while (!isTrimmed || appended < 10) {
      await say(journal, 'a', ['meanwhile']);
      appended++;
    }
    await trimming;
    expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 101 + appended });
  });

  test('erases single bodies and keeps the chain whole', async () => {
    const journal = await opened(kind);
    await say(journal, 'a', letters(6));
    const before = await journal.read('a');
    await journal.erase('a', [2, 5, 99]);
    await journal.erase('a', [2]);
    await say(journal, 'a', ['after']);
    const after = await journal.read('a');
    expect(after.map(({ hash }) => hash).slice(0, 6)).toEqual(before.map(({ hash }) => hash));
    expect(sayings(after)).toEqual(['text 1', undefined, 'text 3', 'text 4', undefined, 'text 6', 'after']);
    expect(after[1]?.body).toEqual({ erased: true, hash: expect.any(String) });
    expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 7 });
    expect(await journal.check()).toEqual([]);
  });

  test('refuses to write a stream that was not opened', async () => {
    const journal = await opened(kind);
    expect(caught(() => journal.append({ process: 'a', commit: 'say', entries: [said('x')] }))).toMatchObject({
      code: 'INTERNAL',
    });
  });

  test('G26: takes nothing of an earlier ownership, be it known by a fence or by an entry', async () => {
    const journal = await opened(kind);
    await journal.open('a');
    const append = (epoch: number) =>
      journal.append({ process: 'a', commit: 'say', epoch, entries: [said(`${epoch}`)] });
    const before = append(3);
    await journal.fence('a', 7);
    await before.durable;
    expect(await journal.epochOf('a')).toBe(7);
    await append(7).durable;
    await append(9).durable;
    let refused = 0;
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const thrown = caught(() => append(attempt % 9));
      if (thrown.code === 'STALE_EPOCH') refused++;
    }
    expect(refused).toBe(10_000);
    expect(sayings(await journal.read('a'))).toEqual(['3', '7', '9']);
    expect(await caughtLater(journal.fence('a', 8))).toMatchObject({ code: 'STALE_EPOCH', details: { known: 9 } });
    await journal.fence('a', 9);
    expect(await journal.epochOf('somebody else')).toBe(0);
  });

  test('can fence a process that has no entry, and does not name it among those that have', async () => {
    const journal = await opened(kind);
    await journal.fence('a', 4);
    expect(await journal.processes()).toEqual([]);
    expect(await journal.open('a')).toEqual({ seq: 0, hash: '' });
    expect(caught(() => journal.append({ process: 'a', commit: 'say', entries: [said('x')] })).code).toBe(
      'STALE_EPOCH',
    );
    await journal.append({ process: 'a', commit: 'say', epoch: 4, entries: [said('x')] }).durable;
    expect(await journal.check()).toEqual([]);
  });

  test('makes durable what came before its close, and refuses what comes after', async () => {
    const { journal, close } = await kind.open(scratchFolder());
    const heard: unknown[] = [];
    journal.onDurable((entries) => heard.push(...sayings(entries)));
    await journal.open('a');
    const { durable } = journal.append({ process: 'a', commit: 'say', entries: [said('before')] });
    const closing = close();
    expect(caught(() => journal.append({ process: 'a', commit: 'say', entries: [said('after')] })).code).toBe(
      'JOURNAL_CLOSED',
    );
    await durable;
    await closing;
    expect(heard).toEqual(['before']);
  });
});

describe.each(keptKinds)('a $name journal that is opened again', (kind) => {
  test('has everything it had', async () => {
    const folder = scratchFolder();
    const reopen = async (change: (journal: Journal) => Promise<void>) => {
      const { journal, close } = await kind.open(folder);
      await journal.open('a');
      await change(journal);
      await close();
    };
    let before: JournalEntry[] = [];
    await reopen(async (journal) => {
      await say(journal, 'b', letters(300));
      for (let turn = 0; turn < 40; turn++) {
        const entries = letters(3).map((text) => said(`${turn} ${text} ${'pad '.repeat(100)}`, `${turn}/${text}`));
        await journal.append({ process: 'a', commit: 'say', entries: [...entries, checkpointed()] }).durable;
      }
      await journal.erase('a', [70, 150]);
      await journal.trim('a', 61);
      before = await journal.read('a');
    });
    for (let round = 0; round < 2; round++) {
      await reopen(async (journal) => {
        expect(await journal.read('a')).toEqual(before);
        expect(await journal.base('a')).toMatchObject({ seq: 61 });
        expect((await journal.lastCheckpoint('a'))?.seq).toBe(160);
        expect(await journal.find('a', '2/text 3'), 'a trimmed one').toBe(11);
        expect(await journal.find('a', '39/text 1')).toBe(157);
        expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 99 });
        expect(await verifyChain(journal, 'b')).toMatchObject({ ok: true, entries: 300 });
        expect(await journal.check()).toEqual([]);
      });
    }
    await reopen(async (journal) => {
      const { entries } = journal.append({ process: 'a', commit: 'say', entries: [said('on and on')] });
      expect(entries[0]?.seq).toBe(161);
    });
    await reopen(async (journal) => {
      expect(await journal.read('a', { after: 160 })).toHaveLength(1);
      expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 100 });
    });
  });
});

describe.each(keptKinds)('a $name journal that was fenced and is opened again', (kind) => {
  test('still refuses what it refused', async () => {
    const folder = scratchFolder();
    const first = await kind.open(folder);
    await first.journal.open('by an entry');
    await first.journal.append({ process: 'by an entry', commit: 'say', epoch: 5, entries: [said('x')] }).durable;
    await first.journal.fence('by a fence', 6);
    await say(first.journal, 'unowned', letters(400));
    await first.journal.append({ process: 'unowned', commit: 'note', entries: [checkpointed()] }).durable;
    await first.journal.trim('unowned', 400);
    await first.close();
    const again = await kind.open(folder);
    onTestFinished(again.close);
    for (const [process, known] of [['by an entry', 5] as const, ['by a fence', 6] as const]) {
      await again.journal.open(process);
      const late = () => again.journal.append({ process, commit: 'say', epoch: known - 1, entries: [said('late')] });
      expect(caught(late), process).toMatchObject({ code: 'STALE_EPOCH', details: { known } });
    }
    expect(await again.journal.epochOf('unowned')).toBe(0);
  });
});

function naively(
  all: readonly JournalEntry[],
  { after, order = 'asc', kinds, limit = 1e9 }: ReadRange,
): JournalEntry[] {
  const ordered = order === 'asc' ? all : all.toReversed();
  const isIn = ({ seq }: JournalEntry) => after === undefined || (order === 'asc' ? seq > after : seq < after);
  return ordered.filter((entry) => isIn(entry) && (!kinds || kinds.includes(entry.kind))).slice(0, limit);
}
