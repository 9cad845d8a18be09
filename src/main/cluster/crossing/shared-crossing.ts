import type { HookReply, HookRequest } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Database } from '../../store/database.ts';
import type { Identity } from '../identity/identity.ts';
import type { Holdings } from '../leases/holdings.ts';
import { answerPlacement, Candidates } from '../moving/candidates.ts';
import { SecretCarrier } from '../moving/secret-carrier.ts';
import { SecretCopies } from '../moving/secret-copies.ts';
import type { Departures } from '../postgres/departures.ts';
import type { PostgresPeers } from '../postgres/postgres-peers.ts';
import { CatchingUp } from './catching-up.ts';
import { EventCourier } from './event-courier.ts';
import { EventReception } from './event-reception.ts';
import { HookForwarding } from './hook-forwarding.ts';
import { type LocalNode, sayBusy } from './local-node.ts';
import { MessageRoutes } from './message-routes.ts';
import { OwnPublishers } from './own-publishers.ts';
import { PauseSharing } from './pause-sharing.ts';
import { PositionBook } from './position-book.ts';
import { ownRoster, Roster } from './roster.ts';
import { SettingsTable } from './settings-table.ts';
import { whereaboutsOf } from './whereabouts.ts';

const noteEveryMs = 1_000;

export interface SharedCrossingOptions {
  readonly peers: PostgresPeers;
  readonly clock: Clock;
  /** What is kept of dealings with others (`crossing-tables.ts`). */
  readonly db: Database;
  readonly journal: Journal;
  readonly holdings: Pick<Holdings, 'epoch'>;
  readonly departures: Departures;
  readonly local: LocalNode;
  /** Every process that was here when the program started has been taken up. */
  readonly ready: Promise<void>;
  /** The name people know this node by. */
  readonly name: string;
  /** What secrets are sealed for. */
  readonly identity: Identity;
  /** Whether any node of the database has a lease for the process. */
  isKnown(process: string): boolean;
  readonly maxBacklogBytes?: number;
}

/**
 * What crosses nodes that share a database: the same couriers, routes and forwarding as between paired nodes, only that
 * the questions go through the database. Journals are at every node, so there are no copies and nothing is shipped; what
 * a process has been told stands in the database, for whoever takes it.
 */
