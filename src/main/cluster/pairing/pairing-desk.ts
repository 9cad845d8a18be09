import { randomUUID } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { RuntimeError } from '../../../shared/errors.ts';
import type { PairingView } from '../../../shared/views/cluster-views.ts';
import type { Clock } from '../../lib/clock.ts';
import { CodeDesk, plainCode } from '../../lib/pairing-code.ts';
import type { Identity } from '../identity/identity.ts';
import { addressText, parseAddress, plainHost } from '../link/addresses.ts';
import { NodeName } from '../link/presence.ts';
import { dial, pairingProtocol } from '../link/tls.ts';
import type { PeerRole } from '../peers.ts';
import { failed, Lines } from './lines.ts';
import { type ClusterCard, type Met, meetAsAsker, meetAsHub } from './talk.ts';

/** How long people may take to compare words. */
const compareMs = 180_000;
const dialMs = 5_000;
/** Ended ones are shown for a while, so that both screens can say what became of them. */
const keptEnded = 10;
const maxMeeting = 3;

/** Two nodes that both people have confirmed. */
export interface Paired {
  side: 'asker' | 'hub';
  node: string;
  name: string;
  role: PeerRole;
  /** Where it was met; null for who came by itself. */
  address: string | null;
  cluster: ClusterCard;
}

export interface PairingDeskOptions {
  identity: Identity;
  /** What this node is called. */
  name(): string;
  clock: Clock;
  /** The cluster that this node takes others into; null: it takes in nobody. */
  card(): ClusterCard | null;
  /** Keeps the pair. Called once for each, after both sides have confirmed. */
  onPaired(paired: Paired): void;
  onChange(): void;
}

interface Pairing {
  view: PairingView;
  lines: Lines;
  side: 'asker' | 'hub';
  dialled: string | null;
  cluster: ClusterCard;
  confirmedHere: boolean;
  confirmedThere: boolean;
}

/** Pairings that are under way, on either side. Nothing is kept of any of them before both sides have confirmed. */
export class PairingDesk {
  readonly #options: PairingDeskOptions;
  readonly #codes: CodeDesk;
  readonly #pairings = new Map<string, Pairing>();
  /** Tries with a wrong code. */
  readonly #ended: PairingView[] = [];
  #meeting = 0;

  constructor(options: PairingDeskOptions) {
    this.#options = options;
    this.#codes = new CodeDesk(options.clock);
  }

