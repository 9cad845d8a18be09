import type { Definition } from '../../shared/entries/journal-entries.ts';
import { brokerStream, isOwnStream, nodeStream } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { isAtRest } from '../../shared/lifecycle.ts';
import type { LiteralSecret } from '../governance/secrets/literal-secrets.ts';
import type { Outgoing } from '../journal/fold/snapshot.ts';
import { writtenVersion } from '../journal/fold/versions.ts';
import type { Journal } from '../journal/journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { ReadModels } from '../journal/tables/read-models.ts';
import { ReadQueries, type VersionOf } from '../journal/tables/read-queries.ts';
import { deferred } from '../lib/deferred.ts';
import type { EventBus } from '../messaging/event-bus.ts';
import type { MessageBroker } from '../messaging/message-broker.ts';
import { handOn } from '../messaging/outgoing.ts';
import type { AgentProcess, AgentProcessOptions } from '../processes/agent-process.ts';
import { defaultParts, type OpenParts } from '../processes/default-parts.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { runtimeMigrations } from '../store/migrations.ts';
import type { AgentRuntimeOptions } from './agent-runtime-options.ts';
import { tellParents } from './child-ends.ts';
import { NodeBudget } from './health/node-budget.ts';
import { Housekeeping, ownStream } from './keeping/housekeeping.ts';
import { Retention } from './keeping/retention.ts';
import { Trash } from './keeping/trash.ts';
import { editedText } from './manifests/manifest.ts';
import { type LoadReport, loadFiles, manifestFiles, readManifestFile } from './manifests/manifest-files.ts';
import { NodeStream } from './node-stream.ts';
import { Nursery } from './nursery.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { Pauses } from './planning/pauses.ts';
import { Registry } from './registry.ts';
import { Halts, safeMode } from './telling/halts.ts';
import { NoticeBoard } from './telling/notice-board.ts';
import { Notifications } from './telling/notifications.ts';
import { Snoozes } from './telling/snoozes.ts';

/** What became of a definition. */
type Applied = { process: AgentProcess; change: 'created' | 'updated' | 'unchanged' };

/**
 * Many processes with one journal, one bus and one life: what a node runs.
 *
 * Invariants:
 *   A1. A name is one process at most, from before its first entry on.
 *   A2. Nothing that was published is delivered before every process that listens has been taken up.
 */
