import { CarriedErasure, type ErasureFinding } from '../../../shared/erasure-receipt.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { entriesOf, itsOwn } from '../../journal/bodied-entries.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Clock } from '../../lib/clock.ts';
import { TraceFinder } from '../../lib/traces.ts';
import type { Homes } from '../crossing/homes.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { PeerRequest, Peers } from '../peers.ts';
import type { Branches } from './branches.ts';
import { hashAt } from './chains.ts';
import type { Copies } from './copies.ts';

/** A node looks through all its files before it answers. */
const forgetTimeoutMs = 30_000;
/** A node that could not forget something is asked again after this. */
const againMs = 10_000;

export interface ForgettingParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly journal: GraftableJournal;
  readonly store: GraftableJournal;
  readonly homes: Pick<Homes, 'isElsewhere'>;
  readonly copies: Copies;
  readonly branches: Branches;
  readonly roster: Roster;
  readonly local: Pick<LocalNode, 'process' | 'forgetForOthers' | 'forgetOn'>;
  /** Whether what this node wrote of a process last may have to be kept as a branch yet. */
  isUnsettled(process: string): boolean;
  onCut(process: string): Promise<void>;
  /** Writes anew the files that copies and branches are in, so that nothing is left of what was replaced. */
  scrub(): void;
}

/**
 * What an agent was made to forget goes from other nodes as well: from copies of its journal, from journals of where it
 * lived before, from branches, lists and memory there.
 *
 * Invariants:
 *   E1. A copy loses nothing that it needs to go on from: only what stands before the entry that its owner went on from,
 *       and only when it has that one. Until then the answer is that it is not done.
 *   E2. What is erased keeps its hash, so that chains can still be verified.
 *   E3. What this node may have written alone is left until it is kept as a branch, and then goes from that.
 *   E4. No text is sent: what is to go is found by salted hashes.
 */
export class Forgetting {
  readonly #parts: ForgettingParts;
  readonly #askedAt = new Map<string, number>();
  readonly #undo: (() => void)[];

  constructor(parts: ForgettingParts) {
    this.#parts = parts;
    const { peers, roster } = parts;
    this.#undo = [
      peers.answer('memory.forget', 'member', (request) => this.#answer(request)),
      roster.onChange((node) => this.#heard(node)),
    ];
  }

  /** The other nodes that may keep something of what lives here. */
  members(): { node: string; name: string }[] {
    const { peers } = this.#parts;
    const isMember = ({ role }: { role: string }) => role === 'member' || role === 'hub';
    return peers.list().flatMap((peer) => (isMember(peer) ? { node: peer.node, name: peer.name } : []));
  }

  /** Null: this node, of what it keeps beside the journals of its own. @throws RuntimeError `PEER_UNREACHABLE`, `NOT_KNOWN_YET`. */
  async forget(node: string | null, erasure: CarriedErasure): Promise<ErasureFinding[]> {
    const { peers, roster, local } = this.#parts;
    if (node === null) {
      await this.#forgetHere(erasure, peers.self);
      return [];
    }
    // It went to a node that had not been told yet.
    if (node === peers.self) {
      await this.#forgetHere(erasure, node);
      return local.forgetForOthers(erasure);
    }
    if (!roster.isFresh(node)) throw new RuntimeError('PEER_UNREACHABLE', 'It is not there now.', { node });
    const body = erasure as unknown as Json;
    return (await peers.ask(node, 'memory.forget', body, {
      timeoutMs: forgetTimeoutMs,
    })) as unknown as ErasureFinding[];
  }

  close(): void {
    for (const undo of this.#undo) undo();
  }

  #heard(node: string): void {
    const { clock, local, peers } = this.#parts;
    if (clock.elapsed() - (this.#askedAt.get(node) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    this.#askedAt.set(node, clock.elapsed());
    for (const one of [node, peers.self]) local.forgetOn(one);
  }

  async #answer({ from, body }: PeerRequest): Promise<Json> {
    const read = CarriedErasure.safeParse(body);
    if (!read.success) throw new RuntimeError('REQUEST_INVALID', 'What is to be forgotten is not said.');
    await this.#forgetHere(read.data, from);
    return (await this.#parts.local.forgetForOthers(read.data)) as unknown as Json;
  }

  async #forgetHere(erasure: CarriedErasure, owner: string): Promise<void> {
    const { copies, branches, local, scrub } = this.#parts;
    const finder = new TraceFinder(erasure.traces, erasure.salt);
    const isTelling = (json: string) => finder.isIn(json);
    for (const end of erasure.ends) {
      branches.forget(end.process, isTelling);
      if (copies.of(end.process) && !local.process(end.process)) await this.#fromCopy(end, owner, isTelling);
      await this.#fromJournal(end, isTelling);
    }
    // Also where nothing was found: pages of what was dropped before may still hold it.
    scrub();
  }

  async #fromCopy(end: End, owner: string, isTelling: (json: string) => boolean): Promise<void> {
    const { copies, roster, store } = this.#parts;
    const { process } = end;
    if (!(await has(store, end))) {
      const epoch = Math.max(copies.of(process)?.epoch ?? 0, roster.whereIs(process)?.about.epoch ?? 0);
      await copies.catchUp(process, owner, epoch);
    }
    if (!(await has(store, end)))
      throw new RuntimeError('NOT_KNOWN_YET', `Its copy of "${process}" is from before it was erased.`, { process });
    await eraseTelling(store, process, end.seq, isTelling);
  }

  /** The journal of where it lives, or lived once: nothing goes on from that before the rest has been brought. */
  async #fromJournal(end: End, isTelling: (json: string) => boolean): Promise<void> {
    const { journal, homes, local, isUnsettled, onCut } = this.#parts;
    const { process, seq } = end;
    if ((await journal.open(process)).seq === 0) return;
    if (isUnsettled(process))
      throw new RuntimeError('NOT_KNOWN_YET', `Nobody says yet whose "${process}" is.`, { process });
    // One of that name that was deleted here is another, or its last life: it is found by the look that follows.
    if (!local.process(process) && !homes.isElsewhere(process)) return;
    if (local.process(process) || (await has(journal, end))) return eraseTelling(journal, process, seq, isTelling);
    for await (const { kind, body } of entriesOf(journal, process)) {
      if (itsOwn.includes(kind) || !isTelling(JSON.stringify(body))) continue;
      // Too old to be gone on from once this is out of it; whoever goes on with it has a copy.
      await journal.cut(process, 0);
      return onCut(process);
    }
  }
}

type End = CarriedErasure['ends'][number];

/** Whether a journal has what its owner went on from, or comes after it. */
async function has(journal: GraftableJournal, { process, seq, hash }: End): Promise<boolean> {
  const base = await journal.base(process);
  return base.seq > seq || (await hashAt(journal, process, seq)) === hash;
}

async function eraseTelling(
  journal: GraftableJournal,
  process: string,
  before: number,
  isTelling: (json: string) => boolean,
): Promise<void> {
  const seqs: number[] = [];
  for await (const { seq, kind, body } of entriesOf(journal, process)) {
    if (seq >= before) break;
    if (!itsOwn.includes(kind) && isTelling(JSON.stringify(body))) seqs.push(seq);
  }
  await journal.erase(process, seqs);
}
