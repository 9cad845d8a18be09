import { randomBytes } from 'node:crypto';
import type { ErasureCheck, ErasureReceipt } from '../../../shared/erasure-receipt.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import { entriesOf, itsOwn, piece } from '../../journal/bodied-entries.ts';
import { forgotten, receiptsIn } from '../../journal/fold/fold-changes.ts';
import type { Journal } from '../../journal/journal.ts';
import { sha256 } from '../../lib/hash.ts';
import { tracesOf } from '../../lib/traces.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { DatabaseUpkeep } from '../../store/database-upkeep.ts';
import { type CheckParts, checkErased } from './erasure-check.ts';
import { type Asked, askNodes, type OtherNodes } from './erasure-elsewhere.ts';
import { clearLists } from './erasure-lists.ts';

/** Shorter texts stand everywhere, and say nothing by themselves. */
const shortestTelling = 8;
/** A prompt may show only the beginning of a memory. */
const probedChars = 200;
/** Memories that a receipt names; of more it says how many there were. */
const mostNamed = 500;

export interface ErasureParts extends CheckParts {
  /** All processes of the node. */
  list(): readonly AgentProcess[];
  /** Left out: the node is in no cluster. */
  readonly others?: OtherNodes | undefined;
}

/** Whether the process has been told to forget something that its journal still holds. */
export function hasToErase({ snapshot }: AgentProcess): boolean {
  return (snapshot.remembered.get(forgotten)?.size ?? 0) > 0;
}

/**
 * Takes what a process was told to forget out of its past: the bodies of all entries that hold it, older checkpoints among
 * them, are erased; their hashes stay, so the chain stays whole. Where memory is shared, out of the past of all who share
 * it. Only while nobody works: the recorded steps of an open run are what it goes on from.
 *
 * What agents or people said or wrote elsewhere in the same words (conversation, context) is theirs to clear.
 *
 * @returns the receipt; null where there is nothing to erase, or it cannot be done now.
 */
export async function eraseForgotten(process: AgentProcess, parts: ErasureParts): Promise<ErasureReceipt | null> {
  const { journal, database } = parts;
  const asked = [...(process.snapshot.remembered.get(forgotten) ?? [])];
  const ids = asked.map(([id]) => id);
  const sharers = sharersOf(process, parts.list());
  if (ids.length === 0 || !sharers.every(isAtRest)) return null;
  const { by, at: askedAt } = await whoAsked(journal, process.name, Number(asked[0]?.[1]));
  const texts = new Map<string, string>();
  for (const one of sharers) await readTexts(journal, one.name, ids, texts);
  const isTelling = tellingOf([...texts.values()]);
  let entries = 0;
  const ends: NonNullable<ErasureReceipt['erased']['ends']> = [];
  for (const one of sharers) {
    // What comes after it is all that is needed from now on.
    await one.journaled.checkpoint();
    const { seq = 0, hash = '' } = (await journal.lastCheckpoint(one.name)) ?? {};
    ends.push({ process: one.name, seq, hash });
    const found = await entriesWith(journal, one.name, isTelling);
    entries += found.others.length + found.sources.length;
    // What names the memory goes last: after a crash it is where the text is found again.
    for (const seqs of [found.others, found.sources])
      for (let from = 0; from < seqs.length; from += piece)
        await journal.erase(one.name, seqs.slice(from, from + piece));
  }
  const rows = clearLists(database, isTelling);
  await process.memory.scrub();
  new DatabaseUpkeep(database).writeAnew();
  const salt = randomBytes(16).toString('base64url');
  const everything = ids.includes('*');
  const named = [...new Set([...ids.filter((id) => id !== '*'), ...texts.keys()])];
  const nodes = (parts.others?.members() ?? []).map((one) => ({ ...one, doneAt: null }));
  const receipt: Omit<ErasureReceipt, 'check' | 'nodes'> = {
    id: newId('rct', parts.now()),
    process: process.name,
    by,
    askedAt,
    erasedAt: parts.now(),
    everything,
    count: named.length,
    memories: named.slice(0, mostNamed).map((id) => {
      const text = texts.get(id);
      return { id, characters: text?.length ?? null, hash: text === undefined ? null : sha256(salt + text) };
    }),
    salt,
    traces: tracesOf(probesOf([...texts.values()].slice(0, mostNamed), 'as it is'), salt),
    erased: { agents: sharers.map(({ name }) => name), entries, rows, ends },
  };
  // What this node keeps beside: what it wrote alone once, and journals that came back.
  await parts.others?.forget(null, { ...receipt, ends }).catch(() => {});
  const reached = await askNodes(receipt, nodes, parts.others, receipt.erasedAt);
  const findings = reached.map(({ finding }) => finding);
  const whole: ErasureReceipt = {
    ...receipt,
    ...(nodes.length > 0 && { nodes: reachedOf(nodes, reached, parts.now()) }),
    check: await checkErased(receipt, sharers, parts, findings),
  };
  await process.journaled.append('note-erased', [{ kind: 'memory.erased', body: { ids, receipt: whole } }]);
  return whole;
}

