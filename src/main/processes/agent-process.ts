import { asError, RuntimeError } from '../../shared/errors.ts';
import type { BudgetLimit } from '../../shared/governance-config.ts';
import type { Definition, MemoryEffect, NewEntry } from '../../shared/journal-entries.ts';
import type { Json } from '../../shared/json.ts';
import { assertTransition, isWorking, type ProcessState } from '../../shared/lifecycle.ts';
import type { ProcessConfig, ProcessConfigInput } from '../../shared/process-config.ts';
import { type TriggerConfig, withIds } from '../../shared/trigger-config.ts';
import type { Tool } from '../agent/tool.ts';
import { checkContextTotal, checkContextWrite } from '../agent/tools/context-tools.ts';
import type { ProcessMemory } from '../context/memory/process-memory.ts';
import { editedArgs } from '../governance/approvals.ts';
import { EscalationWebhooks } from '../governance/escalation-webhook.ts';
import type { Verdict } from '../governance/guard.ts';
import { type LiteralSecret, literalSecrets, withHandles } from '../governance/literal-secrets.ts';
import { namesSecret, type SecretVault } from '../governance/secret-vault.ts';
import { topUpEntries } from '../governance/top-up.ts';
import type { Journal } from '../journal/journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { OpenRun, Snapshot } from '../journal/snapshot.ts';
import type { Taker } from '../messaging/taker.ts';
import { messageWake } from '../triggers/message-trigger.ts';
import type { Trigger, Wake, WakeAnswer, WebhookReceiver } from '../triggers/trigger.ts';
import { defaultParts, type OpenParts } from './default-parts.ts';
import { abilityOf, definitionFrom, definitionOf } from './definition.ts';
import { Delivery } from './delivery.ts';
import { Intake } from './intake.ts';
import { isNotOurs, Journaled } from './journaled.ts';
import { laneRule } from './lane.ts';
import { Mailbox } from './mailbox.ts';
import { MemoryDelivery } from './memory-delivery.ts';
import type { Outage } from './outage.ts';
import type { Ability, ProcessParts } from './parts.ts';
import { recoveryEntries, resumingEntries } from './recovery.ts';
import { decideRestart } from './restart-policy.ts';
import { RunLoop } from './run-loop.ts';
import { noteOf, type Pass } from './step-executor.ts';
import { type Readiness, TriggerDesk } from './trigger-desk.ts';
import { toolsOf, Workplaces } from './workplaces.ts';

/** How long a step that works is given when its process is stopped. */
const drainMs = 20_000;

export interface AgentProcessOptions {
  name: string;
  /** What it is, for a process that is new; for one that the journal knows, a change of what it is. */
  config?: ProcessConfigInput;
  definition?: Definition;
  journal?: Journal;
  parts?: ProcessParts;
  /** Who creates it, for the journal. */
  by?: string;
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
  /** What people write to it. */
  readonly mailbox: Mailbox;
  readonly #options: AgentProcessOptions;
  #journaled: Journaled;
  #parts: ProcessParts;
  #intake: Intake;
  #loop: RunLoop;
  #desk: TriggerDesk;
  #workplaces: Workplaces;
  #delivery: Delivery;
  #escalations: EscalationWebhooks;
  #memoryDelivery: MemoryDelivery;
  #ownParts: OpenParts | undefined;
  #ability: Ability | undefined;
  #laneOf: ReturnType<typeof laneRule>;
  #turn: Promise<unknown> = Promise.resolve();
  #loaded = false;
  #attached = false;
  #reloading: Promise<void> | undefined;
  #held: { shown: Outage; error: RuntimeError | undefined } | undefined;
  #cancelRestart: (() => void) | undefined;
  #leaveBroker: (() => void) | undefined;

