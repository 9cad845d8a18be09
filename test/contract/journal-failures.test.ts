import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HighWaterMark } from '../../src/main/journal/high-water.ts';
import { verifyChain } from '../../src/main/journal/replay.ts';
import { caught, caughtLater } from '../world/caught.ts';
import { draws } from '../world/draws.ts';
import { journalKinds, keptKinds, said, sayings } from '../world/journals.ts';
import { scratchFolder } from '../world/scratch-folder.ts';
import { until } from '../world/until.ts';

describe.each(journalKinds.filter(({ canFail }) => canFail))('a $name journal that cannot write a batch', (kind) => {
  test('keeps nothing of it or of what its process appended on top, and all of the others', async () => {
    const folder = scratchFolder();
    const { journal, close } = await kind.open(folder, { poison: 'poison' });
    for (const process of ['a', 'b']) await journal.open(process);
    const append = (process: string, ...texts: string[]) =>
      journal.append({ process, commit: 'say', entries: texts.map((text) => said(text, `${process}/${text}`)) })
        .durable;
    const [, broken, onTop, ...rest] = [
      append('a', 'a1'),
      append('a', 'a2', 'poison', 'a3'),
      append('a', 'a4'),
      append('b', 'b1'),
      append('b', 'b2'),
    ];
    const failure = await caughtLater(broken as Promise<void>);
    expect(['DISK_FULL', 'INTERNAL']).toContain(failure.code);
    expect(failure.message).toContain('no space left');
    expect(await caughtLater(onTop as Promise<void>)).toBe(failure);
    await Promise.all(rest);
    expect(sayings(await journal.read('a'))).toEqual(['a1']);
    expect(sayings(await journal.read('b'))).toEqual(['b1', 'b2']);
    expect(await journal.find('a', 'a/a4'), 'the key of a failed batch').toBeUndefined();

    expect(caught(() => append('a', 'unopened')).code).toBe('INTERNAL');
    expect((await journal.open('a')).seq).toBe(1);
    await append('a', 'a4');
    expect(sayings(await journal.read('a'))).toEqual(['a1', 'a4']);
    expect(await journal.check()).toEqual([]);
    await close();

    const again = await kind.open(folder);
    onTestFinished(again.close);
    expect(sayings(await again.journal.read('a'))).toEqual(['a1', 'a4']);
    expect(sayings(await again.journal.read('b'))).toEqual(['b1', 'b2']);
    for (const process of ['a', 'b'])
      expect(await verifyChain(again.journal, process)).toMatchObject({ ok: true, entries: 2 });
  });
});

describe.each(keptKinds)('a $name journal whose program is killed while it writes', (kind) => {
  test('G2: has every entry that was durable, and every batch whole', async () => {
    const folder = scratchFolder();
    const chance = draws();
    for (let life = 1; life <= 3; life++) {
      const acknowledged = await killedAfter(kind.name, folder, chance.int(50, 400));
      const { journal, close } = await kind.open(folder, { segmentBytes: 64 << 10 });
      for (const process of ['a', 'b', 'c']) {
        const where = `${chance.label}, life ${life}, process ${process}`;
        const entries = await journal.read(process);
        expect(entries.length, where).toBeGreaterThanOrEqual(acknowledged.get(process) as number);
        expect(await verifyChain(journal, process), where).toMatchObject({ ok: true, entries: entries.length });
        for (let first = 0; first < entries.length; ) {
          const batch = entries[first]?.commit as string;
          const size = Number(batch.split('-')[2]);
          expect(
            entries.slice(first, first + size).map(({ commit }) => commit),
            where,
          ).toEqual(Array(size).fill(batch));
          first += size;
        }
      }
      expect(await journal.check()).toEqual([]);
      const mark = await HighWaterMark.open(join(folder, 'journal.hwm'), journal);
      expect([mark.marks, mark.rolledBack], chance.label).toEqual(['sound', []]);
      await mark.close();
      await close();
    }
  });
});

/** Runs the child until it has said that so many batches are durable; returns the highest number of each process. */
async function killedAfter(kind: string, folder: string, batches: number): Promise<Map<string, number>> {
  const script = fileURLToPath(new URL('../world/appending-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, kind, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');
  await until(() => child.exitCode !== null || said.split('\n').length > batches, 15_000);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  const acknowledged = new Map<string, number>();
  for (const line of said.slice(0, said.lastIndexOf('\n')).split('\n')) {
    const [process = '', , last] = line.split(' ');
    acknowledged.set(process, Number(last));
  }
  return acknowledged;
}
