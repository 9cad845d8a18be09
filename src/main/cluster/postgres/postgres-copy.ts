import { RuntimeError } from '../../../shared/errors.ts';
import type { KeyedJournal } from '../../journal/grafting.ts';
import type { Head, Journal } from '../../journal/journal.ts';
import type { PostgresJournal } from '../../journal/postgres-journal.ts';
import { verifyChain } from '../../journal/replay.ts';
import type { Leases } from '../leases/leases.ts';

const pageEntries = 500;

export interface Copied {
  streams: number;
  /** That were not there before. */
  entries: number;
}

/**
 * Takes the leases of processes that are being brought, in the name of the node that brings them: so no other node takes
 * them up before it has started there. That start has epochs of its own.
 * @throws RuntimeError `NAME_TAKEN` where another node has a process of that name.
 */
export async function claimMoved(leases: Leases, node: string, streams: readonly string[]): Promise<void> {
  const processes = streams.filter((name) => !name.startsWith('@'));
  const wishes = processes.map((process) => ({ process, failover: 'manual' as const }));
  const answers = await leases.acquire({ node, session: `moved-${node}` }, wishes);
  const taken = answers.find(({ granted }) => !granted);
  if (taken) throw nameTaken(taken.process);
}

/**
 * Copies streams into the database of a cluster, as the same chains, with all their keys and fences. What is there
 * already is gone on from, so it can be asked again: first while the node works, then for what came meanwhile.
 *
 * @throws RuntimeError `NAME_TAKEN` where the database has another past under a name, `JOURNAL_CORRUPT` for a chain that
 * is broken here or arrived otherwise than it left. Nothing of this node is changed.
 */
export async function copyStreams(
  from: KeyedJournal,
  to: PostgresJournal,
  streams: readonly string[],
): Promise<Copied> {
  let entries = 0;
  for (const stream of streams) entries += await copyStream(from, to, stream);
  return { streams: streams.length, entries };
}

/**
 * Compares every stream with its copy: links that hold, and the same end. While a node works, its copy ends earlier: then
 * at an entry that is here too (`soFar`).
 * @throws RuntimeError `JOURNAL_CORRUPT`.
 */
export async function assertCopied(
  from: Journal,
  to: Journal,
  streams: readonly string[],
  soFar = false,
): Promise<void> {
  for (const stream of streams) {
    const there = await to.open(stream);
    const here = soFar ? await entryAt(from, stream, there.seq) : await from.open(stream);
    const chain = await verifyChain(to, stream);
    if (here.seq === there.seq && here.hash === there.hash && chain.ok) continue;
    throw new RuntimeError(
      'JOURNAL_CORRUPT',
      `The journal of "${stream}" is not in the database as it is here: ${chain.problem ?? `it ends at ${there.seq}, not at ${here.seq}`}.`,
      { process: stream, here: here.seq, there: there.seq },
    );
  }
}

/** @throws RuntimeError `NAME_TAKEN` */
export async function assertSamePast(from: Journal, to: Journal, stream: string): Promise<void> {
  const there = await to.open(stream);
  if (there.seq === 0) return;
  if ((await entryAt(from, stream, there.seq)).hash === there.hash) return;
  throw nameTaken(stream);
}

function nameTaken(name: string): RuntimeError {
  const text = `The database has another process "${name}"; rename or delete one of them.`;
  return new RuntimeError('NAME_TAKEN', text, { name });
}

async function entryAt(journal: Journal, stream: string, seq: number): Promise<Head> {
  const base = await journal.base(stream);
  if (seq === base.seq) return base;
  const [entry] = await journal.read(stream, { after: seq - 1, limit: 1 });
  return entry ? { seq: entry.seq, hash: entry.hash } : { seq: 0, hash: '' };
}

async function copyStream(from: KeyedJournal, to: PostgresJournal, stream: string): Promise<number> {
  await assertSamePast(from, to, stream);
  const base = await from.base(stream);
  const begun = await to.open(stream);
  let at = begun.seq === 0 ? base : begun;
  let copied = 0;
  for (;;) {
    const page = await from.read(stream, { after: at.seq, limit: pageEntries });
    const last = page.at(-1);
    if (!last) break;
    await to.graft(stream, at, page);
    at = { seq: last.seq, hash: last.hash };
    copied += page.length;
  }
  await to.addKeys(
    stream,
    (await from.keys(stream)).filter(([, seq]) => seq <= at.seq),
  );
  const epoch = await from.epochOf(stream);
  if (epoch > (await to.epochOf(stream))) await to.fence(stream, epoch);
  return copied;
}
