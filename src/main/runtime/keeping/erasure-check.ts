import { existsSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErasureCheck, ErasureFinding, ErasureReceipt } from '../../../shared/erasure-receipt.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { entriesOf, itsOwn } from '../../journal/bodied-entries.ts';
import type { Journal } from '../../journal/journal.ts';
import { TraceFinder } from '../../lib/traces.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { undelivered } from '../../processes/prompts/recall.ts';
import type { Database } from '../../store/database.ts';
import { backupFolder, backupsIn } from './backups.ts';
import { listColumns } from './erasure-lists.ts';

export interface CheckParts {
  readonly journal: Journal;
  readonly database: Database;
  /** Left out: the node keeps nothing in files. */
  readonly dataDir?: string | undefined;
  now(): number;
}

/** Read at a time. */
const chunkBytes = 1024 * 1024;
/** Looked through at once; what is left is said not to be known. */
const mostBytes = 512 * 1024 * 1024;
/** Memories that are held against the traces. */
const mostMemories = 2_000;
/** What belongs to the person, and what no text of an agent is ever written to. */
const notOurs = /^(files|backups)([\\/]|$)|^(token|secret\.key|lock)$/;

/**
 * Looks for what was forgotten wherever this node keeps anything: memory, context and conversation, journals, what screens
 * list, the files of the data folder, backups. `elsewhere`: what came of asking the other nodes.
 */
export async function checkErased(
  receipt: Pick<ErasureReceipt, 'process' | 'memories' | 'salt' | 'traces'>,
  sharers: readonly AgentProcess[],
  parts: CheckParts,
  elsewhere: readonly ErasureFinding[] = [],
): Promise<ErasureCheck> {
  const finder = new TraceFinder(receipt.traces, receipt.salt);
  const findings: ErasureFinding[] = [];
  const say = (
    place: ErasureFinding['place'],
    name: string,
    state: ErasureFinding['state'],
    note = '',
    at: number | null = null,
  ) => findings.push({ place, name, at, state, note });

  const ids = receipt.memories.map(({ id }) => id);
  for (const process of sharers) {
    const { name } = process;
    const remembered = await isRemembered(process, ids, finder);
    say('memory', name, remembered ?? 'unknown', remembered === null ? 'Its memory could not be reached.' : '');
    const says = saysIt(process, finder);
    say('state', name, says ? 'found' : 'clean', says ? 'Context or conversation says it in the same words.' : '');
    const entries = await entriesThatSay(parts.journal, name, finder);
    say('journal', name, entries > 0 ? 'found' : 'clean', entries > 0 ? `In ${entries} entries.` : '');
  }
  say('lists', 'What screens list', areListed(parts.database, finder) ? 'found' : 'clean');
  await checkFiles(parts, finder, say);
  findings.push(...elsewhere);
  return { at: parts.now(), clean: findings.every(({ state }) => state === 'clean'), findings };
}

type Say = (
  place: ErasureFinding['place'],
  name: string,
  state: ErasureFinding['state'],
  note?: string,
  at?: number | null,
) => void;

async function isRemembered(
  { memory, snapshot }: AgentProcess,
  ids: readonly string[],
  finder: TraceFinder,
): Promise<'clean' | 'found' | null> {
  try {
    const known = await memory.known([...ids], undelivered(snapshot));
    if (known.size > 0) return 'found';
    let cursor: string | undefined;
    for (let seen = 0; seen < mostMemories; ) {
      const page = await memory.list({ limit: 200, ...(cursor ? { cursor } : {}) });
      if (page.items.some(({ content }) => finder.isIn(content))) return 'found';
      seen += page.items.length;
      if (page.next === null) break;
      cursor = page.next;
    }
    return 'clean';
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return null;
    throw thrown;
  }
}

function saysIt({ snapshot }: AgentProcess, finder: TraceFinder): boolean {
  const { context, conversation } = snapshot;
  return finder.isIn(JSON.stringify([...context.values()].map(({ value }) => value)) + JSON.stringify(conversation));
}

async function entriesThatSay(journal: Journal, process: string, finder: TraceFinder): Promise<number> {
  let count = 0;
  for await (const { kind, body } of entriesOf(journal, process))
    if (!itsOwn.includes(kind) && finder.isIn(JSON.stringify(body))) count++;
  return count;
}

export function areListed(database: Database, finder: TraceFinder): boolean {
  return listColumns.some(([table, column]) => {
    const rows = database.prepare(`SELECT ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`).iterate();
    for (const { text } of rows as Iterable<{ text: string }>) if (finder.isIn(text)) return true;
    return false;
  });
}

export async function checkFiles({ dataDir, database }: CheckParts, finder: TraceFinder, say: Say): Promise<void> {
  if (dataDir === undefined || !existsSync(dataDir)) return;
  // What stands in the log of the database alone is in none of its pages yet.
  if (!database.memory) database.pragma('wal_checkpoint(PASSIVE)');
  const left = { bytes: mostBytes };
  const own = filesOf(dataDir).filter((name) => !notOurs.test(name));
  const found: string[] = [];
  const skipped: string[] = [];
  for (const name of own) {
    const state = await lookThrough(join(dataDir, name), finder, left);
    if (state === 'found') found.push(name);
    if (state === 'unknown') skipped.push(name);
  }
  for (const name of found) say('files', name, 'found', 'Goes when the database is next written anew, at a start.');
  for (const name of skipped) say('files', name, 'unknown', 'Too large to be looked through now.');
  if (found.length + skipped.length === 0) say('files', `${own.length} files of the data folder`, 'clean');
  const folder = backupFolder(dataDir);
  for (const { name, at } of backupsIn(folder).sort((a, b) => a.at - b.at)) {
    const parts = statSync(join(folder, name)).isDirectory() ? filesOf(join(folder, name)) : [''];
    const states = [];
    for (const part of parts) states.push(await lookThrough(join(folder, name, part), finder, left));
    const state = states.includes('found') ? 'found' : states.includes('unknown') ? 'unknown' : 'clean';
    const note = state === 'found' ? 'Was made before, and goes when newer backups take its place.' : '';
    say('backups', name, state, note, at);
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}

async function lookThrough(
  path: string,
  finder: TraceFinder,
  left: { bytes: number },
): Promise<ErasureFinding['state']> {
  const file = await open(path, 'r').catch(() => null);
  // It went away in the meantime, and what it held with it.
  if (!file) return 'clean';
  try {
    const { size } = await file.stat();
    if (size > left.bytes) return 'unknown';
    left.bytes -= size;
    const chunk = Buffer.alloc(chunkBytes + finder.overlap);
    let kept = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, kept, chunkBytes, null);
      if (bytesRead === 0) return 'clean';
      const filled = kept + bytesRead;
      if (finder.isIn(chunk.subarray(0, filled))) return 'found';
      kept = Math.min(finder.overlap, filled);
      chunk.copyWithin(0, filled - kept, filled);
      await new Promise(setImmediate);
    }
  } finally {
    await file.close();
  }
}
