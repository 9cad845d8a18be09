import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeDisk, type SegmentDisk } from '../../../src/main/journal/jsonl/segment.ts';
import { JsonlJournal, type JsonlJournalOptions } from '../../../src/main/journal/jsonl-journal.ts';
import { verifyChain } from '../../../src/main/journal/replay.ts';
import { caughtLater } from '../../world/caught.ts';
import { checkpointed, diskFull, said, sayings } from '../../world/journals.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const file = (folder: string, number = 1) => join(folder, `journal-00000${number}.jsonl`);

async function opened(folder: string, options: JsonlJournalOptions = {}): Promise<JsonlJournal> {
  const journal = await JsonlJournal.open(folder, options);
  onTestFinished(() => journal.close());
  for (const process of ['a', 'b']) await journal.open(process);
  return journal;
}

function say(journal: JsonlJournal, process: string, ...texts: string[]): Promise<unknown> {
  return Promise.all(
    texts.map((text) => journal.append({ process, commit: 'say', entries: [said(text, text)] }).durable),
  );
}

/** A folder that holds one file with these groups of texts, each group in one sync. */
async function written(...groups: string[][]): Promise<string> {
  const folder = scratchFolder();
  const journal = await JsonlJournal.open(folder);
  for (const process of ['a', 'b']) await journal.open(process);
  for (const [index, texts] of groups.entries()) await say(journal, index % 2 === 0 ? 'a' : 'b', ...texts);
  await journal.close();
  return folder;
}

async function all(journal: JsonlJournal): Promise<unknown[]> {
  return [...sayings(await journal.read('a')), ...sayings(await journal.read('b'))];
}

/** A disk that does as told. */
function fickleDisk(): SegmentDisk & { fails: Partial<Record<'write' | 'sync' | 'truncate', Error>>; syncs: number } {
  return {
    fails: {},
    syncs: 0,
    write(...args) {
      if (this.fails.write) throw this.fails.write;
      return nodeDisk.write(...args);
    },
    sync(fd) {
      this.syncs++;
      if (this.fails.sync) throw this.fails.sync;
      nodeDisk.sync(fd);
    },
    truncate(...args) {
      if (this.fails.truncate) throw this.fails.truncate;
      nodeDisk.truncate(...args);
    },
  };
}

test('every line is JSON, holds one batch, and is made durable with its whole group by one sync', async () => {
  const folder = scratchFolder();
  const disk = fickleDisk();
  const journal = await opened(folder, { disk });
  const before = disk.syncs;
  await Promise.all([say(journal, 'a', 'a1', 'a2'), say(journal, 'b', 'b1')]);
  expect(disk.syncs - before).toBe(1);
  await journal.append({ process: 'a', commit: 'more', entries: [said('a3'), said('a4')] }).durable;
  expect(disk.syncs - before).toBe(2);
  await journal.close();
  const lines = readFileSync(file(folder), 'utf8').split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { process: 'a', first: 1, commit: 'say', group: 0, bodies: [{ value: 'a1' }] },
    { process: 'a', first: 2, commit: 'say', group: 0, bodies: [{ value: 'a2' }] },
    { process: 'b', first: 1, commit: 'say', group: 0, bodies: [{ value: 'b1' }] },
    { process: 'a', first: 3, commit: 'more', group: expect.any(Number), bodies: [{ value: 'a3' }, { value: 'a4' }] },
  ]);
});

test('a tail torn at any byte is cut off and told, and all before it is there', async () => {
  const folder = await written(['a1', 'a2'], ['b1', 'b2']);
  const whole = readFileSync(file(folder));
  const [first, second, third] = [...whole.toString()].flatMap((letter, at) => (letter === '\n' ? [at + 1] : [])) as [
    number,
    number,
    number,
  ];
  for (let cut = second + 1; cut < whole.length; cut += 7) {
    writeFileSync(file(folder), whole.subarray(0, cut));
    const told: unknown[] = [];
    const journal = await JsonlJournal.open(folder, { log: (_message, details) => told.push(details) });
    const kept = cut >= third ? third : second;
    if (cut === third) expect(journal.tornTail).toBeUndefined();
    else expect(journal.tornTail).toEqual({ segment: 'journal-000001.jsonl', byte: kept, bytes: cut - kept });
    expect(told).toEqual(cut === third ? [] : [{ folder, ...journal.tornTail }]);
    expect(await all(journal)).toEqual(cut >= third ? ['a1', 'a2', 'b1'] : ['a1', 'a2']);
    await journal.open('b');
    await say(journal, 'b', 'b2');
    expect(await verifyChain(journal, 'b')).toMatchObject({ ok: true });
    await journal.close();
  }
  expect(first).toBeLessThan(second);
});