  constructor(options: AgentProcessOptions) {
    this.name = options.name;
    this.mailbox = this.#openMailbox();
    this.#options = options;
    if (!options.parts) this.#ownParts = defaultParts();
    this.#parts = options.parts ?? (this.#ownParts as OpenParts);
    this.#journaled = this.#journaledIn(options.journal ?? new MemoryJournal(this.#parts.clock));
    this.#desk = this.#openDesk();
    this.#intake = this.#openIntake();
    this.#loop = this.#openLoop();
    this.#workplaces = new Workplaces(
      this.#journaled,
      this.#parts,
      () => this.ability,
      (verdict) => this.#halt(verdict),
    );
    this.#delivery = new Delivery(this.#journaled, this.#parts);
    this.#escalations = this.#openEscalations();
    this.#memoryDelivery = new MemoryDelivery(this.#journaled, this.#parts, () => this.ability);
  }

  get journaled(): Journaled {
    return this.#journaled;
  }

  /** Lives in a runtime from now on, with its journal and its parts. Only before it has been started or loaded. */
  adopt(journal: Journal, parts: ProcessParts): void {
    if (this.#loaded)
      throw new RuntimeError('TRANSITION_REFUSED', `"${this.name}" lives already; register it before it is started.`);
    void this.#ownParts?.close();
    this.#ownParts = undefined;
    this.#parts = parts;
    this.#journaled = this.#journaledIn(journal);
    this.#desk = this.#openDesk();
    this.#intake = this.#openIntake();
    this.#loop = this.#openLoop();
    this.#workplaces = new Workplaces(
      this.#journaled,
      this.#parts,
      () => this.ability,
      (verdict) => this.#halt(verdict),
    );
    this.#delivery = new Delivery(this.#journaled, this.#parts);
    this.#escalations = this.#openEscalations();
    this.#memoryDelivery = new MemoryDelivery(this.#journaled, this.#parts, () => this.ability);
  }

  #journaledIn(journal: Journal): Journaled {
    return new Journaled(this.name, journal, {
      onBroken: (error) => this.#onBroken(error),
      onOutgoing: () => {
        void this.#delivery.run();
        void this.#memoryDelivery.run();
        this.#escalations.run();
      },
      clean: (entries) => this.#vault()?.cleaned(entries) ?? entries,
      ownership: this.#parts.ownership,
    });
  }

  /** Its secrets. */
  get secrets(): SecretVault {
    const vault = this.#parts.governance.vault(this.#journaled);
    vault.configure(this.#ability?.config.secrets);
    return vault;
  }

  /** The same, where there may be any. */
  #vault(): SecretVault | undefined {
    return this.#parts.governance.vaultIfAny(this.#journaled, this.#ability?.config ?? {});
  }

  /** Keeps secrets that were written out in its manifest. */
  keepSecrets(secrets: readonly LiteralSecret[]): void {
    const vault = secrets.length > 0 ? this.#parts.governance.vault(this.#journaled) : undefined;
    for (const { name, value } of secrets) void vault?.set(name, value, { source: 'manifest' });
  }

  /** The definition with handles in place of secrets, which go into the vault. */
  #sealed(definition: Definition): Definition {
    const secrets = literalSecrets(definition.manifest);
    if (secrets.length === 0) return definition;
    this.keepSecrets(secrets);
    return definitionOf(withHandles(definition.manifest, secrets), null);
  }

  #openEscalations(): EscalationWebhooks {
    const { clock, alarm } = this.#parts;
    return new EscalationWebhooks(this.#journaled, {
      clock,
      alarm,
      reveal: (reference) => this.secrets.reveal(reference, 'an escalation', null),
    });
  }

  #openMailbox(): Mailbox {
    return new Mailbox({
      journaled: () => this.#journaled,
      parts: () => this.#parts,
      config: () => this.ability.config.inbox,
      wake: (wake) => this.wake(wake),
    });
  }

  #openDesk(): TriggerDesk {
    return new TriggerDesk({
      parts: this.#parts,
      journaled: this.#journaled,
      accept: (wake) => this.wake(wake),
      cancel: (id, reason) => this.cancelEvent(id, reason, 'runtime'),
    });
  }

  #openIntake(): Intake {
    return new Intake(this.#journaled, this.#parts.clock, {
      entranceOf: (wake) => ({ admission: this.#desk.admissionOf(wake), lane: this.#laneOf?.(wake) }),
      onAccepted: (id, wake, admission) => {
        this.#desk.noteAccepted(id, wake, admission);
        if (admission.expiresAt !== null) this.#loop.expireAt(admission.expiresAt);
        this.#loop.pump();
      },
    });
  }

  #openLoop(): RunLoop {
    return new RunLoop({
      journaled: this.#journaled,
      intake: this.#intake,
      parts: this.#parts,
      mayWork: () =>
        this.#attached && isWorking(this.state) && !this.journaled.broken && this.#parts.ownership.owns(this.name),
      ability: () => this.ability,
      workplace: (hash) => this.#workplaces.get(hash),
      guards: () => this.#workplaces.guards(),
      redact: (value) => this.#vault()?.redact(value) ?? value,
      reveal: (args, by, run) =>
        namesSecret(args) ? this.#parts.governance.vault(this.#journaled).reveal(args, by, run) : args,
      onHalt: (verdict) => this.#halt(verdict),
      afterPass: (pass) => this.#afterPass(pass),
    });
  }

  get state(): ProcessState {
    return this.journaled.snapshot.state;
  }

  get snapshot(): Readonly<Snapshot> {
    return this.journaled.snapshot;
  }

  get ability(): Ability {
    if (!this.#ability) throw new RuntimeError('AGENT_INVALID', `"${this.name}" has no definition that can be used.`);
    return this.#ability;
  }

  /** Why it works on nothing although its state says that it does: its journal cannot be written. */
  get halted(): Outage | null {
    const { broken } = this.journaled;
    if (!broken) return this.#held?.shown ?? null;
    return broken
      ? {
          code: broken.code,
          message: broken.message,
          since: this.#parts.outage.present?.since ?? this.#parts.clock.now(),
        }
      : null;
  }

  /** Its settings, if its definition can be used. */
  get knownConfig(): ProcessConfig | undefined {
    return this.#ability?.config;
  }

  /** Whether its triggers watch. */
  get isArmed(): boolean {
    return this.#attached;
  }

  /** Whether a run is being worked on at this moment. */
  get isBusy(): boolean {
    return this.#loop.active > 0;
  }

  get startsWithAll(): boolean {
    return this.#ability?.config.autostart ?? false;
  }

  /** Its triggers, armed or not. */
  get triggers(): readonly Trigger[] {
    return this.#desk.triggers;
  }

  /** The webhook trigger that answers at `path`, whatever state the process is in. @throws RuntimeError `HOOK_NOT_FOUND`. */
  receiver(path: string): WebhookReceiver {
    return this.#desk.receiver(path);
  }

  triggerConfig(id: string): (TriggerConfig & { id: string }) | undefined {
    return this.#desk.config(id);
  }

  /** Does not let it run before somebody starts it; with an error, not before `letGo`. */
  hold(shown: Outage, error?: RuntimeError): void {
    this.#held = { shown, error };
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** Reads what the journal knows, and notes what is new. Changes nothing else; `start` does this by itself. */
  load(): Promise<void> {
    return this.#exclusive(() => this.#load());
  }

  /**
   * Brings it to life; resolves when it runs. A process that was running when its program ended goes on where it was.
   * @throws RuntimeError whatever keeps it from starting; it is `failed` then.
   */
  start(by = 'user'): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#held?.error) throw this.#held.error;
      await this.#load();
      this.#held = undefined;
      const { state } = this.snapshot;
      if (this.#attached || !['created', 'stopped', 'failed'].includes(state)) {
        if (this.#attached) assertTransition(this.name, state, 'starting');
        await this.#takeUp();
        if (this.state !== 'stopped') return;
      }
      this.#cancelRestart?.();
      await this.#transition('starting', by === 'restart-policy' ? 'restarted after a failure' : 'started', by);
      await this.#begin();
    });
  }

  /** Takes a process up that an earlier program left in a working state; leaves the others as they are. */
  takeUp(): Promise<void> {
    return this.#exclusive(async () => {
      await this.#load();
      await this.#takeUp();
    });
  }

  /** Ends its life for now. A run that works is brought to its next safe point and goes on after the next start. */
  stop(by = 'user', reason = 'stopped'): Promise<void> {
    return this.#exclusive(async () => {
      await this.#load();
      this.#cancelRestart?.();
      const { state } = this.snapshot;
      if (state === 'stopped') return;
      if (state === 'created') return this.#transition('stopped', reason, by);
      if (state === 'failed')
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${this.name}" has failed, so it is not working; start it, or delete it.`,
        );
      await this.#transition('stopping', reason, by);
      await this.#detach();
      await this.#transition('stopped', reason, by);
      await this.journaled.checkpoint();
    });
  }

  async restart(by = 'user'): Promise<void> {
    if (!['created', 'stopped', 'failed'].includes(this.state)) await this.stop(by, 'restarting');
    await this.start(by);
  }

  /** Begins no further step; events wait. */
  suspend(by = 'user', reason = ''): Promise<void> {
    return this.#exclusive(async () => {
      await this.#transition('suspended', reason || 'suspended', by);
      this.#loop.halt();
    });
  }

  resume(by = 'user'): Promise<void> {
    return this.#exclusive(async () => {
      if (this.state !== 'suspended') {
        assertTransition(this.name, this.state, 'running');
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${this.name}" is ${this.state}; only a suspended process can be resumed.`,
          { process: this.name, from: this.state },
        );
      }
      await this.#transition('running', 'resumed', by);
      await this.#syncAwaiting();
      this.#loop.pump();
    });
  }

  /** Gives the process a new definition; runs that have begun end with the one they began with. */
  update(wanted: Definition, by = 'user', reason = ''): Promise<void> {
    return this.#exclusive(async () => {
      await this.#load();
      const definition = this.#sealed(wanted);
      if (definition.hash === this.snapshot.definition?.hash && definition.text === this.snapshot.definition.text)
        return;
      const next = abilityOf(definition, this.#parts.env);
      const lane = laneRule(next.config);
      for (const trigger of withIds(next.config.triggers)) this.#desk.check(trigger);
      await this.journaled.append('change-definition', [
        { kind: 'definition.changed', body: { definition, by, reason } },
      ]);
      this.#ability = next;
      this.#vault();
      this.#laneOf = lane;
      await this.#desk.replace(withIds(next.config.triggers), this.#readiness());
      this.#workplaces.drop(this.#attached);
      this.#loop.pump();
    });
  }

  /** @throws RuntimeError `QUEUE_FULL` or what the journal throws: then nothing was accepted. */
  async wake(wake: Wake): Promise<WakeAnswer> {
    if (!this.#loaded) await this.load();
    const answer = await this.#intake.accept(this.#vault()?.redact(wake) ?? wake);
    if (!this.#attached || !isWorking(this.state)) answer.parked = this.#whyParked();
    return answer;
  }

  /** Starts a new run for an event that has ended, with the same payload. */
  async redeliver(eventId: string, wake: Wake): Promise<WakeAnswer> {
    return this.#intake.accept({ ...wake, dedupeKey: `redeliver:${eventId}:${this.snapshot.seq}` }, eventId);
  }

  /** Takes up a run that was made from an earlier one (`fork-run.ts`). */
  async fork(entries: NewEntry[]): Promise<void> {
    await this.journaled.append('fork-run', entries);
    this.#loop.pump();
  }

  /** @throws RuntimeError `TRIGGER_EVENT_ENDED` when it is not open any more. */
  async cancelEvent(eventId: string, reason: string, by: string): Promise<void> {
    const event = this.snapshot.queue.get(eventId);
    if (!event)
      throw new RuntimeError(
        'TRIGGER_EVENT_ENDED',
        `Event ${eventId} of "${this.name}" has ended already, or never was.`,
      );
    if (event.run) return this.cancelRun(event.run, reason, by);
    await this.journaled.append('cancel-event', [
      { kind: 'event.ended', body: { id: eventId, outcome: 'cancelled', reason: reason || 'cancelled', by } },
    ]);
  }

  /** @throws RuntimeError `RUN_ENDED` when it is not open any more. */
  async cancelRun(runId: string, reason: string, by: string): Promise<void> {
    const run = this.snapshot.runs.get(runId);
    if (!run) throw new RuntimeError('RUN_ENDED', `Run ${runId} of "${this.name}" has ended already, or never was.`);
    if (this.#loop.cancel(runId, { type: 'cancelled', reason: reason || 'cancelled', by })) return;
    await this.journaled.append('settle-run', [
      cancelledRun(run, reason || 'cancelled', by, this.snapshot.conversation.length),
    ]);
    await this.#exclusive(() => this.#syncAwaiting());
    this.#loop.pump();
  }

  /** Answers what a run waits for; the run goes on at the step that asked. */
  async answer(itemId: string, answer: Json, by: string): Promise<void> {
    await this.#checkEdit(itemId, answer);
    const open = this.snapshot.items.get(itemId);
    if (!open) throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `Nothing called ${itemId} waits in "${this.name}".`);
    await this.journaled.append('answer-item', [
      {
        kind: 'item.answered',
        body: { item: itemId, run: open.run, step: open.step, answer: acceptedAnswer(open.item.choices, answer), by },
      },
    ]);
    await this.#exclusive(() => this.#syncAwaiting());
    this.#loop.pump();
  }

  /** What a person made of the arguments of a call must be what the tool takes. @throws RuntimeError `TOOL_ARGS_INVALID`. */
  async #checkEdit(itemId: string, answer: Json): Promise<void> {
    const { item, run } = this.snapshot.items.get(itemId) ?? {};
    if (item?.kind !== 'approval' || typeof item.about['tool'] !== 'string') return;
    const args = editedArgs(item.about['args'] ?? {}, answer);
    const definition = this.snapshot.runs.get(run ?? '')?.definition;
    if (args === undefined || definition === undefined) return;
    if (item.about['editable'] !== true)
      throw new RuntimeError(
        'REQUEST_INVALID',
        `What "${this.name}" wants to send can be approved or denied, but not changed.`,
      );
    const { toolbox } = await this.#workplaces.get(definition);
    toolbox.resolve(item.about['tool'], args);
  }

  /** Adds to a limit of its budget; runs and events that wait for it go on. @throws RuntimeError `REQUEST_INVALID`, `RUN_NOT_FOUND`. */
  async topUp(limit: BudgetLimit, amount: number, run: string | undefined, by: string): Promise<void> {
    await this.journaled.append(
      'top-up',
      topUpEntries(this.snapshot, { limit, amount, run, by }, this.#parts.clock.now()),
    );
    await this.#exclusive(() => this.#syncAwaiting());
    this.#loop.pump();
  }

  async setContext(key: string, value: Json, by: string, version?: number): Promise<void> {
    this.#assertVersion(key, version);
    // Which keys may be written binds the agent; how much can be kept binds everybody.
    checkContextWrite(key, value, []);
    checkContextTotal(new Map([...this.snapshot.context].map(([known, cell]) => [known, cell.value])), key, value);
    await this.journaled.append('set-context', [{ kind: 'context.set', body: { key, value, by } }]);
  }

  async deleteContext(key: string, by: string): Promise<void> {
    if (!this.snapshot.context.has(key))
      throw new RuntimeError('CONTEXT_KEY_NOT_FOUND', `"${this.name}" keeps nothing under "${key}".`);
    await this.journaled.append('delete-context', [{ kind: 'context.deleted', body: { key, by } }]);
  }

  /** Hashes of a server's tools that may be used, by tool; undefined before it has been seen. */
  approvedTools(server: string): Record<string, string> | undefined {
    const facts = this.snapshot.remembered.get(toolsOf + server);
    return facts && (Object.fromEntries(facts) as Record<string, string>);
  }

  async approveTools(server: string, hashes: Record<string, string>, by: string): Promise<void> {
    this.#parts.log('info', `tools of "${server}" were approved for "${this.name}"`, {
      by,
      tools: Object.keys(hashes),
    });
    await this.journaled.append('approve-tools', [
      { kind: 'trigger.remembered', body: { trigger: toolsOf + server, facts: hashes } },
    ]);
  }

  /** What its agent can call now, as far as it is known. */
  async tools(): Promise<readonly Tool[]> {
    return (await this.#workplaces.get(this.ability.definition.hash)).toolbox.tools;
  }

  /** What it remembers, wherever that is kept. */
  get memory(): ProcessMemory {
    return this.#parts.memories.of(this.name, this.ability.config.memory);
  }

  /** Changes what it remembers, as a person does; resolves when memory has it, or could not be reached for now. */
  async changeMemory(effects: MemoryEffect[], by: string): Promise<void> {
    await this.journaled.append('change-memory', [{ kind: 'memory.changed', body: { effects, by } }]);
    await this.#memoryDelivery.run();
  }

  async clearConversation(by: string): Promise<void> {
    await this.journaled.append('clear-conversation', [{ kind: 'conversation.cleared', body: { by } }]);
  }

  async delete(by: string): Promise<void> {
    if (!['created', 'stopped', 'failed'].includes(this.state)) await this.stop(by, 'deleted');
    await this.#exclusive(async () => {
      await this.#detach();
      await this.journaled.append('delete-process', [
        ...this.#endings('the process was deleted', by),
        // A process of that name that is created later is another one, and remembers nothing of this.
        ...(this.#ability?.config.memory.scope === 'process'
          ? [{ kind: 'memory.changed' as const, body: { effects: [{ type: 'memory.purge' as const }], by } }]
          : []),
        { kind: 'process.deleted', body: { by } },
      ]);
      await this.#memoryDelivery.run();
    });
  }

  /** Ends whatever is open: nothing that was accepted is left without an end. */
  #endings(reason: string, by: string): NewEntry[] {
    return [...this.snapshot.queue.values()].map(({ id, run: runId }) => {
      const run = runId === null ? undefined : this.snapshot.runs.get(runId);
      if (!run) return { kind: 'event.ended', body: { id, outcome: 'cancelled', reason, by } };
      return cancelledRun(run, reason, by, this.snapshot.conversation.length);
    });
  }

  /** Lets go of it in order, without changing its state: for a program that ends. */
  close(): Promise<void> {
    return this.#exclusive(async () => {
      this.#cancelRestart?.();
      this.#parts.outage.forget(this.name);
      if (!this.#loaded) return;
      await this.#detach();
      if (!this.snapshot.released && this.snapshot.life > 0 && !this.journaled.broken) {
        await this.journaled.append('release-process', [{ kind: 'process.released', body: {} }]);
        await this.journaled.checkpoint();
      }
      this.#workplaces.drop(this.#attached);
      this.#escalations.close();
      this.#escalations = this.#openEscalations();
      this.#loaded = false;
      await this.#ownParts?.close();
    });
  }

  /** One change of life at a time, in the order they were asked for. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    await this.journaled.load();
    const { config, definition: wanted = config && definitionFrom(this.name, config), by = 'user' } = this.#options;
    const definition = wanted && this.#sealed(wanted);
    const { snapshot } = this.journaled;
    if ((snapshot.life === 0 || snapshot.deleted) && definition) await this.#create(definition, by);
    else if (definition && definition.hash !== snapshot.definition?.hash) {
      await this.journaled.append('change-definition', [
        { kind: 'definition.changed', body: { definition, by, reason: 'its program configures it so' } },
      ]);
    }
    const known = this.snapshot.definition;
    if (!known)
      throw new RuntimeError(
        'PROCESS_NOT_FOUND',
        `The journal knows no process "${this.name}", and no settings were given for one.`,
      );
    this.#loaded = true;
    try {
      this.#ability = abilityOf(known, this.#parts.env);
      this.#vault();
      this.#laneOf = laneRule(this.#ability.config);
      await this.#desk.replace(withIds(this.#ability.config.triggers), this.#readiness());
    } catch (thrown) {
      // It can be looked at and corrected, but not started.
      this.#parts.log('warn', `"${this.name}" cannot be used as it is defined`, {
        code: noteOf(thrown).code,
        reason: asError(thrown).message,
      });
    }
  }

  async #create(definition: Definition, by: string): Promise<void> {
    const { config } = abilityOf(definition, this.#parts.env);
    laneRule(config);
    for (const trigger of withIds(config.triggers)) this.#desk.check(trigger);
    const entries: NewEntry[] = [{ kind: 'process.created', body: { definition, by } }];
    for (const [key, value] of Object.entries(config.context.initialState))
      entries.push({ kind: 'context.set', body: { key, value, by: 'manifest' } });
    await this.journaled.append('create-process', entries);
  }

  async #takeUp(): Promise<void> {
    const { state, life, released } = this.snapshot;
    if (this.#attached || life === 0) return;
    if (!released || isWorking(state) || state === 'suspended') {
      await this.journaled.append(
        'recover-process',
        recoveryEntries(this.snapshot, released ? 'restart' : this.#parts.crashed ? 'crash' : 'killed'),
      );
    }
    if (state === 'starting') return this.#begin();
    if (state === 'stopping') return this.#transition('stopped', 'stopped', 'runtime');
    if (state === 'failed') return this.#restartIfWanted();
    if (isWorking(state) || state === 'suspended') await this.#attachOrFail('when needed');
  }

  async #begin(): Promise<void> {
    await this.#attachOrFail('now');
    await this.#transition('running', 'started', 'runtime');
    await this.#syncAwaiting();
    this.#loop.pump();
  }

  /** Agent and tools of a process that worked before are made with its first run: most of a thousand may not have one. */
  async #attachOrFail(build: 'now' | 'when needed'): Promise<void> {
    try {
      const definition = this.snapshot.definition as Definition;
      this.#ability ??= abilityOf(definition, this.#parts.env);
      if (build === 'now') await this.#workplaces.get(definition.hash);
      this.#attached = true;
      this.#workplaces.guards();
      await this.#desk.replace(withIds(this.ability.config.triggers), 'armed');
    } catch (thrown) {
      await this.#detach();
      await this.#transition('failed', asError(thrown).message, 'runtime', noteOf(thrown));
      throw thrown;
    }
    for (const { expiresAt } of this.snapshot.queue.values()) if (expiresAt !== null) this.#loop.expireAt(expiresAt);
    await this.mailbox.resume();
    void this.#delivery.run();
    void this.#memoryDelivery.run();
    this.#escalations.run();
    this.#leaveBroker = this.#parts.broker.join(this.#taker());
    await this.#syncAwaiting();
    this.#loop.pump();
  }

  /** How the broker sees it: it takes as many messages at a time as it may work on. */
  #taker(): Taker {
    return {
      process: this.name,
      capacity: () => {
        if (!this.#attached || !isWorking(this.state) || this.journaled.broken) return 0;
        let parked = 0;
        for (const run of this.snapshot.runs.values()) if (run.parked) parked++;
        return this.ability.config.concurrency + parked;
      },
      load: () => this.snapshot.queue.size,
      take: (message, trigger) => this.wake(messageWake(message, trigger ?? 'addressed')),
    };
  }

  async #detach(): Promise<void> {
    this.#leaveBroker?.();
    this.#leaveBroker = undefined;
    await this.#desk.disarm();
    this.#loop.halt();
    await this.#loop.drained(drainMs);
    this.#workplaces.closeGuards();
    this.#attached = false;
  }

  #transition(to: ProcessState, reason: string, by: string, error?: ReturnType<typeof noteOf>): Promise<void> {
    const from = this.state;
    assertTransition(this.name, from, to);
    const changed = this.journaled.append('change-state', [
      { kind: 'state.changed', body: { from, to, reason, by, ...(error ? { error } : {}) } },
    ]);
    if (isWorking(to)) this.#parts.broker.kick();
    return changed;
  }

  /** `awaiting` is what a running process is while anything of it waits for a person. */
  async #syncAwaiting(): Promise<void> {
    const waits = this.snapshot.items.size > 0;
    if (this.state === 'running' && waits) await this.#transition('awaiting', 'waits for you', 'runtime');
    else if (this.state === 'awaiting' && !waits)
      await this.#transition('running', 'nothing waits any more', 'runtime');
  }

  #afterPass(pass: Pass): void {
    this.#parts.broker.kick();
    if (pass.type === 'failed') void this.#failIfTooOften();
    const waits = this.snapshot.items.size > 0;
    if (waits === (this.state === 'running')) this.#exclusive(() => this.#syncAwaiting()).catch(() => {});
  }

  /** What a guard demands: no further step begins, and the process says why. */
  #halt({ become, code, reason }: Extract<Verdict, { say: 'halt' }>): void {
    this.#loop.halt();
    this.#exclusive(async () => {
      if (!isWorking(this.state)) return;
      if (become === 'suspended') return this.#transition('suspended', reason, 'governance', { code, message: reason });
      if (become === 'failed') {
        await this.#transition('failed', reason, 'governance', { code, message: reason });
        return this.#detach();
      }
      await this.#transition('stopping', reason, 'governance', { code, message: reason });
      await this.#detach();
      await this.#transition('stopped', reason, 'governance');
    }).catch(() => {});
  }

  #failIfTooOften(): Promise<void> {
    return this.#exclusive(async () => {
      const { consecutiveFailures, state, lastRun } = this.snapshot;
      const { maxConsecutiveFailures } = this.ability.config;
      if (consecutiveFailures < maxConsecutiveFailures || !isWorking(state)) return;
      await this.#transition(
        'failed',
        `${consecutiveFailures} events failed in a row; the last was ${lastRun?.id}`,
        'runtime',
      );
      await this.#detach();
      await this.#desk.replace(withIds(this.ability.config.triggers), this.#readiness());
      this.#restartIfWanted();
    }).catch(() => {});
  }

  #restartIfWanted(): void {
    const { restarts, stateSince, stateBy, restartedAt } = this.snapshot;
    if (stateBy !== 'runtime' || !this.#ability) return;
    const decision = decideRestart(this.ability.config, restarts, Math.random, {
      restartedAt,
      now: this.#parts.clock.now(),
    });
    if (!decision.restart) {
      if (this.ability.config.restartPolicy !== 'never')
        this.#parts.log('warn', `"${this.name}" stays failed: ${decision.reason}`, { restarts });
      return;
    }
    this.#cancelRestart = this.#parts.alarm.at(stateSince + decision.inMs, () => {
      if (this.state === 'failed') this.start('restart-policy').catch(() => {});
    });
  }

  /** A failed process still takes what others send it; one that was stopped only what is addressed to it by HTTP. */
  #readiness(): Readiness {
    if (this.#attached) return 'armed';
    return this.state === 'failed' ? 'listening' : 'receiving';
  }

  #whyParked(): string {
    const { state, stateReason } = this.snapshot;
    return `stored; the process is ${state}${stateReason && stateReason !== state ? `: ${stateReason}` : ''}`;
  }

  #assertVersion(key: string, version: number | undefined): void {
    const present = this.snapshot.context.get(key)?.version ?? 0;
    if (version === undefined || version === present) return;
    throw new RuntimeError('VERSION_CONFLICT', `"${key}" of "${this.name}" is at version ${present}, not ${version}.`, {
      key,
      version: present,
    });
  }

  /** The journal refused to keep something: what is in memory is ahead of it, so it is read again. */
  #onBroken(error: RuntimeError): void {
    const { outage, log, onBroken } = this.#parts;
    log('error', `the journal of "${this.name}" could not be written`, { code: error.code, reason: error.message });
    this.#loop.halt();
    onBroken?.(this.name, error);
    if (!this.#loaded) return;
    if (isNotOurs(error.code)) return this.#giveUp(error);
    // What is shown meanwhile is what is kept.
    this.#reloading = this.journaled.reload().catch(() => {});
    outage.begin(this.name, error, () => this.#exclusive(() => this.#goOn(error)));
  }

  /** Somebody else writes its journal: works no more on what it knows, and reads it anew when it is started. */
  #giveUp({ code, message }: RuntimeError): void {
    this.hold({ code, message, since: this.#parts.clock.now() });
    void this.#exclusive(async () => {
      await this.#detach();
      this.#loaded = false;
    });
  }

  /** Its journal may be writable again: reads it, and takes up what was under way. @throws when it is not. */
  async #goOn(error: RuntimeError): Promise<void> {
    if (!this.#loaded) return;
    await Promise.all([this.#reloading, this.#loop.drained(drainMs)]);
    await this.journaled.load();
    if (this.snapshot.life === 0) return;
    await this.journaled.append(
      'resume-journal',
      resumingEntries(this.journaled, error, this.#parts.outage.present?.since ?? this.#parts.clock.now()),
    );
    if (!this.#attached) return this.#takeUp();
    if (this.state === 'stopping') {
      await this.#detach();
      return this.#transition('stopped', 'stopped', 'runtime');
    }
    if (this.state === 'starting') await this.#transition('running', 'started', 'runtime');
    await this.#desk.replace(withIds(this.ability.config.triggers), 'armed');
    void this.#delivery.run();
    void this.#memoryDelivery.run();
    this.#escalations.run();
    await this.#syncAwaiting();
    this.#parts.broker.kick();
    this.#loop.pump();
  }
}

/** How a run that nobody works on is ended. */
function cancelledRun(
  { id, event, usage, startedAt, steps }: Readonly<OpenRun>,
  reason: string,
  by: string,
  keptMessages: number,
): NewEntry {
  return {
    kind: 'run.settled',
    body: {
      run: id,
      event,
      outcome: 'cancelled',
      output: null,
      error: { code: 'RUN_CANCELLED', message: reason },
      effects: [],
      usage: { ...usage },
      steps: steps.size,
      startedAt,
      keptMessages,
      by,
    },
  };
}

function acceptedAnswer(choices: readonly string[], answer: Json): Json {
  if (choices.length === 0) return answer;
  const verdict =
    typeof answer === 'string'
      ? answer
      : typeof answer === 'object' && answer !== null && !Array.isArray(answer)
        ? answer['verdict']
        : undefined;
  if (typeof verdict === 'string' && choices.includes(verdict))
    return typeof answer === 'string' ? { verdict } : answer;
  throw new RuntimeError('REQUEST_INVALID', `The answer must be one of ${choices.join(', ')}.`, {
    choices: [...choices],
  });
}