/** Looks again for what a receipt is about, on the other nodes as well; those that could not be asked before forget it now. */
export async function checkAgain(
  process: AgentProcess,
  receipt: ErasureReceipt,
  parts: ErasureParts,
): Promise<ErasureCheck> {
  const asked = await askNodes(receipt, receipt.nodes ?? [], parts.others, receipt.erasedAt);
  await noteReached(process, receipt, asked);
  const findings = asked.map(({ finding }) => finding);
  return checkErased(receipt, sharersOf(process, parts.list()), parts, findings);
}

/** A node is there that could not be asked: has it forget what it was to. */
export async function forgetOn(node: string, process: AgentProcess, parts: ErasureParts): Promise<void> {
  for (const receipt of receiptsIn(process.snapshot)) {
    const waiting = (receipt.nodes ?? []).filter((one) => one.node === node && one.doneAt === null);
    if (waiting.length === 0) continue;
    await noteReached(process, receipt, await askNodes(receipt, waiting, parts.others, receipt.erasedAt));
  }
}

type Nodes = NonNullable<ErasureReceipt['nodes']>;

const isDone = ({ finding }: Asked) => finding.state !== 'pending';

function reachedOf(nodes: Nodes, asked: readonly Asked[], now: number): Nodes {
  const done = new Set(asked.filter(isDone).map(({ node }) => node));
  return nodes.map((one) => (done.has(one.node) ? { ...one, doneAt: one.doneAt ?? now } : one));
}

async function noteReached(process: AgentProcess, receipt: ErasureReceipt, asked: readonly Asked[]): Promise<void> {
  const waiting = new Set((receipt.nodes ?? []).flatMap(({ node, doneAt }) => (doneAt === null ? node : [])));
  const reached = asked.filter((one) => isDone(one) && waiting.has(one.node));
  const entries = reached.map(({ node }) => ({ kind: 'memory.reached' as const, body: { receipt: receipt.id, node } }));
  if (entries.length > 0) await process.journaled.append('note-reached', entries);
}

/** Those who see the same memory. */
function sharersOf(process: AgentProcess, all: readonly AgentProcess[]): AgentProcess[] {
  const { space } = process.memory;
  return all.filter((one) => one === process || spaceOf(one) === space);
}

async function whoAsked(journal: Journal, process: string, seq: number): Promise<{ by: string; at: number }> {
  const [entry] = await journal.read(process, { after: seq - 1, limit: 1 });
  const body = entry && !('erased' in entry.body) ? entry.body : {};
  const by = 'by' in body && typeof body.by === 'string' ? body.by : 'run' in body ? `run:${String(body.run)}` : '';
  return { by, at: entry?.at ?? 0 };
}

function isAtRest({ snapshot, loop, halted }: AgentProcess): boolean {
  const { runs, queue, outbox, memoryOutbox } = snapshot;
  return (
    loop.active === 0 && !halted && runs.size === 0 && queue.size === 0 && outbox.size === 0 && memoryOutbox.size === 0
  );
}

function spaceOf(process: AgentProcess): string | null {
  try {
    return process.memory.space;
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return null;
    throw thrown;
  }
}

/** What the memories said, by id, as far as the journal of the process holds it; all of them for `*`. */
async function readTexts(journal: Journal, process: string, ids: readonly string[], texts: Map<string, string>) {
  const wanted = new Set(ids);
  for await (const { body, kind } of entriesOf(journal, process)) {
    if (kind !== 'run.settled' && kind !== 'step.ended' && kind !== 'memory.changed') continue;
    for (const effect of 'effects' in body ? body.effects : [])
      if (effect.type === 'memory.store' && (wanted.has('*') || wanted.has(effect.id)))
        texts.set(effect.id, effect.content);
  }
}

/** What stands for the texts: their beginnings as JSON holds them, inside of other texts as well; and as they are. */
function probesOf(texts: readonly string[], also?: 'as it is'): string[] {
  return texts
    .map((text) => text.slice(0, probedChars))
    .filter((text) => text.length >= shortestTelling)
    .flatMap((text) => {
      const once = JSON.stringify(text).slice(1, -1);
      const twice = JSON.stringify(once).slice(1, -1);
      const forms = once === twice ? [once] : [once, twice, JSON.stringify(twice).slice(1, -1)];
      return also ? [text, ...forms] : forms;
    });
}

/** Whether the JSON of an entry holds one of the texts, as it is or inside of another text. */
function tellingOf(texts: readonly string[]): (json: string) => boolean {
  const probes = probesOf(texts);
  return (json) => probes.some((probe) => json.includes(probe));
}

async function entriesWith(
  journal: Journal,
  process: string,
  isTelling: (json: string) => boolean,
): Promise<{ others: number[]; sources: number[] }> {
  const last = (await journal.lastCheckpoint(process))?.seq ?? 0;
  const found = { others: [] as number[], sources: [] as number[] };
  for await (const { seq, kind, body } of entriesOf(journal, process)) {
    if (seq >= last || itsOwn.includes(kind) || 'erased' in body) continue;
    const json = JSON.stringify(body);
    if (!isTelling(json)) continue;
    (json.includes('"memory.store"') ? found.sources : found.others).push(seq);
  }
  return found;
}