test('of a group that the disk kept only in part, the part behind a gap is cut off as well', async () => {
  const folder = await written(['a1'], ['b1', 'b2', 'b3']);
  const whole = readFileSync(file(folder));
  const b2 = whole.indexOf('"b2"');
  whole.fill(0, b2 - 40, b2 + 40);
  writeFileSync(file(folder), whole);
  const journal = await opened(folder);
  expect(await all(journal)).toEqual(['a1', 'b1']);
  expect(journal.tornTail).toBeDefined();
  // Room that was never written to is no damage, wherever it stands in the group.
  await say(journal, 'b', 'b2', 'b3');
  await journal.close();
  const again = readFileSync(file(folder));
  again.fill('\n', again.indexOf('\n', again.indexOf('"b1"')) + 1, again.indexOf('\n', again.indexOf('"b2"')) + 1);
  writeFileSync(file(folder), again);
  expect(await all(await opened(folder))).toEqual(['a1', 'b1']);
});

test('a bad line before a later sync is damage, named by segment, line and byte', async () => {
  const folder = await written(['a1', 'a2'], ['b1']);
  const whole = readFileSync(file(folder));
  const start = whole.indexOf('\n') + 1;
  whole[whole.indexOf('"a2"') + 1] = 0x78;
  writeFileSync(file(folder), whole);
  expect(await caughtLater(JsonlJournal.open(folder))).toMatchObject({
    code: 'JOURNAL_CORRUPT',
    message: expect.stringContaining(`journal-000001.jsonl is damaged at line 2 (byte ${start})`),
    details: { segment: 'journal-000001.jsonl', line: 2, byte: start },
  });
});

test('a bad last line of an earlier segment is damage', async () => {
  const folder = scratchFolder();
  const journal = await opened(folder, { segmentBytes: 600 });
  for (let index = 0; index < 8; index++) await say(journal, 'a', `text ${index}`);
  await journal.close();
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  expect(files.length).toBeGreaterThan(2);
  const path = file(folder, 2);
  const whole = readFileSync(path);
  truncateSync(path, statSync(path).size - 5);
  expect(await caughtLater(JsonlJournal.open(folder))).toMatchObject({
    code: 'JOURNAL_CORRUPT',
    details: { segment: 'journal-000002.jsonl' },
  });
  rmSync(path);
  expect(await caughtLater(JsonlJournal.open(folder))).toMatchObject({
    code: 'JOURNAL_CORRUPT',
    message: expect.stringContaining('journal-000002.jsonl is missing'),
  });
  writeFileSync(path, whole);
  expect(await all(await opened(folder))).toHaveLength(8);
});

test('lines that are sound but do not fit together are damage', async () => {
  const folder = await written(['a1', 'a2', 'a3']);
  const lines = readFileSync(file(folder), 'utf8').split('\n');
  writeFileSync(file(folder), `${lines[0]}\n${lines[2]}\n`);
  expect(await caughtLater(JsonlJournal.open(folder))).toMatchObject({
    code: 'JOURNAL_CORRUPT',
    message: expect.stringContaining('Entry 2 of "a" is missing'),
  });
});

test('a folder has one journal at a time, also across programs', async () => {
  const folder = await written(['a1']);
  const journal = await opened(folder);
  expect(await caughtLater(JsonlJournal.open(folder))).toMatchObject({ code: 'HOST_ALREADY_RUNNING' });
  const script = `
    const { JsonlJournal } = await import(${JSON.stringify(new URL('../../../src/main/journal/jsonl-journal.ts', import.meta.url).href)});
    console.log(await JsonlJournal.open(${JSON.stringify(folder)}).then(() => 'opened', (refusal) => refusal.code));`;
  const elsewhere = () =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
  expect(elsewhere()).toBe('HOST_ALREADY_RUNNING');
  await journal.close();
  expect(elsewhere()).toBe('opened');
});

