import { ApprovalsConfig, type BudgetConfig } from '../../shared/config/governance-config.ts';
import { modelId, type ProcessConfig } from '../../shared/config/process-config.ts';
import type { CarriedSecret } from '../../shared/crossing.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import { Redactor } from '../lib/redaction.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { Approvals } from './approvals.ts';
import { BehavioralHealth, wideLimits } from './behavioral-health.ts';
import { AutonomyBudget } from './budget/autonomy-budget.ts';
import { NodeLedger, Reservations } from './budget/reservations.ts';
import type { Guard, GuardedProcess, GuardedStep, Halt } from './guard.ts';
import { type HookParts, Hooks } from './hooks.ts';
import type { Judge } from './judge.ts';
import { Mission } from './mission.ts';
import { type OwnKeys, ownKeys } from './secrets/literal-secrets.ts';
import { type KeySource, processKey } from './secrets/secret-key.ts';
import { SecretVault, sealSecret } from './secrets/secret-vault.ts';
import { selfChangeQuestion } from './self-changes.ts';
import { knowsPrivateThings, reachesOutward, untrustedLabels } from './taint.ts';

export interface GovernanceParts {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly alarm?: Alarm;
  /** The model that judges the mission of a process; null where there is none. */
  judge?(process: GuardedProcess, config: ProcessConfig): Judge | null;
  /** Runs a check of a mission in the sandbox. */
  check?(code: string, evidence: Record<string, Json>): Promise<Json>;
  /** Runs a hook; left out: hooks are broken. */
  readonly runHook?: HookParts['runHook'];
  /** Opened with the first secret. */
  secretStore(): SecretStore;
  /** Whether there may be any in the store. */
  hasSecrets(): boolean;
  readonly keySource: KeySource;
  /** Of the whole node, over all its processes, to begin with: only limits per day count. */
  readonly nodeBudget?: BudgetConfig;
}

/** The limits of all processes of a node, and what they share. */
export class Governance {
  readonly #parts: GovernanceParts;
  readonly #ledger = new NodeLedger();
  readonly #members = new WeakMap<GuardedProcess, Reservations>();

  readonly #vaults = new Map<string, SecretVault>();
  readonly #keys = new WeakMap<object, OwnKeys>();
  #nodeBudget: BudgetConfig | undefined;
  #edition = 0;
  #store: SecretStore | undefined;
  #foundSecrets: boolean | undefined;
  #key: Buffer | undefined;

  constructor(parts: GovernanceParts) {
    this.#parts = parts;
    this.#nodeBudget = parts.nodeBudget;
  }

  /** Counts up when guards have to be made anew although the settings of their process are what they were. */
  get edition(): number {
    return this.#edition;
  }

  get nodeBudget(): BudgetConfig | undefined {
    return this.#nodeBudget;
  }

  /** What all processes have used together. */
  get ledger(): NodeLedger {
    return this.#ledger;
  }

  /** In force for every step that begins from now on. */
  limitNode(budget: BudgetConfig | undefined): void {
    this.#nodeBudget = budget?.enabled ? budget : undefined;
    this.#edition++;
  }

  /** What the process uses counts for the node, whether it runs or not. */
  join(process: GuardedProcess): void {
    this.#reservationsOf(process);
  }

