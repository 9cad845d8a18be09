import type { RuntimeClient } from '../../shared/api.ts';
import type { CostsView } from '../../shared/views/cost-views.ts';
import type { ForecastView } from '../../shared/views/forecast-view.ts';
import type { ProcessView, ScheduleRow } from '../../shared/views/views.ts';
import { isSchedule } from '../schedule/lane-rows.ts';
import { plannedTimes } from '../schedule/planned-times.ts';

/** Planned times of the slot that are read; of more than that only so many are known here. */
const mostRows = 1_000;
/** So many beginnings of a schedule before the instant are looked at; one that is busier is at work all the time. */
const mostBegun = 200;

/** What is expected around an instant: planned times are known, all else goes by how runs went before. */
export interface Ahead {
  at: number;
  until: number;
  firings: AheadFiring[];
  /** There are more planned times than were read. */
  cut: boolean;
  working: Working[];
  /** So many agents at work at once at most within the slot, of those whose runs are known. */
  most: number;
  /** What will have run between now and the end of the slot. */
  forecast: ForecastView;
}

export interface AheadFiring {
  process: string;
  times: number[];
  /** So many of them come sooner after the one before than a run usually takes. */
  overlapping: number;
  /** Why all of them are left out or wait; null: nothing is in their way. */
  reason: string | null;
}

/** An agent that is expected to be at work at the instant. */
export interface Working {
  process: string;
  since: number;
  usualMs: number;
  /** It has begun already. */
  begun: boolean;
}

/** Asks the node for what is planned between two instants and what runs until then will use. */
export async function lookAhead(
  client: RuntimeClient,
  processes: readonly ProcessView[],
  { now, at, until }: { now: number; at: number; until: number },
): Promise<Ahead> {
  const [planned, forecast] = await Promise.all([
    client.schedule({ from: Math.max(now, at), to: until, limit: mostRows }),
    client.forecast({ to: until }),
  ]);
  const rows = planned.items.filter(
    ({ outcome }) => outcome === 'planned' || outcome === 'due' || outcome === 'paused',
  );
  const usual = usualOf(forecast);
  const candidates = workingAt(processes, usual, now, at);
  const paused = new Set(forecast.items.filter((item) => item.paused > 0).map(({ process }) => process));
  const kept = await Promise.all(
    candidates.map(async (one) => one.begun || !paused.has(one.process) || !(await isPaused(client, one))),
  );
  const working = candidates.filter((_, index) => kept[index]);
  const firings = firingsOf(rows, usual);
  return {
    at,
    until,
    firings,
    cut: planned.next !== null,
    working,
    most: mostAtOnce(firings, working, usual),
    forecast,
  };
}

/** How long a run of each agent usually takes, in ms; those that never ran are not in it. */
function usualOf({ items }: ForecastView): ReadonlyMap<string, number> {
  const known = items.filter(({ basis, firings }) => basis > 0 && firings > 0);
  return new Map(known.map(({ process, workedMs, firings }) => [process, workedMs / firings]));
}

async function isPaused(client: RuntimeClient, { process, since }: Working): Promise<boolean> {
  const { items } = await client.schedule({ process, from: since, to: since + 1 });
  return items.length > 0 && items.every(({ outcome }) => outcome === 'paused');
}

/** Who began before the instant, and usually takes until after it. */
export function workingAt(
  processes: readonly ProcessView[],
  usual: ReadonlyMap<string, number>,
  now: number,
  at: number,
): Working[] {
  return processes.flatMap(({ name, state, triggers, lastRun }): Working[] => {
    const usualMs = usual.get(name);
    if (usualMs === undefined || usualMs <= 0) return [];
    if (lastRun?.state === 'running' && lastRun.startedAt + usualMs > at)
      return [{ process: name, since: lastRun.startedAt, usualMs, begun: true }];
    if (state === 'suspended') return [];
    const begun = triggers
      .filter(isSchedule)
      .flatMap((trigger) => plannedTimes(trigger, Math.max(now, at - usualMs), mostBegun, at));
    return begun.length === 0 ? [] : [{ process: name, since: Math.min(...begun), usualMs, begun: false }];
  });
}

export function firingsOf(rows: readonly ScheduleRow[], usual: ReadonlyMap<string, number>): AheadFiring[] {
  return [...Map.groupBy(rows, ({ process }) => process)].map(([process, ofOne]) => {
    const times = ofOne.map(({ instant }) => instant).sort((a, b) => a - b);
    const usualMs = usual.get(process) ?? 0;
    const overlapping = times.filter((at, index) => index > 0 && at - (times[index - 1] ?? 0) < usualMs).length;
    const isHeldUp = ofOne.every(({ reason, outcome }) => reason !== null && outcome !== 'due');
    return { process, times, overlapping, reason: isHeldUp ? (ofOne[0]?.reason ?? null) : null };
  });
}

/** An agent whose firings overlap counts once: what becomes of them is for its own rules to say. */
export function mostAtOnce(
  firings: readonly AheadFiring[],
  working: readonly Working[],
  usual: ReadonlyMap<string, number>,
): number {
  const stretches = firings.flatMap(({ process, times, reason }) => {
    const usualMs = usual.get(process);
    if (usualMs === undefined || reason !== null) return [];
    const before = working.find((one) => one.process === process);
    return joined(before ? [before.since, ...times] : times, usualMs);
  });
  const others = working.filter(({ process }) => !firings.some((firing) => firing.process === process));
  const changes = [...stretches, ...others.map(({ since, usualMs }) => ({ from: since, to: since + usualMs }))]
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of changes) most = Math.max(most, (now += by));
  return most;
}

/** Stretches of one length that begin at these times; those that touch are one. */
function joined(times: readonly number[], lengthMs: number): { from: number; to: number }[] {
  const stretches: { from: number; to: number }[] = [];
  for (const from of times) {
    const last = stretches.at(-1);
    if (last && from <= last.to) last.to = from + lengthMs;
    else stretches.push({ from, to: from + lengthMs });
  }
  return stretches;
}

export interface TightLimit {
  /** null: the whole node. */
  process: string | null;
  unit: string;
  cap: number;
}

/** Limits of today that planned runs would use up, if they go on as the newest did. */
export function limitsReached(
  costs: Pick<CostsView, 'node' | 'budgets'>,
  { items }: Pick<ForecastView, 'items'>,
): TightLimit[] {
  const of = (process: string | null, unit: string) =>
    items
      .filter((item) => process === null || item.process === process)
      .reduce((total, item) => total + used(item, unit), 0);
  return [
    ...costs.node.map((limit) => ({ process: null, limit })),
    ...costs.budgets.flatMap(({ process, limits }) => limits.map((limit) => ({ process, limit }))),
  ]
    .filter(
      ({ process, limit }) =>
        limit.scope !== 'run' &&
        limit.cap > 0 &&
        limit.used < limit.cap &&
        limit.used + of(process, limit.unit) > limit.cap,
    )
    .map(({ process, limit: { unit, cap } }) => ({ process, unit, cap }));
}

function used({ firings, tokens, costUsd }: ForecastView['items'][number], unit: string): number {
  if (unit === 'USD') return costUsd;
  if (unit === 'tokens') return tokens;
  return unit === 'runs' ? firings : 0;
}
