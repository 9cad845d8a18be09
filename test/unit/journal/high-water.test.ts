import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HighWaterMark, type HighWaterOptions } from '../../../src/main/journal/high-water.ts';
import { HighWaterFile } from '../../../src/main/journal/high-water-file.ts';
import type { Journal } from '../../../src/main/journal/journal.ts';
import { MemoryJournal } from '../../../src/main/journal/memory-journal.ts';
import { caught } from '../../world/caught.ts';
import { HandClock } from '../../world/hand-clock.ts';
import { checkpointed, fileKinds, said } from '../../world/journals.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';
import { until } from '../../world/until.ts';

async function say(journal: Journal, process: string, ...texts: string[]): Promise<void> {
  await journal.open(process);
  await journal.append({ process, commit: 'say', entries: texts.map((text) => said(text)) }).durable;
}

async function marking(path: string, journal: Journal, options?: HighWaterOptions): Promise<HighWaterMark> {
  const mark = await HighWaterMark.open(path, journal, options);
  onTestFinished(() => mark.close().catch(() => {}));
  return mark;
}

describe.each(fileKinds)('the high-water mark of a $name journal', (kind) => {
  /** Opens journal and mark, does something with them and closes both. */
  async function night(
    folder: string,
    work: (journal: Journal, mark: HighWaterMark) => Promise<void> = async () => {},
  ): Promise<void> {
    const { journal, close } = await kind.open(join(folder, 'data'));
    const mark = await HighWaterMark.open(join(folder, 'journal.hwm'), journal);
    try {
      await work(journal, mark);
    } finally {
      await close();
      await mark.close();
    }
  }
  const copy = (from: string, to: string) => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  };

  test('finds nothing to complain of in a journal that goes on, is trimmed and erased', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal, mark) => {
      expect(mark.marks).toBe('missing');
      await say(journal, 'a', '1', '2', '3');
      await say(journal, 'b', '1');
      await journal.append({ process: 'a', commit: 'note', entries: [checkpointed()] }).durable;
    });
    await night(folder, async (journal, mark) => {
      expect([mark.marks, mark.rolledBack]).toEqual(['sound', []]);
      await journal.trim('a', 3);
      await journal.erase('b', [1]);
    });
    await night(folder, async (journal, mark) => {
      expect(mark.rolledBack).toEqual([]);
      mark.assertWhole('a');
      await say(journal, 'a', '5');
    });
    await night(folder, async (_journal, mark) => expect(mark.rolledBack).toEqual([]));
  });

  test('shows an older copy that was put back, process by process', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal) => {
      await say(journal, 'a', '1', '2');
      await say(journal, 'b', '1');
    });
    copy(join(folder, 'data'), join(folder, 'backup'));
    await night(folder, async (journal) => {
      await say(journal, 'a', '3');
      await say(journal, 'c', '1');
    });
    copy(join(folder, 'backup'), join(folder, 'data'));
    await night(folder, async (_journal, mark) => {
      expect(mark.rolledBack).toMatchObject([
        { process: 'a', what: 'behind', marked: { seq: 3 }, found: { seq: 2 } },
        { process: 'c', what: 'gone', marked: { seq: 1 }, found: { seq: 0 } },
      ]);
      expect(caught(() => mark.assertWhole('a'))).toMatchObject({
        code: 'JOURNAL_ROLLBACK',
        details: { process: 'a', marked: 3, found: 2 },
      });
      mark.assertWhole('b');
    });
  });

  test('stands by what it knows, whatever is written after, until the loss is accepted', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal) => say(journal, 'a', '1', '2'));
    copy(join(folder, 'data'), join(folder, 'backup'));
    await night(folder, async (journal) => say(journal, 'a', '3', '4', '5'));
    copy(join(folder, 'backup'), join(folder, 'data'));
    for (let times = 0; times < 3; times++) {
      await night(folder, async (journal, mark) => {
        expect(mark.rolledBack).toMatchObject([{ process: 'a', marked: { seq: 5 } }]);
        await say(journal, 'a', 'all the same', 'and more');
      });
    }
    await night(folder, async (journal, mark) => {
      expect(mark.rolledBack).toMatchObject([{ what: 'differs', found: { seq: 8 } }]);
      await mark.accept('a');
      expect(mark.rolledBack).toEqual([]);
      await say(journal, 'a', '9');
    });
    await night(folder, async (_journal, mark) => expect(mark.rolledBack).toEqual([]));
  });

  test('goes back to what is there once a person accepts it', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal) => say(journal, 'a', '1', '2'));
    copy(join(folder, 'data'), join(folder, 'backup'));
    await night(folder, async (journal) => say(journal, 'a', '3', '4', '5'));
    await night(folder, async (journal) => say(journal, 'a', '6'));
    copy(join(folder, 'backup'), join(folder, 'data'));
    await night(folder, async (_journal, mark) => {
      expect(mark.rolledBack).toMatchObject([{ process: 'a', marked: { seq: 6 }, found: { seq: 2 } }]);
      await mark.accept('a');
      mark.assertWhole('a');
    });
    await night(folder, async (_journal, mark) => expect(mark.rolledBack).toEqual([]));
  });

  test('is content with a journal that was trimmed past it', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal) => say(journal, 'a', '1', '2'));
    for (const upTo of [2, 3]) {
      const { journal, close } = await kind.open(join(folder, 'data'));
      await say(journal, 'a', 'unmarked');
      await journal.append({ process: 'a', commit: 'note', entries: [checkpointed()] }).durable;
      await journal.trim('a', upTo);
      const mark = await HighWaterMark.open(join(folder, 'journal.hwm'), journal);
      expect(mark.rolledBack, `trimmed up to ${upTo}`).toEqual([]);
      if (upTo === 2) copy(join(folder, 'journal.hwm'), join(folder, 'at-2.hwm'));
      await close();
      await mark.close();
      if (upTo === 2) copy(join(folder, 'at-2.hwm'), join(folder, 'journal.hwm'));
    }
  });

  test('shows a journal that another copy of the folder went on with, longer or not', async () => {
    const folder = scratchFolder();
    const clone = join(folder, 'clone');
    const home = join(folder, 'home');
    mkdirSync(home);
    await night(home, async (journal) => say(journal, 'a', '1'));
    copy(home, clone);
    await night(home, async (journal) => say(journal, 'a', 'at home', '3'));
    await night(clone, async (journal, mark) => {
      expect(mark.rolledBack).toEqual([]);
      await say(journal, 'a', 'elsewhere', '3');
    });
    copy(join(clone, 'data'), join(home, 'data'));
    await night(home, async (_journal, mark) =>
      expect(mark.rolledBack).toMatchObject([{ process: 'a', what: 'differs', found: { seq: 3 } }]),
    );
    await night(clone, async (journal) => say(journal, 'a', '4', '5'));
    copy(join(clone, 'data'), join(home, 'data'));
    await night(home, async (_journal, mark) =>
      expect(mark.rolledBack).toMatchObject([{ process: 'a', what: 'differs', found: { seq: 5 } }]),
    );
  });

  test('says when it is missing, and knows from then on', async () => {
    const folder = scratchFolder();
    await night(folder, async (journal) => say(journal, 'a', '1', '2'));
    rmSync(join(folder, 'journal.hwm'));
    await night(folder, async (_journal, mark) => expect([mark.marks, mark.rolledBack]).toEqual(['missing', []]));
    await night(folder, async (_journal, mark) => expect(mark.marks).toBe('sound'));
    rmSync(join(folder, 'data'), { recursive: true });
    await night(folder, async (_journal, mark) =>
      expect(mark.rolledBack).toMatchObject([{ process: 'a', what: 'gone' }]),
    );
  });
});