export class AgentRuntime {
  readonly journal: Journal;
  readonly database: Database;
  readonly notices = new NoticeBoard();
  readonly pauses = new Pauses(() => this.#node);
  readonly retention = new Retention(() => this.#node);
  readonly halts: Halts;
  readonly queries: ReadQueries;
  readonly options: AgentRuntimeOptions;
  readonly housekeeping: Housekeeping;
  /** What all processes may use together. */
  readonly nodeBudget: NodeBudget;
  /** Tells people elsewhere what happens here. */
  readonly notifications: Notifications;
  /** Processes that were deleted and can be brought back. */
  readonly trash: Trash;
  readonly startedAt: number;
  readonly #parts: OpenParts;
  readonly #node: NodeStream;
  readonly #registry: Registry;
  readonly #takenUp = deferred();
  readonly #nursery = new Nursery({
    list: () => this.list(),
    find: (name) => this.find(name),
    register: (options) => this.register(options),
    elsewhere: (parent) => this.options.childrenElsewhere?.(parent) ?? [],
    log: (level, message, details) => this.log(level, message, details),
  });
  readonly snoozes: Snoozes;
  #isSafe = false;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: AgentRuntimeOptions = {}) {
    this.options = options;
    this.journal = options.journal ?? new MemoryJournal(options.parts?.clock);
    this.database = options.database ?? openDatabase(':memory:', runtimeMigrations);
    if (!options.database) new ReadModels(this.database).follow(this.journal);
    const versionOf: VersionOf = (...of) => this.#registry.versionOf(...of);
    this.queries = new ReadQueries(this.database, this.journal, options.isElsewhere, versionOf);
    this.journal.onDurable((entries) => this.notices.tell(entries));
    tellParents(this.journal, (name) => this.#registry.find(name));
    this.#parts = defaultParts({
      ...options.parts,
      journal: this.journal,
      memoryDatabase: options.parts?.memoryDatabase ?? (() => this.database),
      // What is not kept makes no entry, so these two are told without one.
      onOutage: (outage) =>
        this.notices.say({ kind: 'node.changed', state: outage ? outage.code : 'ok', text: outage?.message ?? '' }),
      onBroken: (process, { code }) => this.notices.say({ kind: 'process.changed', process, text: code }),
      pausedAt: (process, instant) => this.pauses.at(process, instant),
      deliver: (process, outgoing) => this.#deliver(process, outgoing),
      family: (process) => this.#nursery.familyOf(process),
      editText: editedText,
      onText: () =>
        options.streamText && this.notices.watchers > 0
          ? (process, run, step, text) => this.notices.say({ kind: 'step.text', process, run, step, text })
          : undefined,
    });
    const { heldFrom } = options;
    this.housekeeping = new Housekeeping({
      ...this,
      parts: this.#parts,
      list: () => this.list(),
      streams: () => [ownStream(nodeStream, this.#node), ownStream(brokerStream, this.broker.stream)],
      heldFrom,
      also: () => this.trash.empty(),
    });
    this.trash = new Trash({ ...this, parts: this.#parts, heldFrom, enlist: (one) => this.#registry.enlist(one) });
    const onDeleted = (process: AgentProcess) => this.trash.note(process);
    this.#registry = new Registry({ ...options, journal: this.journal, parts: this.#parts, onDeleted });
    this.snoozes = new Snoozes({ ...this.#parts, runtime: this, node: () => this.#node.journaled });
    this.startedAt = this.#parts.clock.now();
    this.halts = new Halts({ ...this.#parts, runtime: this, node: () => this.#node });
    this.#node = new NodeStream(this.journal, this.#parts, (error) => {
      this.log('error', 'the journal of the node could not be written', { code: error.code, reason: error.message });
      const { outage, clock } = this.#parts;
      const since = outage.present?.since ?? clock.now();
      outage.begin(nodeStream, error, () => this.#node.reopen(error, since));
    });
    const { clock, governance } = this.#parts;
    this.nodeBudget = new NodeBudget({ clock, governance, node: this.#node, list: () => this.list() });
    this.notifications = new Notifications({
      ...this.#parts,
      node: this.#node,
      journal: this.journal,
      show: ({ kind, process, title, text, item }) =>
        this.notices.say({
          kind: 'notification',
          process,
          state: kind,
          text: `${title}\n${text}`,
          ...(item ? { item } : {}),
        }),
    });
  }

  /** Events of all agents of this runtime; programs may listen too. */
  get bus(): EventBus {
    return this.#parts.bus;
  }

  /** Messages between agents of this runtime. */
  get broker(): MessageBroker {
    return this.#parts.broker;
  }

  get nodeId(): string {
    return this.#node.id;
  }

  get version(): string {
    return this.options.version ?? '0.0.0';
  }

  get parts(): OpenParts {
    return this.#parts;
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, details: JsonObject = {}): void {
    this.#parts.log(level, message, details);
  }

  /** Takes up every process that the journal knows: what ran before goes on. Called by itself with the first use. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Processes by name. */
  list(): AgentProcess[] {
    return this.#registry.list();
  }

  find(name: string): AgentProcess | undefined {
    return this.#registry.find(name);
  }

  /** @throws RuntimeError `PROCESS_NOT_FOUND`. */
  get(name: string): AgentProcess {
    return this.#registry.get(name);
  }

  /**
   * Adds a process; it does not run before it is started.
   * @throws RuntimeError `NAME_TAKEN`, `NAME_INVALID`, `MANIFEST_INVALID`.
   */
  async register(process: AgentProcess | Omit<AgentProcessOptions, 'journal' | 'parts'>): Promise<AgentProcess> {
    await this.open();
    if (this.trash.has(process.name)) await this.trash.supersede(process.name, 'runtime');
    return this.#registry.register(process);
  }

  /** @throws RuntimeError `NAME_TAKEN`, `NAME_INVALID`: also for a name whose journal still tells of a deleted process. */
  async assertFree(name: string): Promise<void> {
    await this.open();
    await this.#registry.assertFree(name);
  }

  /** Takes up a process that was written into the journal from outside. */
  adopt(name: string): Promise<AgentProcess> {
    return this.#registry.adopt(name);
  }

  /** Lets go of a process in order, without changing its state: it lives elsewhere from now on. */
  dismiss(name: string, drainMs?: number): Promise<void> {
    return this.#registry.dismiss(name, drainMs);
  }

  /** Every process that was there when the runtime was opened has been taken up. */
  get takenUp(): Promise<void> {
    return this.#takenUp.promise;
  }

  /** The newest entry of a stream up to which everybody here has what it told. */
  handedOn(stream: string): number {
    const { outbox, seq } = stream === nodeStream ? this.#node.snapshot : this.get(stream).snapshot;
    const [first] = outbox.keys();
    return first === undefined ? seq : first - 1;
  }

  get isSafe(): boolean {
    return this.#isSafe;
  }

  /** What ran before goes on. Does nothing outside safe mode. */
  async leaveSafeMode(): Promise<Outcome> {
    await this.open();
    if (!this.#isSafe) return { processes: [], failed: [] };
    this.#isSafe = false;
    this.options.onLeaveSafeMode?.();
    for (const process of this.list()) process.letGo();
    await this.#takeUpAll();
    this.notices.say({ kind: 'node.changed', state: 'ok', text: 'safe mode was left' });
    return { processes: this.list().map(({ name }) => name), failed: [] };
  }

  /** Lets a process go on with what its journal holds. @throws RuntimeError `JOURNAL_CORRUPT` where it cannot be read. */
  async acceptLoss(name: string): Promise<void> {
    const process = this.get(name);
    await this.options.marks?.accept(name);
    process.letGo();
    await this.#registry.takeUp(process, 'as it is');
    await this.halts.look();
    const { halted } = process;
    if (halted && halted.code !== 'LEASE_LOST') throw new RuntimeError('JOURNAL_CORRUPT', halted.message, { name });
    // The next start goes by this, and no more by what does not fit.
    if (process.snapshot.life > 0) await process.journaled.checkpoint();
  }

  /** Stops a process and puts it into the trash, from where it can be brought back. */
  async remove(name: string, by: string): Promise<void> {
    const process = this.get(name);
    await this.nodeBudget.beforeRemoval(process);
    await process.delete(by, 'keep');
    await this.#registry.forget(name);
    await this.halts.look();
    this.#parts.governance.ledger.leave(name);
    this.trash.note(process);
  }

  /** Loads one `.agent` file. @throws RuntimeError `MANIFEST_NOT_FOUND`, `MANIFEST_INVALID`. */
  async loadManifest(path: string, by = 'user'): Promise<Applied> {
    await this.open();
    const { name, definition, secrets } = await readManifestFile(path, this.#parts.env);
    return this.applyDefinition(name, definition, by, secrets);
  }

  /** Creates the process, or gives the one of that name the new definition. */
  async applyDefinition(
    name: string,
    definition: Definition,
    by: string,
    secrets: readonly LiteralSecret[] = [],
  ): Promise<Applied> {
    const known = this.find(name);
    if (!known) {
      const process = await this.register({ name, definition, by });
      process.keepSecrets(secrets);
      return { process, change: 'created' };
    }
    known.keepSecrets(secrets);
    const { definition: before } = known.snapshot;
    // What the agent has made of what the file says is not undone by the file saying it again.
    const isOld = before?.hash !== definition.hash && writtenVersion(known.snapshot)?.hash === definition.hash;
    if (isOld || (before?.hash === definition.hash && before.text === definition.text))
      return { process: known, change: 'unchanged' };
    await known.update(definition, by, 'loaded from a file');
    return { process: known, change: 'updated' };
  }

  /** Loads every `.agent` file of a folder, in the order of their names; says what it could not load, and why. */
  async loadDirectory(path: string, by = 'user'): Promise<LoadReport> {
    await this.open();
    return loadFiles(await manifestFiles(path), this.#parts.env, async ({ name, definition, secrets }) => {
      return (await this.applyDefinition(name, definition, by, secrets)).change;
    });
  }

  /** Starts every process that is at rest and wants to be started with all. */
  startAll(by = 'user'): Promise<Outcome> {
    return this.each(
      ({ state, startsWithAll }) => isAtRest(state) && startsWithAll,
      (process) => process.start(by),
    );
  }

  stopAll(by = 'user'): Promise<Outcome> {
    return this.each(
      ({ state }) => !isAtRest(state),
      (process) => process.stop(by),
    );
  }

  /** Does something with every process of a kind, and says with which it could not. */
  async each(
    which: (process: AgentProcess) => boolean,
    work: (process: AgentProcess) => Promise<void>,
  ): Promise<Outcome> {
    await this.open();
    return outcomeOf(this.list().filter(which), work);
  }

  /** Publishes an event in somebody's name. Durable when it resolves. */
  async publish(type: string, data: JsonObject[string], by = 'user'): Promise<string> {
    await this.open();
    this.#parts.mayPublish?.();
    return this.#node.publish(type, this.#parts.governance.redact(data), by);
  }

  /** Lets every process go in order, without changing its state, and closes the journal. */
  close(reason = 'closed'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #open(): Promise<void> {
    await this.#node.open(this.version, process.pid, this.options.nodeId);
    await this.broker.open();
    // Of those that are wholly gone only the marks are left: they are shown as well, so that they are missed.
    const gone = this.options.marks?.rolledBack.map(({ process: name }) => name) ?? [];
    for (const name of new Set([...(await this.journal.processes()), ...gone])) {
      if (!isOwnStream(name) && !this.options.isElsewhere?.(name)) this.#registry.add(name);
    }
    this.nodeBudget.open();
    this.notifications.open();
    // What is used up must be known before the first of them goes on.
    if (this.nodeBudget.isSet) await Promise.all(this.list().map((process) => process.load().catch(() => {})));
    if (this.options.safeMode) {
      this.#isSafe = true;
      const why = this.options.safeReason ?? safeMode;
      this.log('error', why);
      await Promise.all(this.list().map((process) => this.#registry.lookAt(process, why)));
      return this.halts.look();
    }
    await this.#takeUpAll();
  }

  async #takeUpAll(): Promise<void> {
    await Promise.all(this.list().map((process) => this.#registry.takeUp(process)));
    this.#takenUp.resolve();
    await this.halts.look();
    await this.broker.start();
    await this.#node.deliver();
    this.housekeeping.start();
    this.snoozes.arm();
    void this.notifications.catchUp(this.list().map(({ name }) => name)).catch(() => {});
  }

  async #close(reason: string): Promise<void> {
    this.#node.keep();
    this.notifications.close();
    this.snoozes.close();
    await this.housekeeping.close();
    if (this.#opening) {
      await this.#opening.catch(() => {});
      await this.#registry.close();
      await this.#node.close(reason).catch(() => {});
    }
    await this.#parts.close();
    await this.journal.close();
    this.database.close();
  }

  async #deliver(process: string, outgoing: Outgoing): Promise<void> {
    await this.#takenUp.promise;
    // Those who listen are being let go: they would never hear of it. The next program delivers it.
    if (this.#closing) throw new RuntimeError('NODE_CLOSING', 'The node is closing.');
    await handOn(this.bus, this.broker, process, outgoing);
    await this.#nursery.deliver(process, outgoing);
  }
}