test('a damaged lock file keeps nobody out', async () => {
  const folder = await written(['a1']);
  writeFileSync(join(folder, 'lock'), 'not a database at all, but long enough to look at'.repeat(100));
  expect(await all(await opened(folder))).toEqual(['a1']);
});

test.each(['write', 'sync'] as const)(
  'when a %s fails nothing of the group stays, and work resumes by itself',
  async (step) => {
    const folder = scratchFolder();
    const disk = fickleDisk();
    const journal = await opened(folder, { disk });
    await say(journal, 'a', 'a1');
    disk.fails[step] = diskFull();
    expect(await caughtLater(say(journal, 'a', 'a2', 'a3'))).toMatchObject({ code: 'DISK_FULL' });
    disk.fails = {};
    await journal.open('a');
    expect(await all(journal)).toEqual(['a1']);
    await say(journal, 'a', 'a4');
    await journal.close();
    const again = await opened(folder);
    expect(again.tornTail).toBeUndefined();
    expect(await all(again)).toEqual(['a1', 'a4']);
  },
);

test('while what a failed write left cannot be cut off, nothing is written behind it', async () => {
  const folder = scratchFolder();
  const disk = fickleDisk();
  const journal = await opened(folder, { disk });
  await say(journal, 'a', 'a1');
  disk.fails = { sync: diskFull(), truncate: diskFull() };
  await caughtLater(say(journal, 'a', 'unheard'));
  disk.fails = { truncate: diskFull() };
  await journal.open('a');
  expect(await caughtLater(say(journal, 'a', 'a2'))).toMatchObject({ code: 'DISK_FULL' });
  expect(readFileSync(file(folder), 'utf8')).toContain('unheard');
  disk.fails = {};
  await journal.open('a');
  await say(journal, 'a', 'a3');
  expect(readFileSync(file(folder), 'utf8')).not.toContain('unheard');
  expect(await all(journal)).toEqual(['a1', 'a3']);
});

test('an erased text and a trimmed half are gone from the files, and keys and the rest stay', async () => {
  const folder = scratchFolder();
  const journal = await opened(folder, { segmentBytes: 8_000 });
  for (let index = 0; index < 60; index++)
    await say(journal, index % 3 === 0 ? 'b' : 'a', `${index} ${'pad '.repeat(60)}`);
  await journal.append({ process: 'a', commit: 'note', entries: [said('private words'), checkpointed()] }).durable;
  const text = () =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  await journal.erase('a', [41]);
  expect(text()).not.toContain('private words');
  const before = text().length;
  await journal.trim('a', 40);
  expect(text().length).toBeLessThan(before * 0.8);
  await journal.close();

  writeFileSync(join(folder, 'journal-000001.jsonl.new'), 'what a crash left of a rewrite');
  const again = await opened(folder, { segmentBytes: 8_000 });
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  expect(await verifyChain(again, 'a')).toMatchObject({ ok: true, entries: 2 });
  expect(await verifyChain(again, 'b')).toMatchObject({ ok: true, entries: 20 });
  for (let index = 0; index < 60; index++) {
    expect(await again.find(index % 3 === 0 ? 'b' : 'a', `${index} ${'pad '.repeat(60)}`)).toBe(
      index % 3 === 0 ? index / 3 + 1 : index - Math.floor(index / 3),
    );
  }
  expect(await again.check()).toEqual([]);
});