test('a mark is written at most once in its interval, and holds what was durable then', async () => {
  const path = join(scratchFolder(), 'journal.hwm');
  const clock = new HandClock();
  const journal = new MemoryJournal(clock);
  await say(journal, 'a', 'before');
  await marking(path, journal, { clock });
  const marked = () => {
    const file = new HighWaterFile(path);
    file.close();
    return file.marks.get('a')?.seq;
  };
  expect(marked()).toBe(1);
  for (let times = 0; times < 50; times++) await say(journal, 'a', 'more');
  await clock.advance(99);
  expect(marked()).toBe(1);
  await clock.advance(1);
  await until(() => marked() === 51);
  await say(journal, 'a', 'last');
  expect(marked()).toBe(51);
  await until(async () => {
    await clock.advance(100);
    return marked() === 52;
  });
});

test('many processes are marked and found again', async () => {
  const path = join(scratchFolder(), 'journal.hwm');
  const journal = new MemoryJournal();
  const names = Array.from({ length: 3_000 }, (_, index) => `process-${index}-${'x'.repeat(index % 45)}`);
  await Promise.all(names.map((name) => say(journal, name, 'hello')));
  await (await HighWaterMark.open(path, journal)).close();
  const mark = await HighWaterMark.open(path, journal);
  await say(journal, names[1_234] as string, 'again');
  await mark.close();
  const file = new HighWaterFile(path);
  file.close();
  expect([file.state, file.marks.size, file.marks.get(names[1_234] as string)?.seq]).toEqual(['sound', 3_000, 2]);
  const other = new MemoryJournal();
  await Promise.all(names.filter((_, index) => index % 1_000 !== 7).map((name) => say(other, name, 'hello')));
  const lost = await HighWaterMark.open(path, other);
  await lost.close();
  expect(lost.rolledBack.filter(({ what }) => what === 'gone').map(({ process }) => process)).toEqual([
    names[7],
    names[1_007],
    names[2_007],
  ]);
});

