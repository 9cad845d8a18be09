import type { BudgetConfig, BudgetLimit } from '../../../shared/config/governance-config.ts';
import type { Spent } from '../../journal/fold/spent.ts';

/** Whose account a limit is held against. */
export type Scope = 'run' | 'day' | 'node';

interface Rule {
  limit: BudgetLimit;
  per: 'run' | 'day';
  measure: keyof Spent;
  /** How many of the measure are one of the limit's unit. */
  factor: number;
  unit: string;
}

const rule = (limit: BudgetLimit, measure: keyof Spent, unit: string, factor = 1): Rule => ({
  limit,
  per: limit.endsWith('Run') ? 'run' : 'day',
  measure,
  factor,
  unit,
});

export const rules: readonly Rule[] = [
  rule('maxToolCallsPerRun', 'toolCalls', 'tool calls'),
  rule('maxToolCallsPerDay', 'toolCalls', 'tool calls'),
  rule('maxLlmTurnsPerRun', 'modelTurns', 'model turns'),
  rule('maxLlmTurnsPerDay', 'modelTurns', 'model turns'),
  rule('maxTokensPerRun', 'tokens', 'tokens'),
  rule('maxTokensPerDay', 'tokens', 'tokens'),
  rule('maxUsdPerRun', 'usd', 'USD'),
  rule('maxUsdPerDay', 'usd', 'USD'),
  rule('maxCostPerRun', 'costUnits', 'cost units'),
  rule('maxCostPerDay', 'costUnits', 'cost units'),
  rule('maxIrreversiblePerRun', 'irreversible', 'irreversible actions'),
  rule('maxIrreversiblePerDay', 'irreversible', 'irreversible actions'),
  rule('maxMinutesPerRun', 'activeMs', 'minutes of work', 60_000),
  rule('maxMinutesPerDay', 'activeMs', 'minutes of work', 60_000),
  rule('maxRunsPerDay', 'runs', 'runs'),
];

/** One limit as it stands: amounts in its own unit. */
export interface Standing {
  limit: BudgetLimit;
  scope: Scope;
  unit: string;
  measure: keyof Spent;
  /** With what was added to it. */
  cap: number;
  used: number;
}

export interface Account {
  scope: Scope;
  config: BudgetConfig;
  /** What was used, with what is reserved. */
  spent: Readonly<Spent>;
  toppedUp: Readonly<Record<string, number>>;
}

/** Every limit that is in force on the account. */
export function standings({ scope, config, spent, toppedUp }: Account): Standing[] {
  const per = scope === 'run' ? 'run' : 'day';
  const all: Standing[] = [];
  for (const { limit, per: rulePer, measure, factor, unit } of rules) {
    const cap = config[limit];
    if (cap === undefined || rulePer !== per) continue;
    all.push({ limit, scope, unit, measure, cap: cap + (toppedUp[limit] ?? 0), used: spent[measure] / factor });
  }
  return all;
}

/** Sums of money are added up from fractions, so the last digits are not to be trusted. */
const rounding = 1e-9;

/** The first limit that would be passed if `need` were used as well. */
export function overrun(all: readonly Standing[], need: Partial<Spent>): Standing | undefined {
  return all.find(({ measure, cap, used }) => {
    const more = need[measure] ?? 0;
    return more > 0 && (measure === 'activeMs' ? used >= cap : used + more > cap + rounding);
  });
}

/** The limits of which `need` uses up four fifths or more. */
export function nearlyUsedUp(all: readonly Standing[], need: Partial<Spent>): Standing[] {
  return all.filter(({ measure, cap, used }) => {
    const more = measure === 'activeMs' ? 0 : (need[measure] ?? 0);
    return cap > 0 && used + more >= 0.8 * cap;
  });
}

export const shown = (amount: number): string => String(Math.round(amount * 10_000) / 10_000);

/** One sentence for an agent: what it may still use. */
export function remainingText(all: readonly Standing[]): string | null {
  if (all.length === 0) return null;
  const words = { run: 'in this run', day: 'today', node: 'today, together with all other agents' };
  const parts = all.map(
    ({ cap, used, unit, scope }) => `${shown(Math.max(0, cap - used))} of ${shown(cap)} ${unit} ${words[scope]}`,
  );
  return `What you may still use: ${parts.join('; ')}. Calls beyond that are not made.`;
}
