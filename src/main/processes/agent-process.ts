import type { HookEvent } from '../../shared/config/hooks-config.ts';
import type { ProcessConfig, ProcessConfigInput } from '../../shared/config/process-config.ts';
import type { TriggerConfig } from '../../shared/config/trigger-config.ts';
import type { Definition, NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { ProcessState } from '../../shared/lifecycle.ts';
import type { Tool } from '../agent/tool.ts';
import type { Renewal } from '../agent/tools/toolbox.ts';
import type { ProcessMemory } from '../context/memory/process-memory.ts';
import type { LiteralSecret } from '../governance/secrets/literal-secrets.ts';
import type { SecretVault } from '../governance/secrets/secret-vault.ts';
import type { Snapshot } from '../journal/fold/snapshot.ts';
import { writtenVersion } from '../journal/fold/versions.ts';
import type { Journal } from '../journal/journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { Trigger, Wake, WakeAnswer, WakesAnswer, WebhookReceiver } from '../triggers/trigger.ts';
import { defaultParts, type OpenParts } from './default-parts.ts';
import { noteOf } from './error-note.ts';
import type { Journaled } from './journaled.ts';
import { Life } from './life.ts';
import type { Ability, ProcessParts } from './parts.ts';
import type { Mailbox } from './queue/mailbox.ts';
import { endings } from './runs/ended-run.ts';
import { Steering } from './steering.ts';
import type { Outage } from './survival/outage.ts';
import { definitionFrom } from './versions/definition.ts';
import { Evolution } from './versions/evolution.ts';
import { Workings } from './workings.ts';

export interface AgentProcessOptions {
  name: string;
  /** What it is, for a process that is new; for one that the journal knows, a change of what it is. */
  config?: ProcessConfigInput;
  definition?: Definition;
  journal?: Journal;
  parts?: ProcessParts;
  /** Who creates it, for the journal. */
  by?: string;
  /** The agent that brings it into the world, and the key of the call. */
  parent?: NonNullable<Snapshot['parent']>;
}

/**
 * An agent with a life: states, triggers, a queue, runs, and a journal from which all of it is rebuilt.
 *
 * Works with nothing but a journal: `new AgentProcess({ name, config, journal: new MemoryJournal() })`.
 *
 * Invariants:
 *   P1. Whatever is accepted, begun or changed is in the journal before anyone outside hears of it.
 *   P2. `start` recovers: what the journal says was under way goes on, each run at its first step without a result.
 *   P3. A program that ends, in order or not, changes no state: what ran before runs after.
 */
export class AgentProcess {
  readonly name: string;
  readonly #options: AgentProcessOptions;
  #ownParts: OpenParts | undefined;
  #workings: Workings;
  #life: Life;
  #evolution: Evolution;
  #steering: Steering;

  constructor(options: AgentProcessOptions) {
    this.name = options.name;
    this.#options = options;
    if (!options.parts) this.#ownParts = defaultParts();
    const parts = options.parts ?? (this.#ownParts as OpenParts);
    this.#workings = this.#openWorkings(options.journal ?? new MemoryJournal(parts.clock), parts);
    this.#life = this.#openLife();
    this.#evolution = this.#openEvolution();
    this.#steering = this.#openSteering();
  }

  /** Lives in a runtime from now on, with its journal and its parts. Only before it has been started or loaded. */
  adopt(journal: Journal, parts: ProcessParts): void {
    if (this.#life.isLoaded)
      throw new RuntimeError('TRANSITION_REFUSED', `"${this.name}" lives already; register it before it is started.`);
    void this.#ownParts?.close();
    this.#ownParts = undefined;
    this.#workings = this.#openWorkings(journal, parts);
    this.#life = this.#openLife();
    this.#evolution = this.#openEvolution();
    this.#steering = this.#openSteering();
  }

  #openWorkings(journal: Journal, parts: ProcessParts): Workings {
    return new Workings(this.name, journal, parts, {
      mayWork: () => this.#life.mayWork && !this.#evolution.isTrying,
      wake: (wake) => this.wake(wake),
      wakeAll: (wakes) => this.wakeAll(wakes),
      cancelEvent: (id, reason) => this.#steering.cancelEvent(id, reason, 'runtime'),
      onBroken: (error) => this.#life.onBroken(error),
      onHalt: (verdict) => this.#life.halt(verdict),
      settle: (body) => this.#evolution.settle(body),
      afterPass: (pass) => this.#life.afterPass(pass),
    });
  }

  #openLife(): Life {
    return new Life(this.#workings, {
      read: () => this.#read(),
      wake: (wake) => this.wake(wake),
      takeBack: (thrown) => this.#evolution.takeBack(thrown),
      isOwnMaking: () => this.#evolution.isOwnMaking,
    });
  }

  #openEvolution(): Evolution {
    const life = this.#life;
    return new Evolution(this.#workings, {
      exclusive: (work) => life.exclusive(work),
      readiness: () => life.readiness,
      isAttached: () => life.isAttached,
      isLoaded: () => life.isLoaded,
    });
  }

  #openSteering(): Steering {
    return new Steering(this.#workings, () => this.#life.onSettled());
  }

  get state(): ProcessState {
    return this.snapshot.state;
  }

  get snapshot(): Readonly<Snapshot> {
    return this.#workings.journaled.snapshot;
  }

  get journaled(): Journaled {
    return this.#workings.journaled;
  }

  /** What people do to it besides starting and stopping it: answers, cancels, changes of context and memory. */
  get steering(): Steering {
    return this.#steering;
  }

  /** What people write to it. */
  get mailbox(): Mailbox {
    return this.#workings.mailbox;
  }

  /** What it remembers, wherever that is kept. */
  get memory(): ProcessMemory {
    return this.#workings.parts.memories.of(this.name, this.ability.config.memory);
  }

  get secrets(): SecretVault {
    return this.#workings.secrets();
  }

  /** Its servers that hold an earlier value of a secret are replaced; what could not be started with it is told. */
  renewServers(secret: string, signal: AbortSignal): Promise<Renewal[]> {
    return this.#workings.workplaces.renew(secret, signal);
  }

  /** Keeps secrets that were written out in its manifest. */
  keepSecrets(secrets: readonly LiteralSecret[]): void {
    this.#workings.keepSecrets(secrets);
  }

  /** What it goes by. @throws RuntimeError `AGENT_INVALID` where its definition cannot be used. */
  get ability(): Ability {
    return this.#workings.ability();
  }

  /** Its settings, if its definition can be used. */
  get knownConfig(): ProcessConfig | undefined {
    return this.#workings.known?.config;
  }

  /** Why it works on nothing although its state says that it does: its journal cannot be written, or it is held. */
  get halted(): Outage | null {
    return this.#life.halted;
  }

  /** Whether its triggers watch. */
  get isArmed(): boolean {
    return this.#life.isAttached;
  }

  /** What works on its runs. */
  get loop(): Workings['loop'] {
    return this.#workings.loop;
  }

  get startsWithAll(): boolean {
    return this.knownConfig?.autostart ?? false;
  }

  /** Its triggers, armed or not. */
  get triggers(): readonly Trigger[] {
    return this.#workings.desk.triggers;
  }

  triggerConfig(id: string): (TriggerConfig & { id: string }) | undefined {
    return this.#workings.desk.config(id);
  }

  /** The webhook trigger that answers at `path`, whatever state the process is in. @throws RuntimeError `HOOK_NOT_FOUND`, `HOOK_NOT_READY`. */
  receiver(path: string): WebhookReceiver {
    return this.#workings.desk.receiver(path);
  }

  /** What its agent can call now, as far as it is known. */
  async tools(): Promise<readonly Tool[]> {
    return (await this.#workings.workplaces.get(this.ability.definition.hash)).toolbox.tools;
  }

  /** Lets its hooks hear of something that they cannot keep from happening. */
  async tellHooks(event: HookEvent, data: JsonObject): Promise<void> {
    if (this.isArmed) await this.#workings.workplaces.tell(event, data).catch(() => {});
  }

  /** Asks the servers of its tools what they offer. */
  async askServers(signal: AbortSignal): Promise<void> {
    await (await this.#workings.workplaces.get(this.ability.definition.hash)).toolbox.ready(signal);
  }

  /** Does not let it run before somebody starts it; with an error, not before `letGo`. */
  hold(shown: Outage, error?: RuntimeError): void {
    this.#life.hold(shown, error);
  }

  letGo(): void {
    this.#life.letGo();
  }

  /** Reads what the journal knows, and notes what is new. Changes nothing else; `start` does this by itself. */
  load(): Promise<void> {
    return this.#life.load();
  }

  /**
   * Brings it to life; resolves when it runs. A process that was running when its program ended goes on where it was.
   * @throws RuntimeError whatever keeps it from starting; it is `failed` then.
   */
  start(by = 'user'): Promise<void> {
    return this.#life.start(by);
  }

  /** Takes a process up that an earlier program left in a working state; leaves the others as they are. */
  takeUp(): Promise<void> {
    return this.#life.takeUp();
  }

  /** Ends its life for now. A run that works is brought to its next safe point and goes on after the next start. */
  stop(by = 'user', reason = 'stopped'): Promise<void> {
    return this.#life.stop(by, reason);
  }

  async restart(by = 'user'): Promise<void> {
    await this.#life.stopIfWorking(by, 'restarting');
    await this.start(by);
  }

  /** Begins no further step; events wait. */
  suspend(by = 'user', reason = ''): Promise<void> {
    return this.#life.suspend(by, reason);
  }

  resume(by = 'user'): Promise<void> {
    return this.#life.resume(by);
  }

  /** Gives the process a new definition; runs that have begun end with the one they began with. */
  update(wanted: Definition, by = 'user', reason = ''): Promise<void> {
    return this.#life.whenLoaded(async () => {
      const definition = this.#workings.sealed(wanted);
      const present = this.snapshot.definition;
      if (definition.hash === present?.hash && definition.text === present.text) return;
      const reading = this.#workings.check(definition);
      if (this.isArmed) await this.#workings.workplaces.tell('config_change', { by, reason, name: this.name });
      await this.#append('change-definition', { kind: 'definition.changed', body: { definition, by, reason } });
      await this.#workings.goBy(reading, this.#life.readiness);
      this.#workings.workplaces.drop(this.isArmed);
      this.#workings.loop.pump();
    });
  }

  /** @throws RuntimeError `QUEUE_FULL` or what the journal throws: then nothing was accepted. */
  async wake(wake: Wake): Promise<WakeAnswer> {
    if (!this.#life.isLoaded) await this.load();
    const answer = await this.#workings.intake.accept(this.#workings.vault()?.redact(wake) ?? wake);
    if (!this.#life.mayWork) answer.parked = this.#whyParked();
    return answer;
  }

  /** Several that came at once, in order, kept together. @throws what the journal throws: then none was accepted. */
  async wakeAll(wakes: readonly Wake[]): Promise<WakesAnswer> {
    if (!this.#life.isLoaded) await this.load();
    return this.#workings.intake.acceptAll(this.#workings.vault()?.redact(wakes) ?? wakes);
  }

  #whyParked(): string {
    const { state, stateReason } = this.snapshot;
    return `stored; the process is ${state}${stateReason && stateReason !== state ? `: ${stateReason}` : ''}`;
  }

  /** Starts a new run for an event that has ended, with the same payload. */
  redeliver(eventId: string, wake: Wake): Promise<WakeAnswer> {
    const dedupeKey = `redeliver:${eventId}:${this.snapshot.seq}`;
    return this.#workings.intake.accept({ ...wake, dedupeKey }, eventId);
  }

  /** @param memory what becomes of what it alone remembers: `keep` for who may bring it back. */
  async delete(by: string, memory: 'purge' | 'keep' = 'purge'): Promise<void> {
    await this.#life.stopIfWorking(by, 'deleted');
    await this.#life.exclusive(async () => {
      await this.#life.detach();
      const purge = memory === 'purge' ? this.#purge(by) : [];
      await this.#append('delete-process', ...endings(this.snapshot, 'the process was deleted', by), ...purge, {
        kind: 'process.deleted',
        body: { by },
      });
      await this.#workings.handOnMemory();
    });
  }

  /** Takes away what it alone remembers; resolves when memory has heard of it, or could not be reached for now. */
  async forgetMemory(by: string): Promise<void> {
    const purge = this.#purge(by);
    if (purge.length > 0) await this.#append('forget-memory', ...purge);
    await this.#workings.handOnMemory();
  }

  /** A process of that name that is created later is another one, and remembers nothing of this. */
  #purge(by: string): NewEntry[] {
    return this.knownConfig?.memory.scope === 'process'
      ? [{ kind: 'memory.changed', body: { effects: [{ type: 'memory.purge' }], by } }]
      : [];
  }

  /** Its ownership cannot be counted on any more: what is under way is broken off, and waits for `goOn`. */
  breakOff(): void {
    this.#workings.loop.halt();
    void this.#workings.loop.drained(0);
  }

  /** It may work that could not before. */
  goOn(): void {
    this.#workings.parts.broker.kick();
    this.#workings.loop.pump();
  }

  /**
   * Lets go of it in order, without changing its state: for a program that ends.
   * @param gone it goes on elsewhere: whoever still holds this object is told so, and nothing is accepted by it.
   */
  async close(drainMs?: number, gone?: RuntimeError): Promise<void> {
    await this.#life.close(drainMs, gone);
    await this.#ownParts?.close();
  }

  /** Reads the journal; notes what it is, where that is new, and goes by it. */
  async #read(): Promise<void> {
    const { journaled, parts } = this.#workings;
    await journaled.load();
    const { config, definition: given = config && definitionFrom(this.name, config), by = 'user' } = this.#options;
    const wanted = given && this.#workings.sealed(given);
    const { life, deleted, definition } = this.snapshot;
    if ((life === 0 || deleted) && wanted) await this.#create(wanted, by);
    // What the agent has made of what its program says is not undone by the program saying it again.
    else if (wanted && wanted.hash !== definition?.hash && wanted.hash !== writtenVersion(this.snapshot)?.hash) {
      const reason = 'its program configures it so';
      await this.#append('change-definition', { kind: 'definition.changed', body: { definition: wanted, by, reason } });
    }
    const known = this.snapshot.definition;
    if (!known)
      throw new RuntimeError(
        'PROCESS_NOT_FOUND',
        `The journal knows no process "${this.name}", and no settings were given for one.`,
      );
    try {
      await this.#workings.goBy(this.#workings.read(known), this.#life.readiness);
    } catch (thrown) {
      // It can be looked at and corrected, but not started.
      parts.log('warn', `"${this.name}" cannot be used as it is defined`, {
        code: noteOf(thrown).code,
        reason: asError(thrown).message,
      });
    }
  }

  async #create(definition: Definition, by: string): Promise<void> {
    const { config } = this.#workings.check(definition);
    const state = Object.entries(config.context.initialState);
    const { parent } = this.#options;
    await this.#append(
      'create-process',
      { kind: 'process.created', body: { definition, by, ...(parent ? { parent } : {}) } },
      ...state.map(([key, value]) => ({ kind: 'context.set' as const, body: { key, value, by: 'manifest' } })),
    );
  }

  #append(commit: string, ...entries: NewEntry[]): Promise<void> {
    return this.journaled.append(commit, entries);
  }
}
