import { RuntimeError, toWire } from '../../shared/errors.ts';
import { emittedBy, emittingKinds } from '../journal/emitted.ts';
import type { GraftableJournal } from '../journal/grafting.ts';
import type { Branches } from './branches.ts';
import type { Copies } from './copies.ts';
import type { EventCourier, SentEntry } from './event-courier.ts';
import type { Holdings } from './holdings.ts';
import type { Homes } from './homes.ts';
import { install } from './installing.ts';
import type { LocalNode } from './local-node.ts';
import type { Peers } from './peers.ts';
import type { PositionBook } from './position-book.ts';
import type { Positions } from './positions.ts';
import { startOf } from './publisher-journal.ts';
import type { Roster } from './roster.ts';

const pageSize = 500;

export interface ArrivalParts {
  readonly peers: Peers;
  readonly journal: GraftableJournal;
  readonly store: GraftableJournal;
  readonly book: PositionBook;
  readonly homes: Homes;
  readonly copies: Copies;
  readonly branches: Branches;
  readonly holdings: Holdings;
  readonly courier: EventCourier;
  readonly roster: Roster;
  readonly local: LocalNode;
  onCut(process: string): Promise<void>;
}

/** Brings processes to life on this node whose journal came from another. */
export class Arrivals {
  readonly #parts: ArrivalParts;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  /** Puts what the copy holds into the journal, while the process lives elsewhere. */
  async prepare(process: string, owner: string): Promise<void> {
    const { homes } = this.#parts;
    // Noted first: what stands in the journal is taken for this node's own otherwise.
    if (!homes.isElsewhere(process)) homes.note(process, 'elsewhere', owner, 0, 'being brought here');
    await install(this.#parts, process, owner);
  }

  /**
   * The process is this node's by lease: fences, puts the rest of the copy in place, and takes it up where it was. What
   * was published since it last listened is brought to it again.
   */
  async settle(process: string, epoch: number, from: string | null, reason: string): Promise<void> {
    const { journal, homes, copies, local, roster, courier } = this.#parts;
    if (!homes.isElsewhere(process) && homes.of(process)?.place !== 'leaving')
      homes.note(process, 'elsewhere', from, 0, 'being brought here');
    await journal.fence(process, epoch);
    await install(this.#parts, process, from);
    const positions = copies.of(process)?.positions ?? new Map();
    this.#goBack(positions);
    homes.note(process, 'here', from, epoch, reason);
    await local.adopt(process);
    await copies.drop(process);
    courier.look(process);
    roster.tellSoon();
    await this.#repeat(positions).catch((thrown: unknown) => {
      local.log('warn', `what "${process}" may have missed could not be handed to it`, { code: toWire(thrown).code });
    });
    local.log('info', `"${process}" lives here now`, { epoch, reason });
    local.say({ kind: 'process.changed', process, state: 'arrived', text: reason });
  }

  /** What others published after the process last listened comes again, to everyone here: who has it knows it. */
  #goBack(positions: Positions): void {
    const { book, peers, roster } = this.#parts;
    const lowered = book.lower(positions);
    if (lowered.length === 0) return;
    for (const node of roster.nodes().keys()) peers.ask(node, 'events.again', { publishers: lowered }).catch(() => {});
  }

  /** The same for publishers of this node, which nobody needs to be asked for. */
  async #repeat(positions: Positions): Promise<void> {
    const { journal, local, peers } = this.#parts;
    for (const [publisher, position] of positions) {
      const stream = publisher === `@node:${peers.self}` ? '@node' : publisher;
      if (stream.startsWith('@node:') || (stream !== '@node' && !local.process(stream))) continue;
      for (let after = await startOf(journal, stream, position); ; ) {
        const entries = await journal.read(stream, { after, kinds: emittingKinds, limit: pageSize });
        for (const entry of entries) {
          const told: SentEntry = { seq: entry.seq, epoch: entry.epoch, time: entry.at, events: emittedBy(entry) };
          if (told.events.length > 0) await local.handOnAgain(told.events, told);
        }
        after = entries.at(-1)?.seq ?? after;
        if (entries.length < pageSize) break;
      }
    }
  }

  /** @throws RuntimeError `PLACEMENT_REFUSED` with every reason. */
  assertFits(
    process: string,
    needs: Parameters<LocalNode['lacks']>[0],
    placement: Parameters<LocalNode['lacks']>[1],
  ): void {
    const reasons = this.#parts.local.lacks(needs, placement, process);
    if (reasons.length === 0) return;
    throw new RuntimeError(
      'PLACEMENT_REFUSED',
      `"${process}" cannot live on node ${this.#parts.peers.self}: it ${reasons.join('; it ')}.`,
      { process, reasons },
    );
  }
}