  list(): PairingView[] {
    return [...this.#ended, ...[...this.#pairings.values()].map(({ view }) => view)];
  }

  /** @throws RuntimeError `PAIRING_LOCKED` */
  showCode(): { code: string; expiresAt: number } {
    const { code, lifeMs } = this.#codes.show();
    return { code, expiresAt: this.#options.clock.now() + lifeMs };
  }

  /** Somebody came to be paired. Without a code that is shown just now, not a byte is read from it. */
  async welcome(socket: TLSSocket, node: string): Promise<void> {
    const card = this.#options.card();
    if (!card || !this.#codes.isOpen || this.#meeting >= maxMeeting) {
      socket.destroy();
      return;
    }
    const lines = new Lines(socket, this.#options.clock);
    this.#meeting++;
    try {
      const { identity, name } = this.#options;
      const met = await meetAsHub(lines, { node: identity.node, name: name() }, node, this.#codes, card);
      this.#begin(met, 'hub', lines, plainHost(socket.remoteAddress), 'member');
    } catch (thrown) {
      const reason = thrown instanceof RuntimeError ? thrown : failed('something went wrong at the other side');
      lines.refuse(reason);
      if (reason.code === 'PAIRING_CODE_INVALID') this.#showWrongCode(node, plainHost(socket.remoteAddress), reason);
    } finally {
      this.#meeting--;
    }
  }

  /** Asks a node to be paired. @throws RuntimeError `PEER_UNREACHABLE`, `PAIRING_CODE_INVALID`, `PAIRING_FAILED` */
  async ask(addressGiven: string, code: string, role: PeerRole): Promise<PairingView> {
    const { identity, name, clock } = this.#options;
    const hostPort = parseAddress(addressGiven);
    const stop = new AbortController();
    const disarm = clock.after(dialMs, () => stop.abort());
    const { socket, node } = await dial(identity, hostPort, pairingProtocol, null, stop.signal).finally(disarm);
    const lines = new Lines(socket, clock);
    if (node === identity.node) {
      lines.close();
      throw failed('that is this node itself, or a copy of it');
    }
    try {
      const met = await meetAsAsker(lines, { node: identity.node, name: name() }, node, plainCode(code));
      return this.#begin(met, 'asker', lines, addressText(hostPort), role).view;
    } catch (thrown) {
      lines.close();
      throw thrown;
    }
  }

  /** @throws RuntimeError `PAIRING_NOT_FOUND`, `PAIRING_FAILED` */
  confirm(id: string, role?: PeerRole): PairingView {
    const pairing = this.#open(id);
    if (role) {
      assertRole(pairing.side, role);
      pairing.view = { ...pairing.view, role };
    }
    if (pairing.confirmedHere) return pairing.view;
    pairing.confirmedHere = true;
    pairing.view = { ...pairing.view, state: 'waiting' };
    pairing.lines.say({ confirmed: true });
    this.#settle(pairing);
    this.#options.onChange();
    return pairing.view;
  }

  /** @throws RuntimeError `PAIRING_NOT_FOUND` */
  reject(id: string): PairingView {
    const pairing = this.#open(id);
    pairing.lines.refuse(failed('it was rejected at the other side'));
    this.#end(pairing, 'rejected', 'It was rejected here.');
    return pairing.view;
  }

  close(): void {
    this.#codes.close();
    for (const pairing of this.#pairings.values()) {
      if (isOver(pairing)) continue;
      pairing.lines.close();
      this.#end(pairing, 'failed', 'This node left.');
    }
  }

  /** Who shows a code sees that somebody tries others. */
  #showWrongCode(node: string, address: string, { message }: RuntimeError): void {
    const view: PairingView = {
      id: randomUUID().slice(0, 8),
      name: address,
      node,
      address,
      words: [],
      role: 'member',
      state: 'failed',
      reason: message,
      expiresAt: this.#options.clock.now(),
    };
    this.#ended.push(view);
    if (this.#ended.length > keptEnded) this.#ended.shift();
    this.#options.onChange();
  }

  #begin(met: Met, side: 'asker' | 'hub', lines: Lines, address: string, role: PeerRole): Pairing {
    assertRole(side, role);
    const pairing: Pairing = {
      view: {
        id: randomUUID().slice(0, 8),
        name: NodeName.parse(met.other.name),
        node: met.other.node,
        address,
        words: met.words,
        role,
        state: 'compare',
        reason: null,
        expiresAt: this.#options.clock.now() + compareMs,
      },
      lines,
      side,
      dialled: side === 'asker' ? address : null,
      cluster: met.cluster,
      confirmedHere: false,
      confirmedThere: false,
    };
    this.#pairings.set(pairing.view.id, pairing);
    this.#forgetOld();
    void this.#listen(pairing);
    this.#options.onChange();
    return pairing;
  }

  async #listen(pairing: Pairing): Promise<void> {
    try {
      const line = await pairing.lines.hear(compareMs);
      if (line['confirmed'] !== true) throw failed('the other side said what it should not');
      pairing.confirmedThere = true;
      this.#settle(pairing);
      if (!isOver(pairing)) {
        // Confirmed there, but not here yet: the time is the same for both.
        await pairing.lines.hear(Math.max(0, pairing.view.expiresAt - this.#options.clock.now()));
      }
    } catch (thrown) {
      if (isOver(pairing)) return;
      const reason = thrown instanceof RuntimeError ? thrown : failed('something went wrong');
      pairing.lines.refuse(reason);
      this.#end(pairing, 'failed', reason.message);
    }
  }

  #settle(pairing: Pairing): void {
    if (!pairing.confirmedHere || !pairing.confirmedThere || isOver(pairing)) return;
    const { node, name, role } = pairing.view;
    this.#options.onPaired({
      side: pairing.side,
      node,
      name,
      role,
      address: pairing.dialled,
      cluster: pairing.cluster,
    });
    pairing.lines.close();
    this.#end(pairing, 'paired', null);
  }

  #end(pairing: Pairing, state: PairingView['state'], reason: string | null): void {
    pairing.view = { ...pairing.view, state, reason };
    this.#options.onChange();
  }

  #open(id: string): Pairing {
    const pairing = this.#pairings.get(id);
    if (pairing && !isOver(pairing)) return pairing;
    const what = pairing
      ? `The pairing ${id} has ended: ${pairing.view.reason ?? pairing.view.state}`
      : `There is no pairing ${id}.`;
    throw new RuntimeError('PAIRING_NOT_FOUND', what, { id });
  }

  #forgetOld(): void {
    const over = [...this.#pairings].filter(([, pairing]) => isOver(pairing));
    for (const [id] of over.slice(0, Math.max(0, over.length - keptEnded))) this.#pairings.delete(id);
  }
}

const isOver = ({ view }: Pairing): boolean => view.state !== 'compare' && view.state !== 'waiting';

/** The hub of a cluster is one: who is taken in cannot be another. @throws RuntimeError `REQUEST_INVALID` */
function assertRole(side: 'asker' | 'hub', role: PeerRole): void {
  if (side === 'asker' || role !== 'hub') return;
  throw new RuntimeError('REQUEST_INVALID', 'This node is the hub: give the other observe, operate or member.', {
    role,
  });
}
