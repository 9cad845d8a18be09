import { type TriggerConfig, withIds } from '../../shared/config/trigger-config.ts';
import type { Definition } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { EscalationWebhooks } from '../governance/escalation-webhook.ts';
import type { Halt } from '../governance/guard.ts';
import { type LiteralSecret, literalSecrets, withHandles } from '../governance/secrets/literal-secrets.ts';
import { namesSecret, type SecretVault } from '../governance/secrets/secret-vault.ts';
import type { Journal } from '../journal/journal.ts';
import type { Wake, WakeAnswer, WakesAnswer } from '../triggers/trigger.ts';
import { Journaled } from './journaled.ts';
import type { Ability, ProcessParts } from './parts.ts';
import { Delivery } from './queue/delivery.ts';
import { Intake } from './queue/intake.ts';
import { laneRule } from './queue/lane.ts';
import { Mailbox } from './queue/mailbox.ts';
import { MemoryDelivery } from './queue/memory-delivery.ts';
import { type Readiness, TriggerDesk } from './queue/trigger-desk.ts';
import { RunLoop, type RunLoopHost } from './runs/run-loop.ts';
import type { Pass } from './steps/step-spec.ts';
import { abilityOf, definitionOf } from './versions/definition.ts';
import { Workplaces } from './workplaces.ts';

/** What the parts of a process ask of its life. */
export interface WorkingsHost {
  /** Whether runs may begin and go on. */
  mayWork(): boolean;
  wake(wake: Wake): Promise<WakeAnswer>;
  wakeAll(wakes: readonly Wake[]): Promise<WakesAnswer>;
  cancelEvent(id: string, reason: string): Promise<void>;
  /** The journal refused to keep something. */
  onBroken(error: RuntimeError): void;
  /** A guard wants the process to stop working. */
  onHalt(verdict: Halt): void;
  settle: NonNullable<RunLoopHost['settle']>;
  afterPass(pass: Pass): void;
}

/** A definition that was found to be usable. */
export interface Reading extends Ability {
  readonly triggers: readonly (TriggerConfig & { id: string })[];
  readonly laneOf: ReturnType<typeof laneRule>;
}

/** The parts that one process works with, on one journal, and what it goes by. */
export class Workings {
  readonly name: string;
  readonly parts: ProcessParts;
  readonly journaled: Journaled;
  readonly desk: TriggerDesk;
  readonly intake: Intake;
  readonly loop: RunLoop;
  readonly workplaces: Workplaces;
  readonly mailbox: Mailbox;
  readonly #delivery: Delivery;
  readonly #memoryDelivery: MemoryDelivery;
  #escalations: EscalationWebhooks;
  #present: Reading | undefined;

  constructor(name: string, journal: Journal, parts: ProcessParts, host: WorkingsHost) {
    this.name = name;
    this.parts = parts;
    this.journaled = new Journaled(name, journal, {
      onBroken: host.onBroken,
      onOutgoing: () => this.handOn(),
      clean: (entries) => this.vault()?.cleaned(entries) ?? entries,
      ownership: parts.ownership,
    });
    const present = () => this.ability();
    this.mailbox = new Mailbox({
      journaled: this.journaled,
      parts,
      config: () => present().config.inbox,
      wake: host.wake,
    });
    this.desk = new TriggerDesk({
      parts,
      journaled: this.journaled,
      accept: host.wake,
      acceptAll: host.wakeAll,
      cancel: host.cancelEvent,
    });
    this.intake = this.#openIntake();
    this.workplaces = new Workplaces(this.journaled, parts, present, host.onHalt, () =>
      host.afterPass({ type: 'parked' }),
    );
    this.loop = this.#openLoop(host, present);
    this.#delivery = new Delivery(this.journaled, parts);
    this.#memoryDelivery = new MemoryDelivery(this.journaled, parts, present);
    this.#escalations = this.#openEscalations();
  }

