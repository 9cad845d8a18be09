import type { AgentEstimate } from '../../shared/views/forecast-view.ts';
import { money, plural, roundly } from '../ui/format.ts';

export interface EstimateWords {
  /** What it usually costs. */
  text: string;
  /** How that is known. */
  basis: string;
}

/** What a template usually costs, and what that is based on; it never says a figure without. */
export function estimateWords(estimates: readonly AgentEstimate[]): EstimateWords {
  if (estimates.length === 0) return { text: 'costs nothing', basis: 'no model' };
  const unknown = estimates.filter(({ basis }) => basis === 'unknown');
  if (unknown.length > 0) {
    const names = unknown.length === estimates.length ? '' : ` of ${unknown.map(({ name }) => name).join(', ')}`;
    return { text: 'what it usually costs is not known', basis: `no run${names} on this node yet` };
  }
  const isDaily = estimates.every(({ runsPerDay }) => runsPerDay !== null);
  const sum = (figure: 'usdPerRun' | 'tokensPerRun') =>
    estimates.reduce<number | null>((total, one) => {
      const each = one[figure];
      return total === null || each === null ? null : total + each * (isDaily ? (one.runsPerDay ?? 0) : 1);
    }, 0);
  const per = isDaily ? 'a day' : estimates.length > 1 ? 'a run of each agent' : 'a run';
  const usd = sum('usdPerRun');
  const tokens = `${roundly(sum('tokensPerRun') ?? 0)} tokens`;
  return {
    text:
      usd === null ? `usually about ${tokens} ${per}, at a price nobody knows` : `usually about ${money(usd)} ${per}`,
    basis: basisOf(estimates, isDaily),
  };
}

function basisOf(estimates: readonly AgentEstimate[], isDaily: boolean): string {
  const runs = estimates.reduce((sum, one) => sum + one.runs, 0);
  const stated = estimates.some(({ basis }) => basis === 'stated');
  const figures = [runs > 0 && `${plural(runs, 'run')} on this node`, stated && 'what the template states'];
  const perDay = estimates.reduce((sum, one) => sum + (one.runsPerDay ?? 0), 0);
  const often = isDaily ? `${roundly(Math.round(perDay * 10) / 10)} runs a day` : 'how often depends on what wakes it';
  return `by ${figures.filter(Boolean).join(' and ')}; ${often}`;
}
