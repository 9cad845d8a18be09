import type { LocalProcess } from '../../../shared/crossing.ts';
import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { isWorking } from '../../../shared/lifecycle.ts';
import type { Head, Journal } from '../../journal/journal.ts';
import type { Clock } from '../../lib/clock.ts';
import { sha256 } from '../../lib/hash.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import { type Positions, positionsToJson } from '../crossing/positions.ts';
import { maxMessageBytes, type PeerRequest, type Peers } from '../peers.ts';
import { hashAt, headFrom, pieceAfter } from './chains.ts';
import { type PullAnswer, pullWaitMs } from './copies.ts';
import { isDeletedIn } from './placement-in.ts';
import type { StandbyGate } from './standby-gate.ts';

const mostPieces = 50;
/** Of one answer, beyond which no further piece is begun: far enough below what a message may hold. */
const mostAnswerBytes = maxMessageBytes / 4;
/** A standby that has not pulled for so long is replaced where another can be had. */
const patienceMs = 10_000;

export interface ShippingParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly gate: StandbyGate;
  readonly local: Pick<LocalNode, 'processes' | 'process' | 'log' | 'say'>;
  epochOf(process: string): number;
  /** What all here have of what is published, as of now. */
  positions(): Positions;
  /** Nodes that could keep a copy and run the process. */
  candidates(process: LocalProcess): readonly string[];
  /** Rejects unless the arbiter says that the process is this node's, and has heard where its journal ends. */
  confirm(process: string): Promise<unknown>;
  /** No standby is to be had for a process: it may have to go on without. */
  degrade(process: string): void;
  onChange(): void;
}

interface Shipped {
  standby: string;
  /** The newest entry that the standby is known to have. */
  acked: Head;
  pulledAt: number;
  /** Since when it has been behind; null: it has everything. */
  behindSince: number | null;
}

/** How far the copy of a process is behind. */
export interface ShippingLag {
  readonly process: string;
  readonly standby: string | null;
  readonly mode: 'async' | 'sync' | 'off';
  readonly entries: number;
  readonly seconds: number;
}

/** The owner's side of copies: says who keeps which, answers pulls, and knows how far each copy is. */
export class Shipping {
  readonly #parts: ShippingParts;
  readonly #shipped = new Map<string, Shipped>();
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Since when there has been nobody to keep a copy. */
  readonly #lonelySince = new Map<string, number>();
  readonly #undo: (() => void)[];

