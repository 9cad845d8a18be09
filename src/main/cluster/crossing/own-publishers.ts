import { nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Publisher } from './event-courier.ts';
import { type LocalNode, nodePublisher } from './local-node.ts';
import type { PositionBook } from './position-book.ts';
import type { Position, Positions } from './positions.ts';
import type { Roster } from './roster.ts';

export interface OwnPublishersParts {
  readonly node: string;
  readonly local: Pick<LocalNode, 'processes' | 'process' | 'handedOn'>;
  readonly holdings: Pick<Holdings, 'epoch'>;
  readonly book: PositionBook;
  readonly roster: Roster;
  /** The newest entry of a stream that may leave this node; left out: all may that are durable. */
  upTo?(stream: string): number | undefined;
}

/** Those this node speaks for, and how far everyone here has come with all that is published anywhere. */
export class OwnPublishers {
  readonly #parts: OwnPublishersParts;

  constructor(parts: OwnPublishersParts) {
    this.#parts = parts;
  }

  list(): Publisher[] {
    const streams = [nodeStream, ...this.#parts.local.processes().map(({ name }) => name)];
    return streams.flatMap((stream) => this.of(stream) ?? []);
  }

  of(stream: string): Publisher | undefined {
    const { node, local, holdings } = this.#parts;
    if (stream === nodeStream) return { name: nodePublisher(node), stream, epoch: 0 };
    if (stream.startsWith('@') || !local.process(stream)) return undefined;
    const upTo = this.#parts.upTo?.(stream);
    return { name: stream, stream, epoch: holdings.epoch(stream), ...(upTo === undefined ? {} : { upTo }) };
  }

  /** The highest ownership of a publisher that is known here. */
  epochOf(publisher: string): number {
    const { holdings, roster } = this.#parts;
    if (publisher.startsWith('@')) return 0;
    return Math.max(holdings.epoch(publisher), roster.whereIs(publisher)?.about.epoch ?? 0);
  }

  /** What everyone here has of what is published anywhere. */
  positions(): Positions {
    const { node, local, book } = this.#parts;
    const positions = new Map<string, Position>(book.allReceived);
    positions.set(nodePublisher(node), { epoch: 0, seq: local.handedOn(nodeStream) });
    for (const { name } of local.processes()) positions.set(name, this.#heardOf(name));
    return positions;
  }

  /** A process leaves: all here have what it told until now, which need not be told again from where it goes. */
  noteHeard(process: string): void {
    this.#parts.book.reach(process, this.#heardOf(process));
  }

  #heardOf(process: string): Position {
    return { epoch: this.#parts.holdings.epoch(process), seq: this.#parts.local.handedOn(process) };
  }
}
