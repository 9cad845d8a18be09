import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { AgentEstimate } from '../../../shared/views/forecast-view.ts';
import { readCron } from '../../triggers/cron/next-cron-time.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { firingsIn, newest } from './forecast.ts';
import { modelPrice } from './model-price.ts';

const dayMs = 86_400_000;
const spanDays = 7;

/** What the author of a template says of its usual run. */
export interface StatedUsage {
  inputTokens: number;
  outputTokens: number;
  /** Beside what its schedule brings. */
  runsPerDay: number | null;
}

export interface AskingAgent {
  name: string;
  config: ProcessConfig;
  stated: StatedUsage | null;
}

/**
 * What an agent of a template that asks a model usually costs: a run as those of its name on this node did, else as the
 * author states; as often as its schedule says, and as anything else woke it here.
 */
export function estimateOf(
  { database, parts }: Pick<AgentRuntime, 'database' | 'parts'>,
  { name, config, stated }: AskingAgent,
): AgentEstimate {
  const now = parts.clock.now();
  const past = database
    .prepare(
      `SELECT count(*) AS runs, avg(input_tokens + output_tokens) AS tokens, avg(cost_usd) AS costUsd
       FROM (SELECT * FROM read_runs WHERE process = ? AND ended_at IS NOT NULL AND model_calls > 0 ORDER BY id DESC LIMIT ${newest})`,
    )
    .get(name) as { runs: number; tokens: number | null; costUsd: number | null };
  const price = priceIn(config, parts.env);
  const planned = plannedPerDay(config, now);
  if (past.runs > 0) {
    const unplanned = unplannedPerDay(database, name, config, now);
    return {
      name,
      basis: 'runs',
      runs: past.runs,
      runsPerDay: planned + unplanned,
      tokensPerRun: past.tokens,
      // What has no price is written down as nothing.
      usdPerRun: price === null && !past.costUsd ? null : past.costUsd,
    };
  }
  if (stated === null)
    return { name, basis: 'unknown', runs: 0, runsPerDay: null, tokensPerRun: null, usdPerRun: null };
  const { inputTokens, outputTokens, runsPerDay } = stated;
  return {
    name,
    basis: 'stated',
    runs: 0,
    runsPerDay: runsPerDay === null && isWokenOtherwise(config) ? null : planned + (runsPerDay ?? 0),
    tokensPerRun: inputTokens + outputTokens,
    usdPerRun: price && (inputTokens * price.input + outputTokens * price.output) / 1_000_000,
  };
}

function priceIn({ model }: ProcessConfig, env: AgentRuntime['parts']['env']): ReturnType<typeof modelPrice> {
  try {
    return modelPrice(model, env);
  } catch {
    // It cannot be used as things are, for want of a key: what it costs is not known for that.
    return null;
  }
}

/** Planned times of a day, as the coming week has them. */
function plannedPerDay({ triggers }: ProcessConfig, from: number): number {
  const span = { from, to: from + spanDays * dayMs };
  return triggers.reduce((sum, trigger) => {
    if (trigger.type !== 'cron' || trigger.enabled === false) return sum;
    return sum + firingsIn(readCron(trigger.cronExpression, trigger.cronTimezone), span) / spanDays;
  }, 0);
}

/** Whether it works for other reasons than that it is time: then nobody knows how often before it has. */
function isWokenOtherwise({ triggers }: ProcessConfig): boolean {
  return triggers.length === 0 || triggers.some(({ type }) => type !== 'cron');
}

function unplannedPerDay(
  database: AgentRuntime['database'],
  name: string,
  { triggers }: ProcessConfig,
  now: number,
): number {
  const crons = new Set(triggers.filter(({ type }) => type === 'cron').map(({ id }) => id));
  const rows = database
    .prepare('SELECT trigger_id AS trigger, started_at AS at FROM read_runs WHERE process = ? AND started_at >= ?')
    .all(name, now - spanDays * dayMs) as { trigger: string; at: number }[];
  const others = rows.filter(({ trigger }) => !crons.has(trigger));
  const days = Math.max(1, (now - Math.min(now, ...rows.map(({ at }) => at))) / dayMs);
  return others.length / days;
}
