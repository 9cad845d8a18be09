import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyEntry } from '../../../src/main/journal/fold/fold.ts';
import { emptySnapshot, type Snapshot } from '../../../src/main/journal/fold/snapshot.ts';
import { HighWaterMark } from '../../../src/main/journal/high-water.ts';
import { checkDatabase, openDatabase } from '../../../src/main/store/database.ts';
import { runtimeMigrations } from '../../../src/main/store/migrations.ts';
import type { NewEntry } from '../../../src/shared/entries/journal-entries.ts';
import { type Acknowledged, acknowledgedBy, type Damage, damageFile, damages, verdictOn } from '../../world/damage.ts';
import { draws } from '../../world/draws.ts';
import { checkpointOf, fileKinds, type JournalKind, said } from '../../world/journals.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

const processes = ['a', 'b', 'c'];

/** A folder as a program leaves it that ended in order, or that was killed, and what had been acknowledged. */
async function left(
  kind: JournalKind,
  how: 'in order' | 'killed',
): Promise<{ folder: string; acknowledged: Acknowledged }> {
  const folder = join(scratchFolder(), 'left');
  const { journal, close } = await kind.open(folder, { segmentBytes: 90_000 });
  const mark = await HighWaterMark.open(join(folder, 'journal.hwm'), journal);
  const keys: Acknowledged['keys'] = [];
  const snapshots = new Map(processes.map((process) => [process, emptySnapshot(process)]));
  for (const process of processes) await journal.open(process);
  for (let turn = 0; turn < 150; turn++) {
    for (const process of processes) {
      const key = `key ${process} ${turn}`;
      const snapshot = snapshots.get(process) as Snapshot;
      const append = (entry: NewEntry) => {
        const appended = journal.append({ process, commit: 'say', entries: [entry] });
        for (const shown of appended.entries) applyEntry(snapshot, shown);
        return appended;
      };
      if (turn === 60) append(checkpointOf(snapshot));
      const appended = append(said(`${key} ${'words '.repeat(turn % 40)}`, key));
      keys.push([process, key, snapshot.seq]);
      if (turn % 3 === 0) await appended.durable;
    }
    await new Promise(setImmediate);
    if (turn !== 100) continue;
    await journal.trim('a', 20);
    await journal.erase('b', [7, 90]);
  }
  await mark.close();
  const acknowledged = await acknowledgedBy(journal, keys);
  if (how === 'in order') {
    await close();
    return { folder, acknowledged };
  }
  const copy = join(scratchFolder(), 'killed');
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith('-shm') });
  await close();
  return { folder: copy, acknowledged };
}

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(jsonl|db|db-wal|hwm)$/.test(name),
  );
  return names.filter((name) => statSync(join(folder, name)).size > 0).sort();
}

/** Damages a copy of the folder in every way, at the ends of every file and at places in between. */
async function* damaged(folder: string, places: number): AsyncGenerator<{ label: string; copy: string }> {
  const chance = draws(20_261_122);
  const copy = join(scratchFolder(), 'copy');
  for (const file of filesOf(folder)) {
    const { size } = statSync(join(folder, file));
    for (const damage of Object.keys(damages) as Damage[]) {
      const between = Array.from({ length: places }, () => chance.int(0, size - 1));
      for (const at of new Set([0, 18, ...between, size - 40, size - 2])) {
        cpSync(folder, copy, { recursive: true });
        if (damageFile(join(copy, file), damage, at)) yield { label: `${file} ${damage} at ${at} of ${size}`, copy };
        rmSync(copy, { recursive: true });
      }
    }
  }
}

describe.each(fileKinds)('a damaged $name journal', (kind) => {
  test.each(['in order', 'killed'] as const)(
    'whose program ended %s shows the damage, or holds all the same',
    { timeout: 60_000 },
    async (how) => {
      const { folder, acknowledged } = await left(kind, how);
      const sound = join(scratchFolder(), 'sound');
      cpSync(folder, sound, { recursive: true });
      expect(await verdictOn(kind, sound, acknowledged), 'without damage').toBe('harmless');
      const verdicts = new Map<string, string>();
      for await (const { label, copy } of damaged(folder, 6))
        verdicts.set(label, await verdictOn(kind, copy, acknowledged));
      if (process.env['VERDICTS']) console.table(tally(verdicts.values()));
      expect(verdicts.size).toBeGreaterThan(60);
      expect([...verdicts].filter(([, verdict]) => verdict.startsWith('missed'))).toEqual([]);
      // Else the cases would prove nothing.
      expect([...verdicts.values()].filter((verdict) => verdict !== 'harmless').length).toBeGreaterThan(20);
    },
  );
});

test.each([
  ['in order', 'chain'],
  ['killed', 'high-water mark'],
] as const)(
  'SQLite by itself does not see what befalls a database left %s; the %s does',
  { timeout: 60_000 },
  async (how, witness) => {
    const sqlite = fileKinds.find(({ name }) => name === 'sqlite') as JournalKind;
    const { folder, acknowledged } = await left(sqlite, how);
    const unseen: string[] = [];
    const seen: string[] = [];
    for await (const { copy } of damaged(folder, 3)) {
      const isSeen = isSeenBySqlite(copy);
      const verdict = await verdictOn(sqlite, copy, acknowledged);
      if (verdict !== 'harmless') (isSeen ? seen : unseen).push(verdict);
    }
    if (process.env['VERDICTS']) console.table({ seen: tally(seen), unseen: tally(unseen) });
    expect(unseen.filter((verdict) => verdict === witness).length).toBeGreaterThan(2);
  },
);

/** Whether opening the database or its own check fails. */
function isSeenBySqlite(folder: string): boolean {
  try {
    const db = openDatabase(join(folder, 'runtime.db'), runtimeMigrations);
    try {
      return checkDatabase(db).length > 0;
    } finally {
      db.close();
    }
  } catch {
    return true;
  }
}

function tally(verdicts: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
