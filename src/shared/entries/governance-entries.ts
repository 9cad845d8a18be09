import { z } from 'zod';

const actor = z.string().max(200);

/** What a call is charged when it begins: the most it can cost. */
export const Charge = z.object({
  tokens: z.number().optional(),
  usd: z.number().optional(),
  costUnits: z.number().optional(),
  irreversible: z.boolean().optional(),
});
export type Charge = z.infer<typeof Charge>;

/** How far a mission is, as somebody judged it after a run. */
export const MissionEvaluation = z.object({
  run: z.string(),
  by: z.enum(['judge', 'check']),
  achieved: z.boolean(),
  /** 0 to 1. */
  confidence: z.number(),
  reasoning: z.string(),
  progress: z.string(),
});
export type MissionEvaluation = z.infer<typeof MissionEvaluation>;

/** Entries of what limits a process. */
export const governanceEntries = {
  /** A new day of a budget: its counters begin at nothing. */
  'budget.day_began': z.object({ scope: z.enum(['day', 'node']), from: z.number(), until: z.number() }),
  'budget.topped_up': z.object({
    limit: z.string(),
    amount: z.number(),
    scope: z.enum(['run', 'day', 'node']),
    run: z.string().optional(),
    by: actor,
  }),
  /** A mission begins: counters and clock at nothing. */
  'mission.begun': z.object({ objective: z.string(), settings: z.string() }),
  /** A judge is about to be asked. */
  'mission.judging': z.object({ charge: Charge }),
  'mission.evaluated': MissionEvaluation.extend({
    /** What was charged when the judge was asked, and what it used. */
    charge: Charge.optional(),
    usage: z.object({ inputTokens: z.int(), outputTokens: z.int(), costUsd: z.number() }).partial().optional(),
  }),
  'mission.ended': z.object({ state: z.enum(['completed', 'failed']), reason: z.string(), by: actor }),
  'approval.revoked': z.object({ tool: z.string(), call: z.string().nullable(), by: actor }),
  /** Something a guard has seen and watchers should hear of. */
  'governance.noted': z.object({
    guard: z.enum(['budget', 'health', 'mission', 'approvals', 'secrets', 'hooks', 'open_mode']),
    what: z.enum([
      'warning',
      'exceeded',
      'anomaly',
      'recovered',
      'evaluated',
      'ended',
      'access',
      'expired',
      'rotated',
      'revoked',
      'blocked',
      'broken',
      'logged',
      'sign_in',
      'signed_in',
      'reverted',
    ]),
    /** Which limit, anomaly, secret or hook. */
    about: z.string(),
    run: z.string().nullable(),
    text: z.string(),
    details: z.record(z.string(), z.json()).optional(),
    /** Whom to tell: delivered from the outbox until it is taken. */
    escalation: z
      .object({
        webhookUrl: z.string().optional(),
        webhookSecret: z.string().optional(),
        eventType: z.string().optional(),
      })
      .optional(),
  }),
  /** A webhook has taken what it was to be told, or was given up. */
  'escalation.ended': z.object({
    seq: z.int(),
    outcome: z.enum(['taken', 'given_up']),
    attempts: z.int(),
    reason: z.string(),
  }),
};