  #openIntake(): Intake {
    return new Intake(this.journaled, this.parts.clock, {
      standsAlone: (trigger) => this.desk.standsAlone(trigger),
      entranceOf: (wake) => ({ admission: this.desk.admissionOf(wake), lane: this.#present?.laneOf?.(wake) }),
      onAccepted: (id, wake, admission) => {
        this.desk.noteAccepted(id, wake, admission);
        if (admission.expiresAt !== null) this.loop.expireAt(admission.expiresAt);
        this.loop.pump();
      },
    });
  }

  #openLoop({ mayWork, onHalt, settle, afterPass }: WorkingsHost, ability: () => Ability): RunLoop {
    const { governance } = this.parts;
    return new RunLoop({
      journaled: this.journaled,
      intake: this.intake,
      parts: this.parts,
      mayWork,
      ability,
      workplace: (hash) => this.workplaces.get(hash),
      guards: () => this.workplaces.guards(),
      redact: (value) => this.vault()?.redact(value) ?? value,
      redactStream: (give) => this.vault()?.stream(give),
      reveal: (args, by, run) =>
        namesSecret(args) ? governance.vault(this.journaled).revealToAgent(args, by, run) : args,
      onHalt,
      settle,
      afterPass,
    });
  }

  #openEscalations(): EscalationWebhooks {
    const { clock, alarm } = this.parts;
    return new EscalationWebhooks(this.journaled, {
      clock,
      alarm,
      reveal: (reference) => this.secrets().reveal(reference, 'an escalation', null),
    });
  }

  /** What it goes by, where its definition can be used. */
  get known(): Reading | undefined {
    return this.#present;
  }

  /** @throws RuntimeError `AGENT_INVALID` where its definition cannot be used. */
  ability(): Ability {
    if (this.#present) return this.#present;
    throw new RuntimeError('AGENT_INVALID', `"${this.name}" has no definition that can be used.`);
  }

  /** As `ability`, and tries once more to read its definition: what was missing may be there now. */
  readAgain(): Ability {
    this.#present ??= this.read(this.journaled.snapshot.definition as Definition);
    return this.#present;
  }

  /** @throws RuntimeError whatever keeps the definition from being used: then it goes by what it went by. */
  read(definition: Definition): Reading {
    const ability = abilityOf(definition, this.parts.env);
    return { ...ability, laneOf: laneRule(ability.config), triggers: withIds(ability.config.triggers) };
  }

  /** As `read`, and also asks each trigger whether it could work by its settings. */
  check(definition: Definition): Reading {
    const reading = this.read(definition);
    for (const trigger of reading.triggers) this.desk.check(trigger);
    return reading;
  }

  /** Runs that begin now go by it; its triggers follow with `goBy`. */
  adopt(reading: Reading): void {
    this.#present = reading;
    this.vault();
  }

  /** Goes by it from now on. @throws RuntimeError what keeps its triggers from being made. */
  async goBy(reading: Reading, readiness: Readiness): Promise<void> {
    this.adopt(reading);
    await this.desk.replace(reading.triggers, readiness);
  }

  /** Makes its triggers anew: they watch, or only take what is sent to them. */
  async setReadiness(readiness: Readiness): Promise<void> {
    if (this.#present) await this.desk.replace(this.#present.triggers, readiness);
  }

  secrets(): SecretVault {
    const vault = this.parts.governance.vault(this.journaled);
    vault.configure(this.#present?.config.secrets);
    return vault;
  }

  /** The same, where there may be any. */
  vault(): SecretVault | undefined {
    return this.parts.governance.vaultIfAny(this.journaled, this.#present?.config ?? {});
  }

  /** Keeps secrets that were written out in its manifest. */
  keepSecrets(secrets: readonly LiteralSecret[]): void {
    const vault = secrets.length > 0 ? this.parts.governance.vault(this.journaled) : undefined;
    for (const { name, value } of secrets) void vault?.set(name, value, { source: 'manifest' });
  }

  /** The definition with handles in place of secrets, which go into the vault. */
  sealed(definition: Definition): Definition {
    const secrets = literalSecrets(definition.manifest);
    if (secrets.length === 0) return definition;
    this.keepSecrets(secrets);
    return definitionOf(withHandles(definition.manifest, secrets), null);
  }

  /** Hands on what waits to be delivered. */
  handOn(): void {
    void this.#delivery.run();
    void this.#memoryDelivery.run();
    this.#escalations.run();
  }

  /** Resolves when memory has what was changed, or could not be reached for now. */
  handOnMemory(): Promise<void> {
    return this.#memoryDelivery.run();
  }

  /** Lets go of agents and tools; what waits to be delivered is handed on by the next program. */
  close(inUse: boolean): void {
    this.workplaces.drop(inUse);
    this.#escalations.close();
    this.#escalations = this.#openEscalations();
  }
}