  /** The secrets of a process. */
  vault(process: GuardedProcess): SecretVault {
    let vault = this.#vaults.get(process.process);
    if (!vault?.isOf(process)) {
      const store = (this.#store ??= this.#parts.secretStore());
      let key: Buffer | undefined;
      const { clock, env, keySource } = this.#parts;
      vault = new SecretVault(process, {
        clock,
        env,
        store,
        key: () => (key ??= processKey((this.#key ??= keySource(store)), process.process)),
      });
      this.#vaults.set(process.process, vault);
    }
    return vault;
  }

  /** The same, where there may be any: most processes have none, and pay nothing. */
  vaultIfAny(process: GuardedProcess, config: Pick<ProcessConfig, 'secrets'>): SecretVault | undefined {
    const { secrets } = config;
    const keys = this.#keysIn(config);
    // Looked for once: after that there are some only when this program has opened the store.
    this.#foundSecrets ??= this.#parts.hasSecrets();
    if (!secrets && keys.values.length === 0 && !this.#store && !this.#foundSecrets) return undefined;
    const vault = this.vault(process);
    vault.configure(secrets, keys);
    return vault;
  }

  /** Looked for once. */
  #keysIn(config: Pick<ProcessConfig, 'secrets'>): OwnKeys {
    let keys = this.#keys.get(config);
    if (!keys) this.#keys.set(config, (keys = ownKeys(config)));
    return keys;
  }

  /** Takes the secrets of all processes out of what is written where no process is named. */
  redact<T>(value: T): T {
    const vaults = [...this.#vaults.values()].filter((vault) => !vault.isEmpty);
    return vaults.length === 0 ? value : new Redactor(vaults.flatMap((vault) => vault.values())).value(value);
  }

  /** The value of `secret://name` of a process that is named only. @throws RuntimeError `SECRET_NOT_FOUND`. */
  revealFor(process: string, reference: string, by: string): string {
    const vault = this.#vaults.get(process);
    if (!vault) throw new RuntimeError('SECRET_NOT_FOUND', `"${process}" has no secrets.`, { process });
    return vault.reveal(reference, by, null);
  }

  /** Secrets of a process that is about to live here: in its vault from then on. */
  bring(process: string, secrets: readonly CarriedSecret[]): void {
    const store = (this.#store ??= this.#parts.secretStore());
    const key = processKey((this.#key ??= this.#parts.keySource(store)), process);
    for (const secret of secrets) store.put(sealSecret(key, process, secret));
    key.fill(0);
    this.#vaults.delete(process);
  }

  /** The process lives elsewhere, and these of its secrets are there. */
  drop(process: string, names: readonly string[]): void {
    const store = (this.#store ??= this.#parts.secretStore());
    for (const name of names) store.delete(process, name);
    this.#vaults.delete(process);
  }

  /** A process is gone for good. */
  forget(process: string): void {
    this.#vaults.get(process)?.forget();
    this.#vaults.delete(process);
    this.#ledger.leave(process);
  }

  close(): void {
    this.#store?.close();
    this.#key?.fill(0);
    this.#vaults.clear();
  }

  /** What limits the process; none enabled: an empty list, which costs nothing. */
  guards(process: GuardedProcess, config: ProcessConfig, halt: (verdict: Halt) => void = () => {}): readonly Guard[] {
    const budget = this.budget(process, config);
    const health = this.#health(process, config);
    const approvals = this.#approvals(process, config);
    const mission = this.#mission(process, config, budget, halt);
    // The budget comes last: what it grants is charged, and nobody may object after that.
    return [
      ...(config.hooks.length > 0 ? [this.#hooks(process, config)] : []),
      ...(mission ? [mission] : []),
      ...(approvals ? [approvals] : []),
      ...(health ? [health] : []),
      ...(budget ? [budget] : []),
    ];
  }

  /** Its budget, if it or the node has one. */
  budget(process: GuardedProcess, { budget }: Pick<ProcessConfig, 'budget'>): AutonomyBudget | undefined {
    const { clock } = this.#parts;
    const nodeBudget = this.#nodeBudget;
    const own = budget?.enabled ? budget : undefined;
    if (!own && !nodeBudget) return undefined;
    const reservations = this.#reservationsOf(process);
    return new AutonomyBudget(process, own, {
      clock,
      reservations,
      relatives: () => this.#ledger.relatives(process, clock.now()),
      ...(nodeBudget ? { node: { config: nodeBudget, ledger: this.#ledger } } : {}),
    });
  }

  #hooks(process: GuardedProcess, { hooks }: ProcessConfig): Hooks {
    const { clock, runHook } = this.#parts;
    const missing = async () => {
      throw new RuntimeError('NOT_SUPPORTED', 'This node was started without the part that runs hooks.');
    };
    return new Hooks(process, hooks, { clock, runHook: runHook ?? missing });
  }

  /** A script goes in circles only where its author means it to; models are watched unless they are told not to be. */
  #health(process: GuardedProcess, { health, model }: ProcessConfig): BehavioralHealth | undefined {
    if (health) return health.enabled ? new BehavioralHealth(process, health, this.#parts.clock, false) : undefined;
    return modelId(model) === 'script' ? undefined : new BehavioralHealth(process, wideLimits, this.#parts.clock, true);
  }

  /** A script does what its author wrote, whatever it reads; models may be talked into things. */
  #approvals(process: GuardedProcess, config: ProcessConfig): Approvals | undefined {
    const { approvals, budget } = config;
    const isScript = modelId(config.model) === 'script';
    const isOff = approvals?.enabled === false || (!approvals && isScript);
    const isOpen = config.executionMode === 'open';
    // Whoever may change itself is asked about, whatever else need not be.
    if (isOff && !isOpen) return undefined;
    const settings = isOff || !approvals ? ApprovalsConfig.parse({}) : approvals;
    const { untrusted = isScript ? 'allow' : 'ask' } = isOff ? { untrusted: 'allow' as const } : settings;
    const costs = settings.irreversible && approvals && !isOff ? Object.entries(budget?.toolCosts ?? {}) : [];
    const irreversible = new Set(costs.flatMap(([name, { irreversible: isSo }]) => (isSo ? [name] : [])));
    const isSuspect = (step: GuardedStep) =>
      step.taint.size > 0 &&
      reachesOutward(step) &&
      // Nothing leaves a created tool that may call nobody.
      config.createdTools[step.name]?.capabilities.http.length !== 0 &&
      untrustedLabels(step.taint).length > 0 &&
      knowsPrivateThings(config, this.#hasSecrets(process, config), process.snapshot, step.run);
    return new Approvals(
      process,
      {
        ...settings,
        irreversible,
        ...(untrusted === 'allow' ? {} : { isSuspect, refusesSuspects: untrusted === 'deny' }),
        ...(isOpen ? { selfChange: (step) => selfChangeQuestion(step, config.openMode) } : {}),
      },
      this.#parts.clock,
    );
  }

  #hasSecrets(process: GuardedProcess, config: ProcessConfig): boolean {
    return this.vaultIfAny(process, config)?.hasUsable ?? false;
  }

  #mission(
    process: GuardedProcess,
    config: ProcessConfig,
    budget: AutonomyBudget | undefined,
    halt: (verdict: Halt) => void,
  ): Mission | undefined {
    const { mission } = config;
    const { clock, alarm, judge, check } = this.#parts;
    if (!mission?.enabled || !alarm) return undefined;
    return new Mission(process, mission, {
      clock,
      alarm,
      budget,
      halt,
      judge: () => judge?.(process, config) ?? null,
      check: async (code, evidence) => (await check?.(code, evidence)) ?? null,
    });
  }

  #reservationsOf(process: GuardedProcess): Reservations {
    let reservations = this.#members.get(process);
    if (!reservations) {
      this.#members.set(process, (reservations = new Reservations(process)));
      this.#ledger.join(process, reservations);
    }
    return reservations;
  }
}
