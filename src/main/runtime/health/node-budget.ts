import { inward, outward } from '../../../shared/casing.ts';
import { BudgetConfig, type BudgetLimit } from '../../../shared/config/governance-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { NodeBudgetView } from '../../../shared/views/governance-views.ts';
import { standings } from '../../governance/budget/budget-limits.ts';
import { budgetDay } from '../../governance/budget/day-window.ts';
import type { NodeDay } from '../../governance/budget/reservations.ts';
import type { Governance } from '../../governance/governance.ts';
import { nothingSpent, type Spent } from '../../journal/fold/spent.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { NodeStream } from '../node-stream.ts';

export interface NodeBudgetParts {
  readonly clock: Clock;
  readonly node: NodeStream;
  readonly governance: Governance;
  list(): readonly AgentProcess[];
}

/**
 * What all processes of the node may use together in a day. Kept in the node's own stream; held by the guards of each
 * process, against one ledger.
 */
export class NodeBudget {
  readonly #parts: NodeBudgetParts;

  constructor(parts: NodeBudgetParts) {
    this.#parts = parts;
  }

  /** Takes up what was set; before the first step of any process. */
  open(): void {
    const { node, governance } = this.#parts;
    const kept = node.setting('budget');
    if (kept) governance.limitNode(read(kept));
    const day = node.setting('budget_day');
    if (day) governance.ledger.carry(day as unknown as NodeDay);
  }

  get isSet(): boolean {
    return this.#parts.governance.nodeBudget !== undefined;
  }

  /**
   * Changes limits, written as in a manifest; null takes one away. All of the changes are right, or none is made.
   * @throws RuntimeError `REQUEST_INVALID`.
   */
  async change(changes: JsonObject, by: string): Promise<void> {
    const { node, governance } = this.#parts;
    const wanted = Object.fromEntries(
      Object.entries({ ...this.#written(), ...changes }).filter(([, value]) => value !== null),
    );
    const budget = read(wanted);
    await node.configure('budget', wanted, by);
    governance.limitNode(budget);
    await this.#goOn(by);
  }

  /** Adds to a limit for today; what waits for it goes on. @throws RuntimeError `REQUEST_INVALID`. */
  async topUp(limit: BudgetLimit, amount: number, by: string): Promise<void> {
    const { governance } = this.#parts;
    if (governance.nodeBudget?.[limit] === undefined)
      throw new RuntimeError('REQUEST_INVALID', `The node has no ${limit}; set one before you add to it.`, { limit });
    const day = this.#day();
    await this.#carry({ ...day, toppedUp: { ...day.toppedUp, [limit]: (day.toppedUp[limit] ?? 0) + amount } }, by);
    await this.#goOn(by);
  }

  /** A process is about to go: what it used today has been used all the same. */
  async beforeRemoval({ snapshot: { nodeDay } }: AgentProcess): Promise<void> {
    if (this.#parts.clock.now() >= nodeDay.until) return;
    const day = this.#day();
    const spent = { ...day.spent };
    for (const key in spent) spent[key as keyof Spent] += nodeDay.spent[key as keyof Spent];
    await this.#carry({ ...day, until: Math.max(day.until, nodeDay.until), spent }, 'runtime');
  }

  view(): NodeBudgetView {
    const { governance, clock } = this.#parts;
    const { nodeBudget, ledger } = governance;
    const total = ledger.total(clock.now());
    const limits = nodeBudget ? standings({ scope: 'node', config: nodeBudget, ...total }) : [];
    return {
      enabled: nodeBudget !== undefined,
      config: this.#written(),
      day: { until: total.until > 0 ? total.until : null },
      limits: limits.map(({ limit, scope, unit, cap, used }) => ({
        limit,
        scope,
        unit,
        cap,
        used,
        left: Math.max(0, cap - used),
      })),
    };
  }

  #written(): JsonObject {
    const kept = this.#parts.node.setting('budget');
    if (kept) return kept;
    const { nodeBudget } = this.#parts.governance;
    return nodeBudget ? (outward(BudgetConfig, nodeBudget as unknown as Json) as JsonObject) : {};
  }

  #day(): NodeDay {
    const { governance, clock } = this.#parts;
    const { carried } = governance.ledger;
    const now = clock.now();
    if (carried && now < carried.until) return carried;
    const { until } = budgetDay(now, governance.nodeBudget ?? BudgetConfig.parse({}));
    return { until, spent: nothingSpent(), toppedUp: {} };
  }

  async #carry(day: NodeDay, by: string): Promise<void> {
    const { node, governance } = this.#parts;
    governance.ledger.carry(day);
    await node.configure('budget_day', day as unknown as JsonObject, by);
  }

  /** Whoever waits for the node's budget asks again. */
  async #goOn(by: string): Promise<void> {
    await Promise.all(this.#parts.list().map((process) => process.steering.askNodeAgain(by)));
  }
}

function read(written: JsonObject): BudgetConfig {
  const { value, unknown } = inward(BudgetConfig, written);
  const [stray] = unknown;
  if (stray)
    throw new RuntimeError(
      'REQUEST_INVALID',
      `There is no setting called ${stray.key} of a budget.${stray.nearest ? ` Did you mean ${stray.nearest}?` : ''}`,
      { field: stray.key },
    );
  const parsed = BudgetConfig.safeParse(value);
  const perRun = isJsonObject(value) ? Object.keys(value).find((key) => key.endsWith('PerRun')) : undefined;
  if (perRun)
    throw new RuntimeError(
      'REQUEST_INVALID',
      'The node counts by the day; set what one run may use in the budget of its process.',
      { field: perRun },
    );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RuntimeError('REQUEST_INVALID', `The budget of the node: ${issue?.path.join('.')}: ${issue?.message}`);
}