test('erasing is cheap, whatever stands around it: it writes the lines it concerns, and starts no new file', async () => {
  const folder = scratchFolder();
  let writtenBytes = 0;
  const disk: SegmentDisk = {
    ...nodeDisk,
    write(fd, bytes, from, length, position) {
      writtenBytes += length;
      return nodeDisk.write(fd, bytes, from, length, position);
    },
  };
  const journal = await opened(folder, { disk, segmentBytes: 200_000 });
  for (let index = 1; index <= 1_000; index++) await say(journal, 'a', `${index} ${'pad '.repeat(200)}`);
  const files = readdirSync(folder).length;
  writtenBytes = 0;
  for (const seq of [3, 500, 1_000]) await journal.erase('a', [seq]);
  expect(writtenBytes).toBeLessThan(300_000);
  expect(readdirSync(folder)).toHaveLength(files);
  expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 1_000 });
  // Half of a file that was erased is given back.
  const sizeBefore = statSync(file(folder)).size;
  await journal.erase(
    'a',
    Array.from({ length: 150 }, (_, index) => index + 1),
  );
  expect(statSync(file(folder)).size).toBeLessThan(sizeBefore / 2);
  expect(await verifyChain(journal, 'a')).toMatchObject({ ok: true, entries: 1_000 });
  await journal.close();
  const again = await opened(folder);
  expect(await verifyChain(again, 'a')).toMatchObject({ ok: true, entries: 1_000 });
  expect(sayings(await again.read('a', { after: 998 }))).toEqual([`999 ${'pad '.repeat(200)}`, undefined]);
  expect(await again.open('a')).toMatchObject({ seq: 1_000 });
});

test.each(['nothing', 'the first bytes', 'half a line'] as const)(
  'when a crash lets an erasure overwrite %s of what stood before, the start does the rest',
  async (done) => {
    const folder = scratchFolder();
    let isDown = false;
    const disk: SegmentDisk = {
      ...nodeDisk,
      write(fd, bytes, from, length, position) {
        const isBlank = bytes[from] === 0x20;
        if (isBlank && done === 'nothing') throw diskFull();
        if (isBlank && length > 1 && isDown) throw diskFull();
        if (!isBlank || length === 1) return nodeDisk.write(fd, bytes, from, length, position);
        isDown = true;
        return nodeDisk.write(fd, bytes, from, done === 'half a line' ? length >> 1 : 0, position);
      },
    };
    const journal = await opened(folder, { disk });
    await say(journal, 'a', 'a1');
    const secret = `secret words ${'and more '.repeat(500)} secret words`;
    await journal.append({ process: 'a', commit: 'say', entries: [said(secret)] }).durable;
    await Promise.all([say(journal, 'a', 'a3'), say(journal, 'b', 'b1')]);
    expect(await caughtLater(journal.erase('a', [2]))).toMatchObject({ code: 'DISK_FULL' });
    const asKilled = scratchFolder();
    copyFileSync(file(folder), file(asKilled));
    expect(readFileSync(file(asKilled), 'utf8')).toContain('secret words');
    for (let start = 0; start < 2; start++) {
      const again = await JsonlJournal.open(asKilled);
      expect(readFileSync(file(asKilled), 'utf8')).not.toContain('secret words');
      expect(await all(again)).toEqual(['a1', undefined, 'a3', 'b1']);
      expect(await verifyChain(again, 'a')).toMatchObject({ ok: true, entries: 3 });
      expect(await again.check()).toEqual([]);
      await again.close();
    }
  },
);

test('damage that comes while it is open is told by the chain and by a check', async () => {
  const folder = scratchFolder();
  const journal = await opened(folder);
  await say(journal, 'a', 'a1', 'a2');
  await say(journal, 'b', 'b1');
  const whole = readFileSync(file(folder));
  whole[whole.lastIndexOf('"a2"') + 2] = 0x39;
  writeFileSync(file(folder), whole);
  expect(await verifyChain(journal, 'a')).toMatchObject({ ok: false, brokenAt: 2 });
  expect(sayings(await journal.read('b'))).toEqual(['b1']);
  expect(await journal.check()).toEqual([expect.stringContaining('damaged at line 2')]);
});

test('what is cut off is gone from the file at once, so that it is told once', async () => {
  const folder = await written(['a1']);
  appendFileSync(file(folder), `{"crc":"00000000","process":"a${'x'.repeat(500_000)}"}\n`);
  const journal = await opened(folder);
  expect(journal.tornTail?.bytes).toBeGreaterThan(500_000);
  await say(journal, 'a', 'a2');
  const asKilled = scratchFolder();
  copyFileSync(file(folder), file(asKilled));
  const again = await opened(asKilled);
  expect(again.tornTail).toBeUndefined();
  expect(await all(again)).toEqual(['a1', 'a2']);
});