test('of each mark the one before is kept until the next is written', async () => {
  const path = join(scratchFolder(), 'journal.hwm');
  const file = new HighWaterFile(path);
  for (const seq of [1, 2, 3]) await file.write(new Map([['a', { seq, hash: `hash ${seq}` }]]));
  file.close();
  const whole = readFileSync(path);
  const found = [128, 4_096 + 128].map((at) => {
    writeFileSync(path, Buffer.from(whole).fill(0, at, at + 128));
    const damaged = new HighWaterFile(path);
    damaged.close();
    return damaged.marks.get('a')?.seq;
  });
  expect(found.sort()).toEqual([2, 3]);
});

describe('a damaged file of marks', () => {
  /** A file in which both copies of each record have been written, and the journal it belongs to. */
  async function made(): Promise<{ path: string; whole: Buffer; journal: MemoryJournal }> {
    const path = join(scratchFolder(), 'journal.hwm');
    const journal = new MemoryJournal();
    const names = Array.from({ length: 40 }, (_, index) => `process-${index}`);
    for (let times = 0; times < 3; times++) {
      const mark = await HighWaterMark.open(path, journal);
      for (const name of names) await say(journal, name, 'words');
      await mark.close();
    }
    return { path, whole: readFileSync(path), journal };
  }

  test('raises no false alarm, wherever a byte is changed, and still knows the mark before', async () => {
    const { path, whole, journal } = await made();
    for (let at = 3; at < whole.length; at += 331) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      writeFileSync(path, damaged);
      const file = new HighWaterFile(path);
      file.close();
      expect(file.marks.size, `byte ${at}`).toBe(40);
      for (const { seq } of file.marks.values()) expect([2, 3]).toContain(seq);
      const mark = await HighWaterMark.open(path, journal);
      await mark.close();
      expect(mark.rolledBack, `byte ${at}`).toEqual([]);
    }
  });

  test('says so when a mark is lost altogether, and has it again after', async () => {
    const { path, whole, journal } = await made();
    const size = statSync(path).size;
    const damages: ((path: string) => void)[] = [
      (file) => truncateSync(file, 4_096),
      (file) => truncateSync(file, size - 9_000),
      (file) => writeFileSync(file, Buffer.alloc(size)),
      (file) => writeFileSync(file, Buffer.from(whole).fill(0, 0, 128).fill(0, 4_096, 4_224)),
      (file) => writeFileSync(file, Buffer.from(whole).fill(7, 640, 768).fill(7, 4_736, 4_864)),
    ];
    for (const [index, damage] of damages.entries()) {
      writeFileSync(path, whole);
      damage(path);
      const mark = await HighWaterMark.open(path, journal);
      await mark.close();
      expect([mark.marks, mark.rolledBack], `damage ${index}`).toEqual(['damaged', []]);
      const file = new HighWaterFile(path);
      file.close();
      expect([file.state, file.marks.size], `damage ${index}`).toEqual(['sound', 40]);
      for (const { seq } of file.marks.values()) expect(seq).toBe(3);
    }
  });

  test('an empty file counts as none', async () => {
    const { path, journal } = await made();
    truncateSync(path, 0);
    const mark = await HighWaterMark.open(path, journal);
    await mark.close();
    expect(mark.marks).toBe('missing');
  });
});
