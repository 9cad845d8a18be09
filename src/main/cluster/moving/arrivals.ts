import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import { CatchingUp } from '../crossing/catching-up.ts';
import type { EventCourier } from '../crossing/event-courier.ts';
import type { Homes } from '../crossing/homes.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { PositionBook } from '../crossing/position-book.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Holdings } from '../leases/holdings.ts';
import type { Peers } from '../peers.ts';
import type { Branches } from './branches.ts';
import type { Copies, Copy } from './copies.ts';
import { install } from './installing.ts';
import type { Late } from './late.ts';

export interface ArrivalParts {
  readonly peers: Peers;
  readonly journal: GraftableJournal;
  readonly store: GraftableJournal;
  readonly book: PositionBook;
  readonly homes: Homes;
  readonly copies: Copies;
  readonly late: Late;
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
  readonly #catchingUp: CatchingUp;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
    this.#catchingUp = new CatchingUp(parts);
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
    const copy = copies.of(process);
    if (copy) await this.#tellHere(process, copy);
    homes.note(process, 'here', from, epoch, reason);
    await local.adopt(process);
    courier.look(process);
    roster.tellSoon();
    await this.catchUp(process);
    local.log('info', `"${process}" lives here now`, { epoch, reason });
    local.say({ kind: 'process.changed', process, state: 'arrived', text: reason });
  }

  /**
   * Now that it listens here: brings it what was told since it listened elsewhere, or since others here began without it.
   * Until that is under way the copy stays, or the note, which says since when.
   */
  async catchUp(process: string): Promise<void> {
    const { copies, late, local, peers } = this.#parts;
    const copy = copies.of(process);
    const missedSince = late.positionsOf(process);
    try {
      if (missedSince) {
        await this.#catchingUp.bring(process, missedSince, peers.self);
        late.drop(process);
      }
      if (!copy) return;
      await this.#catchingUp.bring(process, copy.positions, copy.owner);
      await copies.drop(process);
    } catch (thrown) {
      // The copy, or the note, stays, and with it what is to be brought: the next start does it.
      local.log('warn', `what "${process}" may have missed could not be handed to it`, { code: toWire(thrown).code });
    }
  }

  /** While nothing of it runs: what it told before, and this node has not heard. */
  async #tellHere(process: string, { positions, owner }: Copy): Promise<void> {
    await this.#catchingUp.tell(process, positions, owner).catch((thrown: unknown) => {
      this.#parts.local.log('warn', `what "${process}" told could not be handed on here`, {
        code: toWire(thrown).code,
      });
    });
  }

  /** @throws RuntimeError `PLACEMENT_REFUSED` with every reason. */
  async assertFits(
    process: string,
    needs: Parameters<LocalNode['lacks']>[0],
    placement: Parameters<LocalNode['lacks']>[1],
  ): Promise<void> {
    const reasons = await this.#parts.local.lacks(needs, placement, process);
    if (reasons.length === 0) return;
    throw new RuntimeError(
      'PLACEMENT_REFUSED',
      `"${process}" cannot live on node ${this.#parts.peers.self}: it ${reasons.join('; it ')}.`,
      { process, reasons },
    );
  }
}
