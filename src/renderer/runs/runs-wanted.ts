import type { Input } from '../../shared/api.ts';

/** Which runs are wanted, as the address says it. Empty: any. */
export interface RunsWanted {
  process: string;
  state: string;
  text: string;
  trigger: string;
  /** Milliseconds that it took at least. */
  took: string;
  /** Dollars that it cost at least. */
  cost: string;
  version: string;
  noted: string;
  since: string;
  /** `all`: of every node of the cluster. */
  nodes: string;
}

export const runsWantedKeys = [
  'process',
  'state',
  'text',
  'trigger',
  'took',
  'cost',
  'version',
  'noted',
  'since',
  'nodes',
] as const satisfies readonly (keyof RunsWanted)[];

const spans: Record<string, number> = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

export function runsWanted(query: Record<string, string>, process?: string): RunsWanted {
  const wanted = Object.fromEntries(runsWantedKeys.map((key) => [key, query[key] ?? ''])) as unknown as RunsWanted;
  return process === undefined ? wanted : { ...wanted, process };
}

/** The same as the operation takes it. `now` to the minute, so that it stays the same question for a while. */
export function runsAsked(wanted: RunsWanted, now: number): Omit<Input<'countRuns'>, 'bars'> {
  const { process, state, text, trigger, took, cost, version, noted, since } = wanted;
  const span = spans[since];
  return {
    ...(process && { process }),
    ...(state && { state }),
    ...(text && { text }),
    ...(trigger && { trigger }),
    ...(Number(took) > 0 && { minMs: Number(took) }),
    ...(Number(cost) > 0 && { minCostUsd: Number(cost) }),
    ...(process && Number(version) > 0 && { version: Number(version) }),
    ...(noted && { noted: noted === 'true' }),
    ...(span !== undefined && { from: Math.floor(now / 60_000) * 60_000 - span }),
  };
}

/** How many of the filters that are folded away are set. */
export function moreSet({ took, cost, version, noted, since, nodes }: RunsWanted): number {
  return [took, cost, version, noted, since, nodes].filter(Boolean).length;
}