export class SharedCrossing {
  readonly roster: Roster;
  readonly courier: EventCourier;
  readonly hooks: HookForwarding;
  readonly candidates: Candidates;
  readonly secrets: SecretCarrier;
  readonly settings: SettingsTable;
  readonly #options: SharedCrossingOptions;
  readonly #book: PositionBook;
  readonly #own: OwnPublishers;
  readonly #reception: EventReception;
  readonly #routes: MessageRoutes;
  readonly #catchingUp: CatchingUp;
  readonly #secretCopies: SecretCopies;
  /** Processes that were taken up and have not been brought yet what they missed. */
  readonly #behind = new Set<string>();
  /** Those of them that were taken up before what they told elsewhere could be handed on here. */
  readonly #untold = new Set<string>();
  readonly #undo: (() => void)[] = [];
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(options: SharedCrossingOptions) {
    this.#options = options;
    const { peers, clock, db, journal, holdings, local, ready, maxBacklogBytes } = options;
    const book = new PositionBook(db, clock);
    this.#book = book;
    this.settings = new SettingsTable(db);
    this.roster = new Roster(peers, clock, () => {
      const { isDrained, settings } = this;
      return ownRoster({ name: options.name, isDrained, local, settings, holdings });
    });
    const { roster } = this;
    const own = new OwnPublishers({ node: peers.self, local, holdings, book, roster });
    this.#own = own;
    const secrets = new SecretCarrier({ peers, local, identity: options.identity });
    this.secrets = secrets;
    this.candidates = new Candidates(peers, roster, local, clock, (process, to) => secrets.namesFor(process, to));
    this.#secretCopies = new SecretCopies({
      carrier: secrets,
      clock,
      local,
      // Any of them may be the first to see that the lease has run out.
      heirs: (process) => (process.placement.failover === 'manual' ? [] : this.candidates.known(process, () => {})),
    });
    const backlogs = new Map<string, number>();
    this.courier = new EventCourier({
      peers,
      journal,
      clock,
      book,
      ...(maxBacklogBytes === undefined ? {} : { maxBacklogBytes }),
      companions: () => peers.nodes().map((one) => ({ ...one, backlogBytes: backlogs.get(one.node) ?? 0 })),
      noteBacklog: (node, bytes) => backlogs.set(node, bytes),
      publishers: own,
      tellPace: (reason) => sayBusy(local, reason),
      log: local.log,
    });
    this.#reception = new EventReception({ peers, book, local, ready, epochOf: (publisher) => own.epochOf(publisher) });
    this.#routes = new MessageRoutes({ peers, clock, roster, local });
    const isKnown = (process: string) => roster.whereIs(process) !== undefined || options.isKnown(process);
    const whereabouts = (process: string) => this.whereabouts(process);
    this.hooks = new HookForwarding({ peers, clock, db, roster, local, isKnown, whereabouts });
    // What is told again does no harm, so of one that is not known everything is.
    const joinedAt = (node: string) => peers.nodes().find((one) => one.node === node)?.joinedAt ?? 0;
    this.#catchingUp = new CatchingUp({ peers, journal, book, roster, local, joinedAt });
    const pauses = new PauseSharing({ peers, roster, local });
    this.#undo.push(
      answerPlacement(peers, local, () => this.isDrained),
      () => pauses.close(),
    );
  }

  /** The runtime is open, and the database is listened to. */
  async start(): Promise<void> {
    const { local, peers, departures } = this.#options;
    this.#undo.push(
      local.onChange(() => {
        this.roster.tellSoon();
        this.#routes.refresh();
      }),
      peers.onChange(() => {
        this.courier.refresh();
        this.roster.tellSoon();
      }),
      this.roster.onChange((node) => this.courier.nudge(node)),
      local.onHandedEnd((end) => this.#routes.tellEnd(end)),
    );
    this.roster.start();
    // Taken at the start, or by a program that did not come to finish it.
    const here = local.processes().map(({ name }) => name);
    for (const process of await departures.among(here).catch(() => here)) {
      this.#behind.add(process);
      this.#untold.add(process);
    }
    this.courier.start();
    this.hooks.start();
    this.#note();
    void this.roster.tellNow();
  }

  /** Why a process that does not live here may be somewhere all the same; null: nothing says that there is one. */
  whereabouts(process: string): string | null {
    const known = whereaboutsOf({ process, isTaken: false, roster: this.roster });
    return known ?? (this.#options.isKnown(process) ? 'the database says that a node has it, or may take it' : null);
  }

  get isDrained(): boolean {
    return this.settings.get('drained') === true;
  }

  setDrained(isDrained: boolean): void {
    this.settings.set('drained', isDrained);
    this.roster.tellSoon();
  }

  /** Before a process is let go: writes down what it has been told. @throws RuntimeError `DATABASE_UNREACHABLE`. */
  async leaving(process: string): Promise<void> {
    const { departures, holdings } = this.#options;
    await departures.leave(process, holdings.epoch(process), this.#own.positions());
    this.#own.noteHeard(process);
  }

  /** Its lease is this node's, and nothing of it runs yet: what it told elsewhere is handed on here first. */
  async arriving(process: string): Promise<void> {
    const departure = await this.#options.departures.of(process);
    if (departure) await this.#catchingUp.tell(process, departure.positions, departure.node);
  }

  /** It has been taken up here: it is brought what it was not told, now or as soon as that works. */
  async arrived(process: string): Promise<void> {
    this.#behind.add(process);
    this.courier.look(process);
    this.roster.tellSoon();
    await this.#catchUp();
  }

  /** A webhook for a process that does not live here. */
  forwardHook(process: string, request: HookRequest): Promise<HookReply> {
    return this.hooks.take(process, request);
  }

  /** @throws RuntimeError `NAME_TAKEN` where a process of another node has the name. */
  assertNameFree(name: string): void {
    const where = this.roster.whereIs(name);
    if (where)
      throw new RuntimeError('NAME_TAKEN', `There is a process "${name}" already, on node ${where.node}.`, { name });
  }

  /** What stands in the database of how far this node is, before it is closed. */
  async flush(): Promise<void> {
    await this.#options.departures.note(() => this.#own.positions()).catch(() => {});
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    for (const undo of this.#undo) undo();
    for (const part of [this.secrets, this.hooks, this.#routes, this.#reception, this.courier, this.roster, this.#book])
      part.close();
  }

  #note(): void {
    if (this.#isClosed) return;
    this.#secretCopies.tend();
    void this.#catchUp()
      .then(() => this.flush())
      .finally(() => {
        if (!this.#isClosed) this.#disarm = this.#options.clock.after(noteEveryMs, () => this.#note());
      });
  }

  async #catchUp(): Promise<void> {
    const { departures, local } = this.#options;
    for (const process of [...this.#behind]) {
      try {
        const departure = local.process(process) && (await departures.of(process));
        if (departure) {
          if (this.#untold.has(process)) await this.#catchingUp.tell(process, departure.positions, departure.node);
          await this.#catchingUp.bring(process, departure.positions, departure.node);
          // What was given up in the book must be given up in the database before the departure is (D1).
          await departures.note(() => this.#own.positions());
          await departures.end(departure);
        }
        this.#behind.delete(process);
        this.#untold.delete(process);
      } catch (thrown) {
        local.log('warn', `what "${process}" may have missed could not be handed to it yet`, {
          code: toWire(thrown).code,
        });
      }
    }
  }
}
