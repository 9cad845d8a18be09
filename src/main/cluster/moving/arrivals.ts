import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { nodeStream } from '../../../shared/journal-entries.ts';
import { emittedBy, emittingKinds } from '../../journal/emitted.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { EventCourier } from '../crossing/event-courier.ts';
import type { Homes } from '../crossing/homes.ts';
import { type LocalNode, nodePublisher } from '../crossing/local-node.ts';
import type { PositionBook } from '../crossing/position-book.ts';
import type { Positions } from '../crossing/positions.ts';
import { firstAfter, startOf } from '../crossing/publisher-journal.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Peers } from '../peers.ts';
import type { Branches } from './branches.ts';
import type { Copies } from './copies.ts';
import { install } from './installing.ts';

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
  /** Since when a node gets what is published here (epoch ms). */
  joinedAt(node: string): number;
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
    const { journal, homes, local, roster, courier, copies } = this.#parts;
    if (!homes.isElsewhere(process) && homes.of(process)?.place !== 'leaving')
      homes.note(process, 'elsewhere', from, 0, 'being brought here');
    await copies.seal(process);
    try {
      await journal.fence(process, epoch);
      await install(this.#parts, process, from);
    } catch (thrown) {
      copies.unseal(process);
      throw thrown;
    }
    homes.note(process, 'here', from, epoch, reason);
    await local.adopt(process);
    courier.look(process);
    roster.tellSoon();
    await this.catchUp(process);
    local.log('info', `"${process}" lives here now`, { epoch, reason });
    local.say({ kind: 'process.changed', process, state: 'arrived', text: reason });
  }

  /**
   * Now that it listens here: brings it what was told since it listened elsewhere. Until that is under way the copy stays,
   * which says since when.
   */
  async catchUp(process: string): Promise<void> {
    const { copies, local } = this.#parts;
    const copy = copies.of(process);
    if (!copy) return;
    this.#goBack(copy.positions);
    await this.#repeat(copy.positions, copy.owner).catch((thrown: unknown) => {
      local.log('warn', `what "${process}" may have missed could not be handed to it`, { code: toWire(thrown).code });
    });
    await copies.drop(process);
  }

  /** What others published after the process last listened comes again, to everyone here: who has it knows it. */
  #goBack(positions: Positions): void {
    const { book, peers, roster } = this.#parts;
    const lowered = book.lower(positions);
    if (lowered.length === 0) return;
    for (const node of roster.nodes().keys()) peers.ask(node, 'events.again', { publishers: lowered }).catch(() => {});
  }

  /** The same for publishers of this node, which nobody needs to be asked for. */
  async #repeat(positions: Positions, from: string): Promise<void> {
    const { journal, peers, joinedAt } = this.#parts;
    for (const { name: stream } of [{ name: nodeStream }, ...this.#parts.local.processes()]) {
      const position = positions.get(stream === nodeStream ? nodePublisher(peers.self) : stream);
      const after = position
        ? await startOf(journal, stream, position)
        : (await firstAfter(journal, stream, joinedAt(from))) - 1;
      await this.#repeatAfter(stream, after);
    }
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
