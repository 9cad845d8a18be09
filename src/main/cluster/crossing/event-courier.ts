import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { type EmittedEvent, emittedBy, emittingKinds } from '../../journal/fold/emitted.ts';
import type { Journal } from '../../journal/journal.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Peers } from '../peers.ts';
import type { PositionBook } from './position-book.ts';
import { comparePositions, nowhere, type Position, positionsFromJson } from './positions.ts';
import { firstAfter, startOf } from './publisher-journal.ts';

/** How much may wait for one peer before publishers hear of it. */
export const usualBacklogBytes = 64 << 20;
const pageSize = 200;
const firstWaitMs = 250;
const longestWaitMs = 5_000;
/** Publishing more than a cluster takes is nothing to tell of when it lasts no longer. */
const briefMs = 2_000;
const shortestTurnMs = 50;
/** Everything is compared anew this often, in case something was forgotten. */
const compareEveryMs = 30_000;

/** One entry of a publisher on its way: its number, when it was written, and what it told. */
export interface SentEntry {
  readonly seq: number;
  readonly epoch: number;
  readonly time: number;
  readonly events: readonly EmittedEvent[];
}

/** A publisher that is this node's to speak for. */
export interface Publisher {
  /** As peers know it. */
  readonly name: string;
  /** The stream of its entries in the journal. */
  readonly stream: string;
  readonly epoch: number;
  /** Entries beyond this one may not leave yet; left out: all may that are durable. */
  readonly upTo?: number;
}

export interface CourierParts {
  readonly peers: Peers;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly book: PositionBook;
  readonly maxBacklogBytes?: number;
  /** Those who get what is published here, with the time (epoch ms) from which on they do. */
  companions(): readonly { node: string; joinedAt: number; backlogBytes: number }[];
  noteBacklog(node: string, bytes: number): void;
  /** Those that are this node's to speak for. */
  readonly publishers: { list(): readonly Publisher[]; of(stream: string): Publisher | undefined };
  /** More is published than the cluster takes, and not only for a moment. */
  tellPace(reason: string): void;
  log(level: 'info' | 'warn', message: string, details: { [key: string]: Json }): void;
}

/**
 * Brings what is published on this node to all others. The journals of the publishers are the outbox: nothing is kept a
 * second time, and how far a peer has come is the peer's to say.
 *
 * Invariants:
 *   C1. A peer gets what one publisher told in its order, without gaps: each parcel says what it follows.
 *   C2. What a peer does not have yet stays in the journal (`heldFrom`), for weeks if need be.
 *   C3. Beyond the backlog of a peer, publishing is refused; nothing that was published is dropped.
 */
