import type { CostSum } from '../../shared/views/cost-views.ts';
import { lasting, roundly, spent } from '../ui/format.ts';
import { wallOf } from '../ui/shown-zone.ts';

export type MeasureId = 'money' | 'tokens' | 'time' | 'runs';

export interface Measure {
  id: MeasureId;
  text: string;
  of(sum: CostSum): number;
  write(value: number): string;
}

/** What costs can be looked at as: a model on one's own machine takes no money, but tokens and time. */
export const measures: readonly Measure[] = [
  { id: 'money', text: 'Money', of: ({ costUsd }) => costUsd, write: spent },
  { id: 'tokens', text: 'Tokens', of: ({ inputTokens, outputTokens }) => inputTokens + outputTokens, write: roundly },
  { id: 'time', text: 'Time', of: ({ lastedMs }) => lastedMs, write: (ms) => (ms === 0 ? '0 s' : lasting(ms)) },
  { id: 'runs', text: 'Runs', of: ({ runs }) => runs, write: roundly },
];

export const measureOf = (id: MeasureId): Measure => measures.find((measure) => measure.id === id) as Measure;

/** What a month would come to at the pace of the days so far; null while there are too few of them to tell. */
export function forecast(days: readonly CostSum[], measure: Measure, now: Date): number | null {
  const today = new Date(wallOf(now.getTime()));
  const ofMonth = days.slice(-today.getUTCDate());
  const began = ofMonth.findIndex(({ runs }) => runs > 0);
  const lived = began < 0 ? 0 : ofMonth.length - began;
  if (lived < 3) return null;
  const sum = ofMonth.reduce((total, day) => total + measure.of(day), 0);
  const daysLeft =
    new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 0)).getUTCDate() - today.getUTCDate();
  return sum + (sum / lived) * daysLeft;
}
