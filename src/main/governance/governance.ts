import type { BudgetConfig } from '../../shared/governance-config.ts';
import { modelId, type ProcessConfig } from '../../shared/process-config.ts';
import type { Clock } from '../lib/clock.ts';
import { Approvals } from './approvals.ts';
import { AutonomyBudget } from './autonomy-budget.ts';
import { BehavioralHealth, wideLimits } from './behavioral-health.ts';
import type { Guard, GuardedProcess } from './guard.ts';
import { NodeLedger, Reservations } from './reservations.ts';

export interface GovernanceParts {
  readonly clock: Clock;
  /** Of the whole node, over all its processes: only limits per day count. */
  readonly nodeBudget?: BudgetConfig;
}

/** The limits of all processes of a node, and what they share. */
export class Governance {
  readonly #parts: GovernanceParts;
  readonly #ledger = new NodeLedger();
  readonly #members = new WeakMap<GuardedProcess, Reservations>();

  constructor(parts: GovernanceParts) {
    this.#parts = parts;
  }

  /** What limits the process; none enabled: an empty list, which costs nothing. */
  guards(process: GuardedProcess, config: ProcessConfig): readonly Guard[] {
    const budget = this.budget(process, config);
    const health = this.#health(process, config);
    const approvals = this.#approvals(process, config);
    // The budget comes last: what it grants is charged, and nobody may object after that.
    return [...(approvals ? [approvals] : []), ...(health ? [health] : []), ...(budget ? [budget] : [])];
  }

  /** Its budget, if it or the node has one. */
  budget(process: GuardedProcess, { budget }: Pick<ProcessConfig, 'budget'>): AutonomyBudget | undefined {
    const { clock, nodeBudget } = this.#parts;
    const own = budget?.enabled ? budget : undefined;
    if (!own && !nodeBudget) return undefined;
    const reservations = this.#reservationsOf(process);
    return new AutonomyBudget(process, own, {
      clock,
      reservations,
      ...(nodeBudget ? { node: { config: nodeBudget, ledger: this.#ledger } } : {}),
    });
  }

  /** A script goes in circles only where its author means it to; models are watched unless they are told not to be. */
  #health(process: GuardedProcess, { health, model }: ProcessConfig): BehavioralHealth | undefined {
    if (health) return health.enabled ? new BehavioralHealth(process, health, this.#parts.clock, false) : undefined;
    return modelId(model) === 'script' ? undefined : new BehavioralHealth(process, wideLimits, this.#parts.clock, true);
  }

  #approvals(process: GuardedProcess, { approvals, budget }: ProcessConfig): Approvals | undefined {
    if (!approvals?.enabled) return undefined;
    const costs = approvals.irreversible ? Object.entries(budget?.toolCosts ?? {}) : [];
    const irreversible = new Set(costs.flatMap(([name, { irreversible: isSo }]) => (isSo ? [name] : [])));
    return new Approvals(process, { ...approvals, irreversible }, this.#parts.clock);
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
