import type { HookReply, HookRequest, LocalProcess } from '../../../shared/crossing.ts';
import type { GraftableJournal } from '../../journal/grafting.ts';
import type { Clock } from '../../lib/clock.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import type { Database } from '../../store/database.ts';
import type { Identity } from '../identity/identity.ts';
import type { Holdings } from '../leases/holdings.ts';
import { confirmLease, LeasesWithCopies } from '../leases/lease-with-copy.ts';
import { NewLeases } from '../leases/new-leases.ts';
import { Arrivals } from '../moving/arrivals.ts';
import { Balancing } from '../moving/balancing.ts';
import { Branches } from '../moving/branches.ts';
import { answerPlacement, Candidates } from '../moving/candidates.ts';
import { Copies } from '../moving/copies.ts';
import { Forgetting } from '../moving/forgetting.ts';
import { Homecoming } from '../moving/homecoming.ts';
import { Late } from '../moving/late.ts';
import { leaveFor } from '../moving/leaving.ts';
import { Moves } from '../moving/moves.ts';
import { cautiousFailover, livedIn } from '../moving/placement-in.ts';
import { SecretCarrier } from '../moving/secret-carrier.ts';
import { SecretCopies } from '../moving/secret-copies.ts';
import { Shipping } from '../moving/shipping.ts';
import type { StandbyGate } from '../moving/standby-gate.ts';
import { TakeOvers } from '../moving/take-overs.ts';
import type { Peers } from '../peers.ts';
import { Companions } from './companions.ts';
import { EventCourier } from './event-courier.ts';
import { EventReception } from './event-reception.ts';
import { Homes } from './homes.ts';
import { HookForwarding } from './hook-forwarding.ts';
import { type LocalNode, sayBusy } from './local-node.ts';
import { MessageRoutes } from './message-routes.ts';
import { Names } from './names.ts';
import { OwnPublishers } from './own-publishers.ts';
import { PauseSharing } from './pause-sharing.ts';
import { PositionBook } from './position-book.ts';
import { ownRoster, Roster } from './roster.ts';
import { SettingsTable } from './settings-table.ts';
import { whereaboutsOf } from './whereabouts.ts';

const assignEveryMs = 2_000;
/** How long a program that ends waits for others to take over what it gives them. */
const leaveMs = 5_000;

export interface CrossingOptions {
  readonly peers: Peers;
  readonly clock: Clock;
  /** What is kept of dealings with others (`crossing-tables.ts`). */
  readonly db: Database;
  /** The journal that runs here. */
  readonly journal: GraftableJournal;
  /** Where copies of other nodes' journals are kept. */
  readonly store: GraftableJournal;
  readonly gate: StandbyGate;
  readonly holdings: Holdings;
  readonly local: LocalNode;
  /** Every process that was here when the program started has been taken up. */
  readonly ready: Promise<void>;
  /** The name people know this node by. */
  readonly name: string;
  /** What secrets are sealed for; left out: none go along with processes. */
  readonly identity?: Identity;
  readonly maxBacklogBytes?: number;
  /** How many events of other nodes are taken a second, as the limits of a hub say; left out: as many as come. */
  readonly eventsPerSecond?: number;
  /** What is known of a stream outside the journal is no longer so. */
  onCut?(process: string): Promise<void>;
  /** Something was taken out of what is kept for others: nothing of it is to be left in the files. */
  scrub?(): void;
}

/**
 * Everything that crosses nodes, put together: what is published, messages, webhooks, copies of journals, and the
 * processes themselves. `begin` before the runtime opens, `start` when it has.
 */
