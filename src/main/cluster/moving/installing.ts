import { RuntimeError } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Head } from '../../journal/journal.ts';
import { verifyChain } from '../../journal/replay.ts';
import type { Branches } from './branches.ts';
import { commonAncestor, hashAt } from './chains.ts';

const pageSize = 1_000;

export interface InstallingParts {
  readonly journal: GraftableJournal;
  readonly store: GraftableJournal;
  readonly branches: Branches;
  /** What is known of a stream outside the journal is no longer so. */
  onCut(process: string): Promise<void>;
}

/**
 * Brings the journal of a process from the store of copies into the one that runs. What stands there and is no part of
 * the copy becomes a branch. Stopped anywhere, it goes on from there.
 * @throws RuntimeError `CHAIN_INVALID` where what stands there in the end does not hold together.
 */
export async function install(
  { journal, store, branches, onCut }: InstallingParts,
  process: string,
  owner: string | null,
): Promise<Head> {
  const end = await store.open(process);
  if (end.seq === 0) return journal.open(process);
  let head = await journal.open(process);
  if (head.seq > 0) {
    const hashesOf = (seqs: readonly number[]) =>
      Promise.all(seqs.map(async (seq) => (await hashAt(store, process, seq)) ?? null));
    const common = await commonAncestor(journal, process, hashesOf);
    const base = await store.base(process);
    // A shorter past of the same, from before what the copy still holds.
    const isOlder = common === null && head.seq < base.seq;
    if (common === null || common < head.seq) {
      if (!isOlder) await branches.keep(journal, process, common ?? 0, owner);
      await journal.cut(process, common ?? 0);
      await onCut(process);
      head = await journal.open(process);
    }
  }
  if (head.seq === 0) head = await store.base(process);
  while (head.seq < end.seq) {
    const entries = await store.read(process, { after: head.seq, limit: pageSize });
    if (entries.length === 0) break;
    await journal.graft(process, head, entries);
    head = await journal.open(process);
  }
  return head;
}

/** @throws RuntimeError `CHAIN_INVALID`. */
export async function assertWholeChain(journal: GraftableJournal, process: string): Promise<void> {
  const { ok, problem, brokenAt } = await verifyChain(journal, process);
  if (ok) return;
  throw new RuntimeError('CHAIN_INVALID', `The copy of "${process}" cannot be used: ${problem}`, { process, brokenAt });
}

/**
 * Takes what this node wrote alone out of the way of the past that goes on elsewhere. Gives the branch, if there is one.
 */
export async function yieldTo(
  { journal, branches, onCut }: Omit<InstallingParts, 'store'>,
  process: string,
  owner: string,
  hashesOf: (seqs: readonly number[]) => Promise<readonly (string | null)[]>,
) {
  const head = await journal.open(process);
  const common = await commonAncestor(journal, process, hashesOf);
  if (head.seq === 0 || common === head.seq) return undefined;
  // Where the other no longer has what this one ends with, nothing can be said of it.
  const known = await hashesOf([head.seq]);
  if (common === null && known[0] === null && (await isTrimmedThere(head, hashesOf))) return undefined;
  const branch = await branches.keep(journal, process, common ?? 0, owner);
  await journal.cut(process, common ?? 0);
  await onCut(process);
  return branch;
}

async function isTrimmedThere(
  { seq }: Head,
  hashesOf: (seqs: readonly number[]) => Promise<readonly (string | null)[]>,
): Promise<boolean> {
  const [first] = await hashesOf([1]);
  return first === null && seq > 0;
}
