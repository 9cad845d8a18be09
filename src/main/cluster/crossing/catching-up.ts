import { nodeStream } from '../../../shared/entries/journal-entries.ts';
import { emittedBy, emittingKinds } from '../../journal/fold/emitted.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Peers } from '../peers.ts';
import { type LocalNode, nodePublisher } from './local-node.ts';
import type { PositionBook } from './position-book.ts';
import { lowerOf, type Position, type Positions } from './positions.ts';
import { firstAfter, startOf } from './publisher-journal.ts';
import type { Roster } from './roster.ts';

const pageSize = 500;

export interface CatchingUpParts {
  readonly peers: Peers;
  readonly journal: Journal;
  readonly book: PositionBook;
  readonly roster: Roster;
  readonly local: Pick<LocalNode, 'processes' | 'handOnAgain'>;
  /** Since when a node gets what is published here (epoch ms). */
  joinedAt(node: string): number;
}

/** Brings a process that came to this node what was told since it listened where it lived before. */
export class CatchingUp {
  readonly #parts: CatchingUpParts;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /**
   * Before the process is taken up: what it told where it was, and had no time to tell this node, is handed on here.
   * `positions`: what everyone on the node `from` had when it was let go there.
   */
  async tell(process: string, positions: Positions, from: string): Promise<void> {
    const [there, here] = [positions.get(process), this.#parts.book.received(process)];
    await this.#repeat(process, there && here && lowerOf(there, here), from);
  }

  /**
   * When it listens here: what others told since `positions`. Resolves when what this node's own publishers told has been
   * handed on, and when it stands durably in the book that the rest is wanted.
   */
  async bring(process: string, positions: Positions, from: string): Promise<void> {
    const { book, peers, roster, local } = this.#parts;
    // It comes again to everyone here: who has it knows it.
    const publishers = book.lower(positions);
    if (publishers.length > 0)
      for (const node of roster.nodes().keys()) peers.ask(node, 'events.again', { publishers }).catch(() => {});
    await this.#repeat(nodeStream, positions.get(nodePublisher(peers.self)), from);
    for (const { name } of local.processes()) if (name !== process) await this.#repeat(name, positions.get(name), from);
  }

  /** What a publisher of this node told after a position, or since `from` came there. */
  async #repeat(stream: string, position: Position | undefined, from: string): Promise<void> {
    const { journal, joinedAt } = this.#parts;
    const begin = position
      ? await startOf(journal, stream, position)
      : (await firstAfter(journal, stream, joinedAt(from))) - 1;
    await this.#repeatAfter(stream, begin);
  }

  async #repeatAfter(stream: string, begin: number): Promise<void> {
    for (let after = begin; ; ) {
      const entries = await this.#parts.journal.read(stream, { after, kinds: emittingKinds, limit: pageSize });
      for (const entry of entries) {
        const { seq, epoch, at: time } = entry;
        const events = emittedBy(entry);
        if (events.length > 0) await this.#parts.local.handOnAgain(events, { seq, epoch, time });
      }
      after = entries.at(-1)?.seq ?? after;
      if (entries.length < pageSize) return;
    }
  }
}
