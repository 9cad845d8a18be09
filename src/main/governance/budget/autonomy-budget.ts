import type { BudgetConfig } from '../../../shared/config/governance-config.ts';
import type { Charge } from '../../../shared/entries/governance-entries.ts';
import { newId } from '../../../shared/ids.ts';
import { isJsonObject } from '../../../shared/json.ts';
import { emptyDay, type Spent, type SpentDay } from '../../journal/fold/spent.ts';
import type { Clock } from '../../lib/clock.ts';
import { targetsOf } from '../escalation.ts';
import { allow, type Guard, type GuardedProcess, type GuardedStep, type Verdict, type WaitingEvent } from '../guard.ts';
import {
  type Account,
  nearlyUsedUp,
  overrun,
  remainingText,
  type Standing,
  shown,
  standings,
} from './budget-limits.ts';
import { budgetDay } from './day-window.ts';
import { add, type NodeLedger, type Reservations } from './reservations.ts';

/** The longest answer that is paid for when the settings of the model name none; then the call is limited to it. */
const usualAnswerTokens = 4_096;
/** Less than this is no answer: rather than cut it shorter, the limit counts as reached. */
const shortestAnswerTokens = 1_024;

export interface BudgetParts {
  readonly clock: Clock;
  readonly reservations: Reservations;
  /** Where the whole node has a budget. */
  readonly node?: { config: BudgetConfig; ledger: NodeLedger };
  /** What relatives of the process used today; left out: it has none. */
  relatives?(): Spent;
}

/**
 * Holds an agent to what it may use.
 *
 * Invariants:
 *   B1. A call is charged with the most it can cost before it begins; no await lies between the check and the charge.
 *   B2. What is charged stands in the journal with the intent of the call: a crash can count a call twice, never not.
 *   B3. What one run uses is counted in that run, however many overlap.
 */
export class AutonomyBudget implements Guard {
  readonly name = 'budget';
  readonly #process: GuardedProcess;
  readonly #config: BudgetConfig | undefined;
  readonly #parts: BudgetParts;

  constructor(process: GuardedProcess, config: BudgetConfig | undefined, parts: BudgetParts) {
    this.#process = process;
    this.#config = config;
    this.#parts = parts;
  }

  beforeRun({ event }: WaitingEvent): Verdict {
    this.#beginDays();
    const all = this.#standings(null);
    const over = overrun(all, { runs: 1 });
    if (!over) {
      this.#warn(null, all, { runs: 1 });
      return allow;
    }
    const until = over.scope === 'node' ? this.#process.snapshot.nodeDay.until : this.#process.snapshot.day.until;
    const queued = this.#process.snapshot.queue.get(event);
    if (queued?.state === 'waiting') this.#warn(null, all, { runs: 1 });
    return { say: 'wait', until, reason: `${reasonOf(over)}; it goes on at ${new Date(until).toISOString()}` };
  }

