import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HighWaterMark } from '../../src/main/journal/high-water.ts';
import type { Journal } from '../../src/main/journal/journal.ts';
import { JsonlJournal } from '../../src/main/journal/jsonl-journal.ts';
import { replay, verifyChain } from '../../src/main/journal/replay.ts';
import type { JournalEntry } from '../../src/shared/entries/journal-entries.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { JournalKind } from './journals.ts';

/** All that anybody was told is kept. */
export interface Acknowledged {
  entries: Map<string, JournalEntry[]>;
  keys: [process: string, key: string, seq: number][];
}

export async function acknowledgedBy(journal: Journal, keys: Acknowledged['keys']): Promise<Acknowledged> {
  const entries = new Map<string, JournalEntry[]>();
  for (const process of await journal.processes()) entries.set(process, await journal.read(process));
  return { entries, keys };
}

export const damages = {
  flipped: (bytes: Buffer, at: number) => bytes.fill((bytes[at] as number) ^ (1 << (at % 8)), at, at + 1),
  zeroed: (bytes: Buffer, at: number) => bytes.fill(0, at, Math.min(bytes.length, at + 300)),
  overwritten: (bytes: Buffer, at: number) => bytes.fill('7{"', at, Math.min(bytes.length, at + 40)),
  truncated: (bytes: Buffer, at: number) => bytes.subarray(0, at),
  /** As by a write that was put elsewhere. */
  misplaced: (bytes: Buffer, at: number) =>
    bytes.fill(bytes.subarray(0, 4_096), at, Math.min(bytes.length, at + 4_096)),
} as const;
export type Damage = keyof typeof damages;

/** Damages a file and says whether that changed anything. */
export function damageFile(path: string, damage: Damage, at: number): boolean {
  const before = readFileSync(path);
  const after = damages[damage](Buffer.from(before), at);
  writeFileSync(path, after);
  return !before.equals(after);
}

/**
 * What shows the damage, of all that is looked at: the start, the marks, the chain, the files, replay. `harmless` when
 * all that was acknowledged is there all the same. `missed` is what must not be.
 */
export async function verdictOn(kind: JournalKind, folder: string, acknowledged: Acknowledged): Promise<string> {
  let opened: Awaited<ReturnType<JournalKind['open']>>;
  try {
    opened = await kind.open(folder);
  } catch (thrown) {
    return coded('start', thrown);
  }
  const { journal, close } = opened;
  try {
    return (await shown(journal, folder)) ?? ((await isAllThere(journal, acknowledged)) ? 'harmless' : 'missed');
  } catch (thrown) {
    return coded('work', thrown);
  } finally {
    await close().catch(() => {});
  }
}

async function shown(journal: Journal, folder: string): Promise<string | undefined> {
  if (journal instanceof JsonlJournal && journal.tornTail) return 'torn tail';
  const mark = await HighWaterMark.open(join(folder, 'journal.hwm'), journal);
  await mark.close();
  if (mark.rolledBack.length > 0) return 'high-water mark';
  for (const process of await journal.processes()) if (!(await verifyChain(journal, process)).ok) return 'chain';
  for (const process of await journal.processes()) await replay(journal, process);
  return (await journal.check()).length > 0 ? 'check' : undefined;
}

async function isAllThere(journal: Journal, { entries, keys }: Acknowledged): Promise<boolean> {
  const processes = await journal.processes();
  if (processes.sort().join() !== [...entries.keys()].sort().join()) return false;
  for (const [process, all] of entries) {
    if (JSON.stringify(await journal.read(process)) !== JSON.stringify(all)) return false;
    if (JSON.stringify(await journal.read(process, { order: 'desc' })) !== JSON.stringify(all.toReversed()))
      return false;
  }
  for (const [process, key, seq] of keys) if ((await journal.find(process, key)) !== seq) return false;
  return true;
}

function coded(when: string, thrown: unknown): string {
  return thrown instanceof RuntimeError && thrown.code !== 'INTERNAL'
    ? `${when}: ${thrown.code}`
    : `missed: ${String(thrown)}`;
}