export class Crossing {
  readonly homes: Homes;
  /** Those of processes that are to be made here. */
  readonly names: Names;
  readonly copies: Copies;
  readonly branches: Branches;
  readonly shipping: Shipping;
  readonly moves: Moves;
  readonly takeOvers: TakeOvers;
  readonly balancing: Balancing;
  readonly roster: Roster;
  readonly courier: EventCourier;
  readonly hooks: HookForwarding;
  readonly forgetting: Forgetting;
  readonly #options: CrossingOptions;
  readonly #book: PositionBook;
  readonly #companions: Companions;
  readonly #settings: SettingsTable;
  readonly #reception: EventReception;
  readonly #routes: MessageRoutes;
  readonly #homecoming: Homecoming;
  readonly #arrivals: Arrivals;
  readonly #late: Late;
  readonly #newLeases: NewLeases;
  readonly #leases: LeasesWithCopies;
  readonly #candidates: Candidates;
  readonly #secrets: SecretCarrier;
  readonly #secretCopies: SecretCopies;
  readonly #undo: (() => void)[] = [];
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(options: CrossingOptions) {
    this.#options = options;
    const { peers, clock, db, journal, store, gate, holdings, local, ready, maxBacklogBytes } = options;
    const onCut = async (process: string) => options.onCut?.(process);
    this.#settings = new SettingsTable(db);
    this.#newLeases = new NewLeases({ holdings, journal, local });
    this.#leases = new LeasesWithCopies(options);
    this.#book = new PositionBook(db, clock);
    this.#companions = new Companions(db, clock, peers);
    this.homes = new Homes(db, clock);
    this.branches = new Branches(db, clock);
    this.roster = new Roster(peers, clock, () => {
      const { isDrained } = this;
      const standbyOf = (process: string) => this.shipping.standbyOf(process);
      return ownRoster({ name: options.name, isDrained, local, settings: this.#settings, holdings, standbyOf });
    });
    const { homes: known, roster: heard } = this;
    this.names = new Names({ self: peers.self, clock, roster: heard, holdings, homes: known, journal, onCut });
    const secrets = new SecretCarrier({ peers, local, ...(options.identity ? { identity: options.identity } : {}) });
    this.#secrets = secrets;
    this.#candidates = new Candidates(peers, this.roster, local, clock, (process, to) => secrets.namesFor(process, to));
    this.copies = new Copies({ peers, clock, db, store, local, members: () => this.#members() });
    const upTo = (stream: string) => gate.upTo(stream);
    const own = new OwnPublishers({ node: peers.self, local, holdings, book: this.#book, roster: this.roster, upTo });
    this.courier = new EventCourier({
      peers,
      journal,
      clock,
      book: this.#book,
      ...(maxBacklogBytes === undefined ? {} : { maxBacklogBytes }),
      companions: () => this.#companions.list(),
      noteBacklog: (node, bytes) => this.#companions.noteBacklog(node, bytes),
      publishers: own,
      tellPace: (reason) => sayBusy(local, reason),
      log: local.log,
    });
    const epochOf = (publisher: string) => own.epochOf(publisher);
    const { eventsPerSecond } = options;
    const pace =
      eventsPerSecond === undefined ? {} : { pace: new TokenBucket(clock, eventsPerSecond, eventsPerSecond) };
    const late = (this.#late = new Late(db));
    // As soon as those that begin are there, and before anything is handed on to them.
    const begun = ready.then(() => this.#homecoming.noteLate(own.positions()));
    this.#reception = new EventReception({ peers, book: this.#book, local, ready: begun, epochOf, ...pace });
    this.#routes = new MessageRoutes({ peers, clock, roster: this.roster, local });
    const isKnown = (process: string) => heard.whereIs(process) !== undefined || known.of(process) !== undefined;
    const whereabouts = (process: string) => this.whereabouts(process);
    this.hooks = new HookForwarding({ peers, clock, db, roster: heard, local, isKnown, whereabouts });
    this.shipping = new Shipping({
      peers,
      clock,
      journal,
      gate,
      local,
      epochOf: (process) => holdings.epoch(process),
      positions: () => own.positions(),
      candidates: (process) => this.#candidates.known(process, () => this.shipping.assign()),
      confirm: (process) => confirmLease(holdings, peers.self, process),
      degrade: (process) => void this.#leases.goOnWithoutCopy(process),
      onChange: () => this.roster.tellSoon(),
    });
    const { shipping } = this;
    this.#secretCopies = new SecretCopies({
      carrier: secrets,
      clock,
      local,
      heirs({ name }) {
        const standby = shipping.standbyOf(name);
        return standby === null ? [] : [standby];
      },
    });
    const { homes, copies, branches, courier, roster } = this;
    const isDrained = () => this.isDrained;
    const common = { peers, clock, journal, store, homes, copies, branches, holdings, roster, local, isDrained };
    const scrub = () => options.scrub?.();
    const isUnsettled = (process: string) => this.#homecoming.isUnsettled(process);
    this.forgetting = new Forgetting({ ...common, isUnsettled, onCut, scrub });
    const arrivals = new Arrivals({
      ...common,
      book: this.#book,
      late,
      courier,
      joinedAt: (node) => {
        if (node === peers.self) return 0;
        return this.#companions.list().find((one) => one.node === node)?.joinedAt ?? clock.now();
      },
      onCut,
    });
    this.#arrivals = arrivals;
    this.moves = new Moves({
      ...common,
      arrivals,
      secrets,
      positions: () => own.positions(),
      noteHeard: (process) => own.noteHeard(process),
    });
    this.balancing = new Balancing({
      ...common,
      candidates: this.#candidates,
      settings: this.#settings,
      move: (process, to) => this.moves.move(process, to, { reason: 'rebalanced' }),
    });
    const isMoving = (process: string) => this.moves.movingTo(process) !== undefined;
    this.takeOvers = new TakeOvers({ ...common, arrivals, isMoving });
    const failoverOf = (process: string) => cautiousFailover(journal, process);
    this.#homecoming = new Homecoming({
      peers,
      clock,
      journal,
      homes,
      branches,
      holdings,
      roster,
      gate,
      late,
      local,
      failoverOf,
      catchUp: (process) => arrivals.catchUp(process),
      onCut,
    });
    this.#answer();
  }

  /** Finds out which processes are this node's, before its runtime opens. */
  async begin(): Promise<void> {
    await this.copies.open();
    await this.#homecoming.begin(await livedIn(this.#options.journal));
  }

  /** Whether the runtime must leave a process alone when it opens. */
  isAway(process: string): boolean {
    return this.#homecoming.isAway(process);
  }

  /** Why a process that does not live here may be somewhere all the same; null: nothing says that there is one. */
  whereabouts(process: string): string | null {
    const isTaken = this.takeOvers.isTaking(process) || (this.isAway(process) && !this.homes.isElsewhere(process));
    const to = this.moves.movingTo(process);
    const place = to === undefined ? this.homes.of(process) : { place: 'leaving' as const, node: to };
    return whereaboutsOf({ process, isTaken, ...(place ? { place } : {}), roster: this.roster });
  }

  /** The runtime is open. */
  async start(): Promise<void> {
    const { local, peers, journal, holdings } = this.#options;
    this.#undo.push(
      local.onChange(() => this.#onLocalChange()),
      peers.onChange(() => this.#onPeers()),
      journal.onDurable((entries) => {
        for (const { kind, process } of entries)
          if (kind === 'process.deleted') holdings.forget(process).catch(() => {});
      }),
      this.roster.onChange((node) => this.courier.nudge(node)),
      local.onHandedEnd((end) => this.#routes.tellEnd(end)),
    );
    this.roster.start();
    this.courier.start();
    this.copies.start();
    this.hooks.start();
    this.#homecoming.start();
    this.takeOvers.start();
    this.balancing.start();
    // Taken in by a program that did not come to finish it.
    const unfinished = [...this.copies.all().map(({ process }) => process), ...this.#late.all()];
    for (const process of unfinished) if (local.process(process)) await this.#arrivals.catchUp(process);
    this.#onLocalChange();
    this.#assign();
    void this.roster.tellNow();
  }

  get isDrained(): boolean {
    return this.#settings.get('drained') === true;
  }

  setDrained(isDrained: boolean): void {
    this.#settings.set('drained', isDrained);
    this.roster.tellSoon();
  }

  /** A webhook for a process that does not live here. */
  forwardHook(process: string, request: HookRequest): Promise<HookReply> {
    return this.hooks.take(process, request);
  }

  /** @throws RuntimeError `PEER_BACKLOG_FULL`: nothing may be published for now. */
  assertRoom(): void {
    this.courier.assertRoom();
  }

  /** The newest entry of a stream that no other node needs any more. */
  heldFrom(stream: string): number {
    return this.courier.heldFrom(stream);
  }

  /** What a node says against having a process. @throws RuntimeError `PEER_UNREACHABLE`. */
  fitsOn(process: Pick<LocalProcess, 'name' | 'needs' | 'placement'>, node: string): Promise<readonly string[]> {
    return this.#candidates.against(process, node);
  }

  /**
   * The program ends, or the computer goes to sleep: what goes on elsewhere by itself goes there now, as far as `withinMs`
   * allows; the rest stays this node's. Nobody waits for a copy any more that does not come at once.
   */
  async leave(withinMs = leaveMs): Promise<void> {
    const { clock, gate, local } = this.#options;
    const { moves, shipping, roster } = this;
    await leaveFor({ clock, gate, local, moves, shipping, roster }, withinMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    for (const undo of this.#undo) undo();
    const parts = [
      this.forgetting,
      this.#secrets,
      this.balancing,
      this.takeOvers,
      this.#homecoming,
      this.moves,
      this.shipping,
      this.copies,
      this.hooks,
      this.#routes,
    ];
    for (const part of [...parts, this.#reception, this.courier, this.roster, this.#book]) part.close();
  }

  #answer(): void {
    const { peers, local } = this.#options;
    const pauses = new PauseSharing({ peers, local, roster: this.roster });
    this.#undo.push(
      answerPlacement(peers, local, () => this.isDrained),
      () => pauses.close(),
    );
  }

  #members(): string[] {
    return this.#companions.list().map(({ node }) => node);
  }

  #onPeers(): void {
    for (const node of this.#companions.prune()) this.#book.forgetPeer(node);
    this.courier.refresh();
    this.copies.refresh();
    this.roster.tellSoon();
  }

  #onLocalChange(): void {
    if (this.#isClosed) return;
    this.roster.tellSoon();
    this.#routes.refresh();
    this.#leases.followAll();
    this.shipping.assignNew();
    for (const process of this.#options.local.processes()) void this.#newLeases.claim(process);
  }

  #assign(): void {
    if (this.#isClosed) return;
    this.shipping.assign();
    this.#secretCopies.tend();
    this.#onLocalChange();
    this.#disarm = this.#options.clock.after(assignEveryMs, () => this.#assign());
  }
}
