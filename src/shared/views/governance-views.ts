import { z } from 'zod';
import { MissionEvaluation } from '../entries/governance-entries.ts';

/** What the operations on limits answer with. Times are epoch milliseconds. */

const time = z.number().meta({ unit: 'epoch ms' });
const timeOrNull = time.nullable();

export const LimitView = z.object({
  limit: z.string(),
  /** Held against one run, the process's day, or the day of the whole node. */
  scope: z.enum(['run', 'day', 'node']),
  unit: z.string(),
  cap: z.number(),
  used: z.number(),
  left: z.number(),
});
export type LimitView = z.infer<typeof LimitView>;

export const BudgetView = z.object({
  enabled: z.boolean(),
  /** As the manifest writes it. */
  config: z.record(z.string(), z.json()),
  day: z.object({ from: timeOrNull, until: timeOrNull }),
  limits: z.array(LimitView),
  runs: z.array(z.object({ run: z.string(), limits: z.array(LimitView) })),
});
export type BudgetView = z.infer<typeof BudgetView>;

export const NodeBudgetView = z.object({
  enabled: z.boolean(),
  /** As a manifest writes it. */
  config: z.record(z.string(), z.json()),
  /** When the present day is over; null before anything was used. */
  day: z.object({ until: timeOrNull }),
  limits: z.array(LimitView),
});
export type NodeBudgetView = z.infer<typeof NodeBudgetView>;

export const MissionView = z.object({
  enabled: z.boolean(),
  /** As the manifest writes it. */
  config: z.record(z.string(), z.json()),
  state: z.enum(['none', 'active', 'completed', 'failed']),
  reason: z.string(),
  startedAt: timeOrNull,
  endsAt: timeOrNull,
  endedAt: timeOrNull,
  invocations: z.int(),
  evaluations: z.array(MissionEvaluation.extend({ at: time })),
});
export type MissionView = z.infer<typeof MissionView>;

export const SecretView = z.object({
  name: z.string(),
  source: z.enum(['manifest', 'environment', 'api']),
  /** Counts up with each new value. */
  version: z.int(),
  setAt: timeOrNull,
  /** When it was given a value in place of another; null: it never was. */
  rotatedAt: timeOrNull,
  expiresAt: timeOrNull,
  expired: z.boolean(),
  /** What of the agent names it. Servers are replaced when it gets a new value; all others read it anew each time. */
  usedBy: z.array(
    z.object({
      part: z.enum(['agent', 'model', 'memory', 'trigger', 'server', 'settings']),
      /** Of the trigger, server or section. */
      name: z.string().nullable(),
    }),
  ),
});
export type SecretView = z.infer<typeof SecretView>;

export const SecretAccess = z.object({
  at: time,
  name: z.string(),
  what: z.string(),
  text: z.string(),
  run: z.string().nullable(),
  seq: z.int(),
});
export type SecretAccess = z.infer<typeof SecretAccess>;

export const HealthView = z.object({
  enabled: z.boolean(),
  /** As the manifest writes it, or what is in force without a word of it. */
  config: z.record(z.string(), z.json()),
  anomalies: z.array(z.object({ kind: z.string(), at: time, over: z.boolean() })),
});
export type HealthView = z.infer<typeof HealthView>;

export const GrantView = z.object({
  tool: z.string(),
  /** The call with exactly these arguments; null: every call of the tool. */
  call: z.string().nullable(),
  by: z.string(),
  at: time,
});
export type GrantView = z.infer<typeof GrantView>;