export class EventCourier {
  readonly #parts: CourierParts;
  readonly #ways = new Map<string, Way>();
  readonly #undo: (() => void)[];
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: CourierParts) {
    this.#parts = parts;
    this.#undo = [
      parts.journal.onDurable((entries) => this.#note(entries)),
      parts.peers.answer('events.again', 'member', async ({ from, body }) => {
        const publishers = (body as { publishers?: string[] } | null)?.publishers ?? [];
        this.#ways.get(from)?.ask(publishers);
        return null;
      }),
    ];
  }

  start(): void {
    this.refresh();
    this.#arm();
  }

  /** Companions came or went, or publishers moved: compares everything again. */
  refresh(): void {
    const companions = new Map(this.#parts.companions().map((one) => [one.node, one]));
    for (const [node, way] of this.#ways) {
      if (companions.has(node)) continue;
      way.close();
      this.#ways.delete(node);
    }
    for (const [node, { joinedAt, backlogBytes }] of companions) {
      let way = this.#ways.get(node);
      if (!way) this.#ways.set(node, (way = new Way(node, joinedAt, backlogBytes, this.#parts)));
      way.compare();
    }
  }

  /** A stream may have more to tell than before. */
  look(stream: string): void {
    for (const way of this.#ways.values()) way.mark(stream);
  }

  /** A peer answers again: no need to wait for the next try. */
  nudge(node: string): void {
    this.#ways.get(node)?.nudge();
  }

  /** @throws RuntimeError `PEER_BACKLOG_FULL` when too much waits for a node that does not take it. */
  assertRoom(): void {
    const { maxBacklogBytes = usualBacklogBytes } = this.#parts;
    for (const { node, backlogBytes, problem } of this.#ways.values()) {
      if (backlogBytes < maxBacklogBytes) continue;
      throw new RuntimeError(
        'PEER_BACKLOG_FULL',
        `${Math.round(backlogBytes / 1_048_576)} MB wait for node ${node} (${problem ?? 'it is being told'}); publishing goes on when it takes them or has left the cluster.`,
        { node, backlogBytes },
      );
    }
  }

  /** The newest entry of a stream that every peer has; what comes after it must be kept. Infinite: nobody needs any. */
  heldFrom(stream: string): number {
    const publisher = this.#parts.publishers.of(stream);
    let held = Number.POSITIVE_INFINITY;
    if (!publisher) return held;
    for (const way of this.#ways.values()) held = Math.min(held, way.reached(publisher));
    return held;
  }

  /** What waits for each peer. */
  backlogs(): { node: string; bytes: number; problem: string | null; since: number | null }[] {
    return [...this.#ways.values()].map(({ node, backlogBytes, problem, since }) => ({
      node,
      bytes: backlogBytes,
      problem,
      since,
    }));
  }

  /** Resolves when everything that could be brought now has been. */
  async settled(): Promise<void> {
    await Promise.all([...this.#ways.values()].map((way) => way.settled()));
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#undo) undo();
    this.#disarm?.();
    for (const way of this.#ways.values()) way.close();
  }

  #note(entries: readonly JournalEntry[]): void {
    if (this.#ways.size === 0) return;
    for (const entry of entries) {
      if (!emittingKinds.includes(entry.kind) || emittedBy(entry).length === 0) continue;
      if (!this.#parts.publishers.of(entry.process)) continue;
      const bytes = JSON.stringify(entry.body).length;
      for (const way of this.#ways.values()) way.add(entry.process, bytes);
    }
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#disarm = this.#parts.clock.after(compareEveryMs, () => {
      this.refresh();
      this.#arm();
    });
  }
}

/** The way to one peer. */
class Way {
  readonly node: string;
  readonly #joinedAt: number;
  readonly #parts: CourierParts;
  /** Streams that may have something for it. */
  readonly #marked = new Set<string>();
  /** Publishers whose position it has said in this program's life. */
  readonly #known = new Map<string, Position>();
  backlogBytes: number;
  problem: string | null = null;
  since: number | null = null;
  #failures = 0;
  #running: Promise<void> | undefined;
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(node: string, joinedAt: number, backlogBytes: number, parts: CourierParts) {
    this.node = node;
    this.#joinedAt = joinedAt;
    this.#parts = parts;
    this.backlogBytes = backlogBytes;
  }

  add(stream: string, bytes: number): void {
    this.backlogBytes += bytes;
    this.mark(stream);
  }

  mark(stream: string): void {
    this.#marked.add(stream);
    this.#run();
  }

  /** Asks anew how far the peer is with everything: something may have been forgotten there. */
  compare(): void {
    this.#known.clear();
    for (const { stream } of this.#parts.publishers.list()) this.#marked.add(stream);
    this.#run();
  }

  ask(publishers: readonly string[]): void {
    for (const { name, stream } of this.#parts.publishers.list()) {
      if (!publishers.includes(name)) continue;
      this.#known.delete(name);
      this.#marked.add(stream);
    }
    this.nudge();
  }

  nudge(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#run();
  }

  reached({ name }: Publisher): number {
    return (this.#known.get(name) ?? this.#parts.book.sent(this.node, name))?.seq ?? 0;
  }

  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
  }

  #run(): void {
    if (this.#running || this.#disarm || this.#isClosed || this.#marked.size === 0) return;
    this.#running = this.#bring().finally(() => {
      this.#running = undefined;
      if (!this.#disarm) this.#run();
    });
  }

  async #bring(): Promise<void> {
    const { clock, log, noteBacklog } = this.#parts;
    try {
      for (const [stream] of this.#marked.entries()) {
        if (this.#isClosed) return;
        this.#marked.delete(stream);
        const publisher = this.#parts.publishers.of(stream);
        if (!publisher) continue;
        try {
          await this.#bringAll(publisher);
        } catch (thrown) {
          this.#marked.add(stream);
          throw thrown;
        }
      }
      if (this.problem) log('info', `node ${this.node} takes again what is published here`, {});
      this.#failures = 0;
      this.problem = null;
      this.since = null;
      if (this.#marked.size === 0 && this.backlogBytes > 0) {
        this.backlogBytes = 0;
        noteBacklog(this.node, 0);
      }
    } catch (thrown) {
      const { code, message, details } = toWire(thrown);
      if (code === 'JOURNAL_CLOSED' || this.#isClosed) return;
      if (code === 'CLUSTER_BUSY') return this.#waitForTurn(message, Number(details?.['retryAfterMs']) || 0);
      if (!this.problem)
        log('warn', `what is published here does not reach node ${this.node}`, { code, reason: message });
      this.problem = message;
      this.since ??= clock.now();
      this.#failures++;
      this.#known.clear();
      noteBacklog(this.node, this.backlogBytes);
      this.#disarm = clock.after(backoffMs(this.#failures, firstWaitMs, longestWaitMs), () => this.nudge());
    }
  }

  /** The other side takes no more just now, which is no failure: it said how long that lasts. */
  #waitForTurn(reason: string, waitMs: number): void {
    const { clock, noteBacklog } = this.#parts;
    this.since ??= clock.now();
    noteBacklog(this.node, this.backlogBytes);
    if (clock.now() - this.since >= briefMs && this.problem !== reason) {
      this.problem = reason;
      this.#parts.tellPace(reason);
    }
    const ms = Math.min(longestWaitMs, Math.max(shortestTurnMs, waitMs));
    this.#disarm = clock.after(ms, () => this.nudge());
  }

  async #bringAll(publisher: Publisher): Promise<void> {
    const { journal, book } = this.#parts;
    let at = this.#known.get(publisher.name) ?? (await this.#positionOf(publisher));
    for (;;) {
      const after = await startOf(journal, publisher.stream, at);
      const { entries, isLast } = await this.#page(publisher, after);
      const last = entries.at(-1);
      if (!last) return;
      const upTo = { epoch: last.epoch, seq: last.seq };
      const answer = await this.#parts.peers.ask(this.node, 'events.take', {
        publisher: publisher.name,
        epoch: publisher.epoch,
        after: [at.epoch, at.seq],
        entries: entries.filter(({ events }) => events.length > 0),
        upTo: [upTo.epoch, upTo.seq],
      } as unknown as Json);
      const told = positionsFromJson([[publisher.name, ...((answer as unknown as number[]) ?? [])]]);
      at = told.get(publisher.name) ?? upTo;
      this.#known.set(publisher.name, at);
      book.noteSent(this.node, publisher.name, at);
      if (isLast && comparePositions(at, upTo) === 0) return;
    }
  }

  async #page({ stream, upTo = Number.POSITIVE_INFINITY }: Publisher, after: number) {
    const read = await this.#parts.journal.read(stream, { after, kinds: emittingKinds, limit: pageSize });
    const entries: SentEntry[] = [];
    let bytes = 0;
    for (const entry of read) {
      const { seq, epoch, at: time } = entry;
      if (seq > upTo || bytes > 256 << 10) return { entries, isLast: seq > upTo };
      const events = emittedBy(entry);
      bytes += events.length === 0 ? 0 : JSON.stringify(events).length;
      entries.push({ seq, epoch, time, events });
    }
    return { entries, isLast: read.length < pageSize };
  }

  /** Where the peer is; one that knows nothing of the publisher gets what was told since it joined. */
  async #positionOf(publisher: Publisher): Promise<Position> {
    const { peers, journal, publishers } = this.#parts;
    const wanted = [
      publisher,
      ...publishers.list().filter(({ name }) => !this.#known.has(name) && name !== publisher.name),
    ];
    const answer = await peers.ask(this.node, 'events.where', { publishers: wanted.map(({ name }) => name) });
    const told = positionsFromJson(answer);
    for (const { name, stream } of wanted) {
      let position = told.get(name);
      if (!position) {
        const seq = (await firstAfter(journal, stream, this.#joinedAt)) - 1;
        position = seq > 0 ? { epoch: 0, seq } : nowhere;
      }
      this.#known.set(name, position);
      this.#parts.book.noteSent(this.node, name, position);
    }
    return this.#known.get(publisher.name) as Position;
  }
}
