import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { TokenBucket } from '../../lib/token-bucket.ts';
import type { PeerRequest, Peers } from '../peers.ts';
import type { SentEntry } from './event-courier.ts';
import { areLabels } from './labels.ts';
import type { LocalNode } from './local-node.ts';
import type { PositionBook } from './position-book.ts';
import { comparePositions, nowhere, type Position, positionsFromJson, positionsToJson } from './positions.ts';

export interface ReceptionParts {
  readonly peers: Peers;
  readonly book: PositionBook;
  readonly local: Pick<LocalNode, 'publish'>;
  /** Nothing is taken before everybody here listens who did before. */
  readonly ready: Promise<void>;
  /** How many events of other nodes are taken a second; left out: as many as come. */
  readonly pace?: TokenBucket;
  /** The highest ownership of a publisher that is known here. */
  epochOf(publisher: string): number;
}

/**
 * Takes what other nodes publish.
 *
 * Invariants:
 *   E1. A parcel is taken only if it follows what was taken before; else its sender hears where to go on.
 *   E2. It counts as taken when everyone here who listens has it for good.
 *   E3. What comes from an ownership that is over is refused.
 *   E4. Of what comes too fast a part is taken, or nothing: the rest stays where it is, and its sender hears how long.
 */
export class EventReception {
  readonly #parts: ReceptionParts;
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #epochs = new Map<string, number>();
  readonly #undo: (() => void)[];

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.#undo = [
      parts.peers.answer('events.where', 'member', async ({ body }) => this.#where(body)),
      parts.peers.answer('events.take', 'member', (request) => this.#inTurn(request)),
    ];
  }

  close(): void {
    for (const undo of this.#undo) undo();
  }

  #where(body: Json): Json {
    const names = isJsonObject(body) && Array.isArray(body['publishers']) ? body['publishers'] : [];
    const known = new Map<string, Position>();
    for (const name of names) {
      const position = this.#parts.book.received(String(name));
      if (position) known.set(String(name), position);
    }
    return positionsToJson(known);
  }

  /** One parcel of a publisher at a time: two would each find that they follow. */
  #inTurn(request: PeerRequest): Promise<Json> {
    const publisher = isJsonObject(request.body) ? String(request.body['publisher']) : '';
    const turn = (this.#turns.get(publisher) ?? Promise.resolve()).then(
      () => this.#take(publisher, request),
      () => this.#take(publisher, request),
    );
    const settled = turn.catch(() => {});
    this.#turns.set(publisher, settled);
    void settled.then(() => {
      if (this.#turns.get(publisher) === settled) this.#turns.delete(publisher);
    });
    return turn;
  }

  async #take(publisher: string, { body, from }: PeerRequest): Promise<Json> {
    await this.#parts.ready;
    const { book, local } = this.#parts;
    const parcel = readParcel(publisher, body);
    const known = Math.max(this.#parts.epochOf(publisher), this.#epochs.get(publisher) ?? 0);
    if (parcel.epoch < known) {
      throw new RuntimeError(
        'STALE_EPOCH',
        `Ownership ${parcel.epoch} of "${publisher}" is over: node ${this.#parts.peers.self} knows ${known}.`,
        { process: publisher, epoch: parcel.epoch, known },
      );
    }
    this.#epochs.set(publisher, parcel.epoch);
    const present = book.received(publisher);
    if (present && comparePositions(present, parcel.after) !== 0) return [present.epoch, present.seq];
    const { entries, upTo } = this.#asFastAsAllowed(parcel);
    // Given out in order within this turn, so that listeners get them in order, and kept by them together.
    await Promise.all(
      entries.map(({ seq, epoch, time, events }) => local.publish(publisher, { seq, epoch, time }, events, from)),
    );
    // Somebody who came here may have asked to go back meanwhile.
    const now = book.received(publisher) ?? parcel.after;
    if (comparePositions(now, present ?? parcel.after) !== 0) return [now.epoch, now.seq];
    book.reach(publisher, upTo);
    return [upTo.epoch, upTo.seq];
  }

  /** @throws RuntimeError `CLUSTER_BUSY` with `retryAfterMs`, where nothing of it may be taken now. */
  #asFastAsAllowed(parcel: Parcel): Pick<Parcel, 'entries' | 'upTo'> {
    const { pace, peers } = this.#parts;
    if (!pace || parcel.entries.length === 0) return parcel;
    const room = pace.room();
    if (room === 0) {
      throw new RuntimeError(
        'CLUSTER_BUSY',
        `Node ${peers.self} takes ${pace.perSecond} events a second from the others of its cluster; more wait where they were told.`,
        { node: peers.self, retryAfterMs: pace.waitMs() },
      );
    }
    let count = 0;
    // An entry is taken whole, so what it told comes together.
    const end = parcel.entries.findIndex(({ events }) => (count += events.length) >= room) + 1;
    const entries = end > 0 ? parcel.entries.slice(0, end) : parcel.entries;
    pace.spend(count);
    const last = entries.at(-1);
    return entries.length === parcel.entries.length || !last
      ? parcel
      : { entries, upTo: { epoch: last.epoch, seq: last.seq } };
  }
}

interface Parcel {
  epoch: number;
  after: Position;
  upTo: Position;
  entries: readonly SentEntry[];
}

/** @throws RuntimeError `REQUEST_INVALID` for what no node of ours sends. */
function readParcel(publisher: string, body: Json): Parcel {
  const wrong = () => new RuntimeError('REQUEST_INVALID', `What was sent of "${publisher}" is not a parcel of events.`);
  if (!isJsonObject(body) || !Array.isArray(body['entries']) || publisher === '') throw wrong();
  const position = (json: Json | undefined) => positionsFromJson([['', ...(Array.isArray(json) ? json : [])]]).get('');
  const upTo = position(body['upTo']);
  const entries = body['entries'] as unknown as SentEntry[];
  const isSound = entries.every(
    (entry) =>
      Number.isSafeInteger(entry.seq) &&
      Number.isSafeInteger(entry.epoch) &&
      Array.isArray(entry.events) &&
      entry.events.every(({ taint }) => taint === undefined || areLabels(taint)),
  );
  if (!upTo || !isSound) throw wrong();
  return { epoch: Number(body['epoch']) || 0, after: position(body['after']) ?? nowhere, upTo, entries };
}