  note(run: string): string | null {
    if (!this.#config?.injectRemaining && !this.#parts.node?.config.injectRemaining) return null;
    return remainingText(this.#standings(run).filter(({ measure }) => measure !== 'runs'));
  }

  beforeStep(step: GuardedStep): Verdict {
    if (step.kind !== 'model' && step.kind !== 'tool') return allow;
    this.#beginDays();
    const all = this.#standings(step.run);
    const weighed = step.kind === 'model' ? weighedModel(step, all) : { need: this.#toolNeed(step.name) };
    if (weighed.refusal) return { say: 'refuse', code: 'POLICY_REFUSED', reason: weighed.refusal };
    const need: Partial<Spent> = { ...weighed.need, activeMs: 1 };
    const over = overrun(all, need);
    if (over) return this.#exceeded(step, over, need);
    this.#warn(step.run, all, need);
    const charge = chargeOf(need);
    this.#parts.reservations.hold(step.run, step.step, { ...need, activeMs: 0 });
    const { maxOutputTokens } = weighed;
    return { say: 'allow', charge, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) };
  }

  /** How every limit stands now, for whoever asks; `run` adds those of one run. */
  standings(run: string | null = null): Standing[] {
    const now = this.#parts.clock.now();
    const { day } = this.#process.snapshot;
    return this.#standings(run, now < day.until ? day : emptyDay());
  }

  /** A judge and other calls outside of runs ask here. Returns why it may not be made. */
  refusalOf(need: Partial<Spent>): string | null {
    this.#beginDays();
    const over = overrun(this.#standings(null), need);
    return over ? reasonOf(over) : null;
  }

  #toolNeed(name: string): Partial<Spent> {
    const cost = this.#config?.toolCosts[name];
    return { toolCalls: 1, costUnits: cost?.costWeight ?? 1, irreversible: cost?.irreversible ? 1 : 0 };
  }

  #standings(run: string | null, day: SpentDay = this.#process.snapshot.day): Standing[] {
    const { clock, reservations, node, relatives } = this.#parts;
    const accounts: Account[] = [];
    if (this.#config) {
      const open = run === null ? undefined : this.#process.snapshot.runs.get(run);
      if (open)
        accounts.push({
          scope: 'run',
          config: this.#config,
          spent: reservations.plus(open.spent, open.id),
          toppedUp: open.toppedUp,
        });
      const spent = reservations.plus(day.spent, null);
      if (relatives) add(spent, relatives());
      accounts.push({
        scope: 'day',
        config: this.#config,
        spent,
        toppedUp: day.toppedUp,
      });
    }
    if (node) accounts.push({ scope: 'node', config: node.config, ...node.ledger.total(clock.now()) });
    return accounts.flatMap(standings);
  }

  /** A day ends when the window that was noted is over, so that there is one reset a day, whatever became of the settings. */
  #beginDays(): void {
    const now = this.#parts.clock.now();
    const { day, nodeDay } = this.#process.snapshot;
    const begin = (scope: 'day' | 'node', config: BudgetConfig) => {
      const body = { scope, ...budgetDay(now, config) };
      this.#process.append('begin-day', [{ kind: 'budget.day_began', body }]).catch(() => {});
    };
    if (this.#config && now >= day.until) begin('day', this.#config);
    if (this.#parts.node && now >= nodeDay.until) begin('node', this.#parts.node.config);
  }

  #exceeded(step: GuardedStep, over: Standing, need: Partial<Spent>): Verdict {
    const config = over.scope === 'node' ? this.#parts.node?.config : this.#config;
    const { onExceeded = 'park', escalation } = config ?? {};
    const reason = reasonOf(over);
    if (onExceeded !== 'park') {
      const told = {
        guard: 'budget' as const,
        what: 'exceeded' as const,
        about: over.limit,
        run: step.run,
        text: reason,
      };
      const body = {
        ...told,
        ...(onExceeded === 'escalate' ? targetsOf(escalation) : {}),
      };
      this.#process.append('note-budget', [{ kind: 'governance.noted', body }]).catch(() => {});
      return { say: 'halt', become: onExceeded === 'stop' ? 'stopped' : 'suspended', code: 'BUDGET_EXCEEDED', reason };
    }
    const { day, nodeDay } = this.#process.snapshot;
    const reset = over.scope === 'run' ? null : over.scope === 'day' ? day.until : nodeDay.until;
    const answer = step.answered('top_up')?.answer;
    const verdict = isJsonObject(answer) ? answer['verdict'] : undefined;
    if (verdict === 'refuse')
      return { say: 'refuse', code: 'POLICY_REFUSED', reason: `${reason}; nobody granted more` };
    if (verdict === 'wait' && reset !== null) return { say: 'park', why: 'top_up', until: reset };
    return { say: 'park', why: 'top_up', until: reset, item: this.#request(step, over, need, reset) };
  }

  #request(step: GuardedStep, over: Standing, need: Partial<Spent>, reset: number | null) {
    const { limit, scope, cap, used, unit, measure } = over;
    const needed = measure === 'activeMs' ? cap : (need[measure] ?? 0);
    const suggested = Math.max(cap, used + needed - cap, needed);
    const whole = unit === 'USD' || unit === 'cost units' || measure === 'activeMs' ? suggested : Math.ceil(suggested);
    return {
      id: newId('itm', this.#parts.clock.now()),
      kind: 'top_up' as const,
      title: `${this.#process.process} has used up its ${unit}`,
      question: `${reasonOf(over)}. It wants to go on with ${step.name}. Grant more${reset === null ? '' : ', wait for the next day'}, or let it do without?`,
      about: { run: step.run, step: step.step, limit, scope, cap, used, unit, suggested: whole, name: step.name },
      choices: ['top_up', ...(reset === null ? [] : ['wait']), 'refuse'],
      expiresAt: reset,
      fallback: reset === null ? null : { verdict: 'wait' },
    };
  }

  #warn(run: string | null, all: readonly Standing[], need: Partial<Spent>): void {
    const { snapshot } = this.#process;
    for (const near of nearlyUsedUp(all, need)) {
      const ofRun = near.scope === 'run' ? run : null;
      const told = ofRun === null ? snapshot.day.told : (snapshot.runs.get(ofRun)?.told ?? []);
      const about = near.scope === 'node' ? `node.${near.limit}` : near.limit;
      if (told.includes(about)) continue;
      const text = `${near.scope === 'node' ? 'The node' : `"${this.#process.process}"`} has used four fifths of its ${shown(near.cap)} ${near.unit}${near.scope === 'run' ? ' for this run' : ' for today'}.`;
      const body = { guard: 'budget' as const, what: 'warning' as const, about, run: ofRun, text };
      this.#process.append('warn-budget', [{ kind: 'governance.noted', body }]).catch(() => {});
    }
  }
}

interface Weighed {
  need: Partial<Spent>;
  maxOutputTokens?: number;
  refusal?: string;
}

/** What a model call can cost at most; its answer is made no longer than what is left pays for. */
function weighedModel(step: GuardedStep, all: readonly Standing[]): Weighed {
  const limits = all.filter(({ measure }) => measure === 'tokens' || measure === 'usd');
  const weight = step.weigh?.();
  if (limits.length === 0 || !weight) return { need: { modelTurns: 1 } };
  const { inputTokens, maxOutputTokens, price } = weight;
  const money = limits.find(({ measure }) => measure === 'usd');
  if (money && !price) {
    return {
      need: {},
      refusal: `The price of ${step.name} is not known, so ${money.limit} cannot be kept; give the model an input_price and an output_price`,
    };
  }
  const wanted = maxOutputTokens ?? usualAnswerTokens;
  const { input, output } = price ?? { input: 0, output: 0 };
  let affordable = wanted;
  for (const { measure, cap, used } of limits) {
    const left = cap - used;
    const most =
      measure === 'tokens' ? left - inputTokens : output > 0 ? (left * 1e6 - inputTokens * input) / output : wanted;
    affordable = Math.min(affordable, Math.floor(most));
  }
  const answer = affordable >= Math.min(wanted, shortestAnswerTokens) ? affordable : wanted;
  const usd = (inputTokens * input + answer * output) / 1e6;
  return {
    need: { modelTurns: 1, tokens: inputTokens + answer, usd },
    ...(answer === maxOutputTokens ? {} : { maxOutputTokens: answer }),
  };
}

function chargeOf({ tokens, usd, costUnits, irreversible }: Partial<Spent>): Charge {
  return {
    ...(tokens ? { tokens } : {}),
    ...(usd ? { usd } : {}),
    ...(costUnits ? { costUnits } : {}),
    ...(irreversible ? { irreversible: true } : {}),
  };
}

function reasonOf({ scope, cap, used, unit }: Standing): string {
  const whose = scope === 'run' ? 'this run' : scope === 'day' ? 'today' : 'the whole node today';
  return `The budget of ${whose} is ${shown(cap)} ${unit}, of which ${shown(used)} are used`;
}