  constructor(parts: ShippingParts) {
    this.#parts = parts;
    const { peers, journal } = parts;
    this.#undo = [
      journal.onDurable((entries) => this.#note(entries)),
      peers.answer('copies.pull', 'member', (request) => this.#pull(request)),
      peers.answer('copies.read', 'member', (request) => this.#read(request)),
      peers.answer('chain.hashes', 'member', async ({ body }) => this.#hashes(body)),
    ];
  }

  /** Chooses a standby for every process that wants one, and another where it has gone silent. */
  assign(): void {
    const { local, clock, gate } = this.#parts;
    const present = new Set<string>();
    let isChanged = false;
    for (const process of local.processes()) {
      const { name, placement } = process;
      if (placement.shipping === 'off') continue;
      present.add(name);
      const known = this.#shipped.get(name);
      const isSilent = known !== undefined && clock.elapsed() - known.pulledAt > patienceMs;
      const candidates = this.#parts.candidates(process);
      if (known && !isSilent && (candidates.length === 0 || candidates.includes(known.standby))) continue;
      const standby = nearest(
        name,
        candidates.filter((node) => node !== known?.standby || !isSilent),
      );
      if (!standby) {
        const since = this.#lonelySince.get(name) ?? clock.elapsed();
        this.#lonelySince.set(name, since);
        if (isSilent || clock.elapsed() - since > patienceMs) this.#parts.degrade(name);
        continue;
      }
      this.#lonelySince.delete(name);
      // What the former standby lacks from now on, it must not be able to take over with: while nobody can be asked who
      // decides that, a synchronous copy stays where it is.
      if (known && placement.shipping === 'sync') this.#switchLater(name, standby);
      else this.#choose(name, standby);
      isChanged = true;
    }
    for (const name of this.#shipped.keys()) if (!present.has(name)) this.#shipped.delete(name);
    const synchronous = local.processes().filter(({ placement }) => placement.shipping === 'sync');
    gate.setSynchronous(new Set(synchronous.map(({ name }) => name)));
    if (isChanged) this.#parts.onChange();
  }

  /** One that has just begun to work here with a synchronous copy has it from now on, and not with the next look. */
  assignNew(): void {
    const { local, gate } = this.#parts;
    // Before it has begun, starting it would wait for a standby that is not chosen yet.
    const isNew = ({ name, state, placement }: LocalProcess) =>
      placement.shipping === 'sync' && (isWorking(state) || state === 'suspended') && !gate.knows(name);
    if (local.processes().some(isNew)) this.assign();
  }

  #choose(process: string, standby: string): void {
    const { clock } = this.#parts;
    const known = this.#shipped.get(process);
    const acked = { seq: 0, hash: '' };
    this.#shipped.set(process, { standby, acked, pulledAt: clock.elapsed(), behindSince: clock.now() });
    this.#wake(standby);
    if (known) this.#wake(known.standby);
  }

  #switchLater(process: string, standby: string): void {
    this.#parts.confirm(process).then(
      () => this.#shipped.has(process) && this.#choose(process, standby),
      () => {},
    );
  }

  standbyOf(process: string): string | null {
    return this.#shipped.get(process)?.standby ?? null;
  }

  async lags(): Promise<ShippingLag[]> {
    const { local, journal, clock } = this.#parts;
    return Promise.all(
      local.processes().map(async ({ name, placement }) => {
        const shipped = this.#shipped.get(name);
        const head = await journal.open(name);
        const entries = shipped ? head.seq - shipped.acked.seq : head.seq;
        const since = shipped?.behindSince ?? null;
        return {
          process: name,
          standby: shipped?.standby ?? null,
          mode: placement.shipping,
          entries,
          seconds: entries === 0 || since === null ? 0 : Math.max(0, (clock.now() - since) / 1_000),
        };
      }),
    );
  }

  close(): void {
    for (const undo of this.#undo) undo();
    for (const waiting of this.#waiting.values()) for (const go of waiting) go();
  }

  #note(entries: readonly JournalEntry[]): void {
    const standbys = new Set<string>();
    for (const { process } of entries) {
      const shipped = this.#shipped.get(process);
      if (!shipped) continue;
      shipped.behindSince ??= this.#parts.clock.now();
      standbys.add(shipped.standby);
    }
    for (const standby of standbys) this.#wake(standby);
  }

  #wake(node: string): void {
    for (const go of this.#waiting.get(node) ?? []) go();
  }

  async #pull({ from, body, signal }: PeerRequest): Promise<Json> {
    const heads = isJsonObject(body) && Array.isArray(body['heads']) ? (body['heads'] as unknown as PulledHead[]) : [];
    const known = new Map(heads.map(([process, seq, hash, epoch, mode]) => [process, { seq, hash, epoch, mode }]));
    for (const [process, head] of known) await this.#ack(from, process, head);
    let answer = await this.#answer(from, known);
    if (answer.pieces.length === 0 && isAsKnown(answer, known)) {
      await this.#news(from, signal);
      answer = await this.#answer(from, known);
    }
    return answer as unknown as Json;
  }

  async #ack(from: string, process: string, head: Head): Promise<void> {
    const shipped = this.#shipped.get(process);
    if (shipped?.standby !== from) return;
    shipped.pulledAt = this.#parts.clock.elapsed();
    const { acked } = shipped;
    if (head.seq > acked.seq) {
      if ((await hashAt(this.#parts.journal, process, head.seq)) !== head.hash) return;
      shipped.acked = { seq: head.seq, hash: head.hash };
      const end = await this.#parts.journal.open(process);
      shipped.behindSince = end.seq === head.seq ? null : this.#parts.clock.now();
    } else if (head.seq < acked.seq || head.hash !== acked.hash) return;
    // Also of one that is where it was: its process may have gone on without it meanwhile.
    this.#parts.gate.reached(process, head.seq);
  }

  async #answer(from: string, known: ReadonlyMap<string, Head>): Promise<PullAnswer> {
    const { local, journal, epochOf } = this.#parts;
    const positions = positionsToJson(this.#parts.positions());
    const assigned: PullAnswer['assigned'][number][] = [];
    const pieces: PullAnswer['pieces'][number][] = [];
    let bytes = 0;
    for (const { name, placement } of local.processes()) {
      if (this.#shipped.get(name)?.standby !== from || placement.shipping === 'off') continue;
      assigned.push({ process: name, epoch: epochOf(name), mode: placement.shipping });
      if (pieces.length >= mostPieces || bytes > mostAnswerBytes) continue;
      const piece = await pieceAfter(journal, name, known.get(name) ?? { seq: 0, hash: '' });
      if (piece.entries.length === 0) continue;
      pieces.push({ ...piece, process: name, positions });
      bytes += JSON.stringify(piece.entries).length;
    }
    return { assigned, pieces };
  }

  /** Until there is something to tell, or the question has waited long enough. */
  async #news(from: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(from) ?? new Set();
    this.#waiting.set(from, waiting);
    await new Promise<void>((resolve) => {
      const go = () => {
        disarm();
        waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      const disarm = this.#parts.clock.after(pullWaitMs, go);
      waiting.add(go);
      signal.addEventListener('abort', go);
    });
  }

  /** One process, for a node that takes it over. */
  async #read({ body }: PeerRequest): Promise<Json> {
    if (!isJsonObject(body)) throw new RuntimeError('REQUEST_INVALID', 'The question names no process.');
    const positions = positionsToJson(this.#parts.positions());
    const piece = await pieceAfter(this.#parts.journal, String(body['process']), headFrom(body['after']));
    return { ...piece, positions } as unknown as Json;
  }

  async #hashes(body: Json): Promise<Json> {
    if (!isJsonObject(body) || !Array.isArray(body['seqs']))
      throw new RuntimeError('REQUEST_INVALID', 'The question names no entries.');
    const process = String(body['process']);
    const { local, journal } = this.#parts;
    // While it is being brought here, what is not in the journal yet is not what there is not.
    if (!local.process(process) && !(await isDeletedIn(journal, process)))
      throw new RuntimeError('NOT_KNOWN_YET', `"${process}" does not live here, or not yet.`, { process });
    const seqs = body['seqs'].slice(0, 100);
    return Promise.all(seqs.map(async (seq) => (await hashAt(journal, process, Number(seq))) ?? null));
  }
}

type PulledHead = [process: string, seq: number, hash: string, epoch: number, mode: string];

function isAsKnown({ assigned }: PullAnswer, known: ReadonlyMap<string, { epoch?: number; mode?: string }>): boolean {
  return (
    assigned.length === known.size &&
    assigned.every(
      ({ process, epoch, mode }) => known.get(process)?.epoch === epoch && known.get(process)?.mode === mode,
    )
  );
}

/** The same node for the same process as long as the same nodes are there: Thaler and Ravishankar, rendezvous hashing. */
export function nearest(process: string, nodes: readonly string[]): string | undefined {
  const ranked = nodes.map((node) => ({ node, rank: sha256(`${process}\n${node}`) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.node;
}
