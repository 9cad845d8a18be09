import { z } from 'zod';
import { Duration } from '../duration.ts';

/** Settings of what limits an agent. Limits that are not named are not in force. */

const count = (title: string, unit?: string) =>
  z
    .int()
    .min(1)
    .optional()
    .meta({ title, ...(unit ? { unit } : {}) });
const amount = (title: string, unit: string) => z.number().positive().optional().meta({ title, unit });

export const EscalationConfig = z
  .strictObject({
    webhookUrl: z
      .url()
      .optional()
      .meta({ title: 'Webhook', description: 'Gets a signed POST; tried again until it is taken.' }),
    webhookSecret: z
      .string()
      .regex(/^secret:\/\/[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'name a secret of the process: secret://name')
      .optional()
      .meta({
        title: 'Signed with',
        description: 'secret://name; the signature is X-Agent-Runtime-Signature: t=…,v1=…',
      }),
    eventType: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ title: 'Event type', description: 'Published on the event bus.' }),
  })
  .meta({ title: 'Escalation' });
export type EscalationConfig = z.infer<typeof EscalationConfig>;

/** Whether this program knows the time zone. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== null;
  } catch {
    return false;
  }
}

/** Every limit of a budget, by its name in a manifest. */
export const budgetLimits = {
  maxToolCallsPerRun: count('Tool calls per run'),
  maxToolCallsPerDay: count('Tool calls per day'),
  maxLlmTurnsPerRun: count('Model turns per run'),
  maxLlmTurnsPerDay: count('Model turns per day'),
  maxTokensPerRun: count('Tokens per run', 'tokens'),
  maxTokensPerDay: count('Tokens per day', 'tokens'),
  maxUsdPerRun: amount('Money per run', 'USD'),
  maxUsdPerDay: amount('Money per day', 'USD'),
  maxCostPerRun: amount('Cost per run', 'cost units'),
  maxCostPerDay: amount('Cost per day', 'cost units'),
  maxIrreversiblePerRun: z.int().min(0).optional().meta({ title: 'Irreversible actions per run' }),
  maxIrreversiblePerDay: z.int().min(0).optional().meta({ title: 'Irreversible actions per day' }),
  maxMinutesPerRun: amount('Working time per run', 'minutes'),
  maxMinutesPerDay: amount('Working time per day', 'minutes'),
  maxRunsPerDay: count('Runs per day'),
};
export type BudgetLimit = keyof typeof budgetLimits;
export const BudgetLimit = z.enum(Object.keys(budgetLimits) as [BudgetLimit, ...BudgetLimit[]]);

const ToolCost = z.strictObject({
  costWeight: z.number().positive().default(1).meta({ title: 'Cost', unit: 'cost units per call' }),
  irreversible: z.boolean().default(false).meta({ title: 'Cannot be undone' }),
});

export const BudgetConfig = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    ...budgetLimits,
    toolCosts: z.record(z.string(), ToolCost).default({}).meta({
      title: 'What tools cost',
      description: 'By exact name; a tool that is not named costs one unit.',
    }),
    onExceeded: z.enum(['park', 'pause', 'stop', 'escalate']).default('park').meta({
      title: 'At the limit',
      description:
        'park: ask for a top-up; other events go on. pause: suspend. stop: stop. escalate: tell, and suspend.',
    }),
    escalation: EscalationConfig.optional(),
    dailyResetHour: z.int().min(0).max(23).optional().meta({ title: 'A day begins at', unit: 'hour' }),
    dailyResetZone: z
      .string()
      .refine(isZone, 'use an IANA zone such as Europe/Berlin')
      .default('UTC')
      .meta({ title: 'Time zone of the day' }),
    dailyResetHourUtc: z.int().min(0).max(23).default(0).meta({
      title: 'A day begins at (UTC)',
      description: 'As older files write it; daily_reset_hour goes before it.',
      unit: 'hour',
    }),
    injectRemaining: z.boolean().default(true).meta({ title: 'Tell the agent what is left' }),
  })
  .meta({ title: 'Budget', description: 'What the agent may use, per run and per day. Checked before each call.' });
export type BudgetConfig = z.infer<typeof BudgetConfig>;

export const HealthConfig = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    stuckThreshold: z.int().min(2).max(1_000).default(3).meta({ title: 'Stuck after', unit: 'equal calls in a row' }),
    loopWindow: z.int().min(4).max(200).default(20).meta({ title: 'Look for loops in the last', unit: 'calls' }),
    loopMinRepeats: z.int().min(2).max(50).default(2).meta({ title: 'A loop after', unit: 'rounds' }),
    emptyThreshold: z.int().min(1).max(100).default(3).meta({ title: 'Empty answers in a row', unit: 'runs' }),
    emptyMaxChars: z
      .int()
      .min(0)
      .max(1_000)
      .default(10)
      .meta({ title: 'An answer is empty up to', unit: 'characters' }),
    errorWindow: z.int().min(1).max(100).default(10).meta({ title: 'Count failures over', unit: 'runs' }),
    errorRateThreshold: z.number().min(0).max(1).default(0.5).meta({ title: 'Too many failures from', unit: 'share' }),
    cooldown: Duration.default(300).meta({
      title: 'Quiet after an anomaly',
      description: 'For the same kind of anomaly.',
    }),
    onAnomaly: z.enum(['log', 'pause', 'escalate', 'stop']).default('pause').meta({
      title: 'When something is wrong',
      description: 'log: tell. pause: suspend. escalate: tell whom you named, and suspend. stop: stop.',
    }),
    escalation: EscalationConfig.optional(),
  })
  .meta({
    title: 'Health',
    description:
      'Notices agents that are stuck, go in circles, say nothing or fail, without a model. Left out: on for models, with wide limits.',
  });
export type HealthConfig = z.infer<typeof HealthConfig>;

export const ApprovalsConfig = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    tools: z
      .array(z.string().min(1).max(200))
      .max(200)
      .default([])
      .meta({
        title: 'Tools that need approval',
        description: 'Names, with * for any text; ! before a name takes out what earlier ones named.',
        examples: [['pay', 'github.*', '!github.get_issue']],
      }),
    irreversible: z.boolean().default(true).meta({
      title: 'Ask before what cannot be undone',
      description: 'Tools that budget.tool_costs calls irreversible.',
    }),
    untrusted: z.enum(['ask', 'allow', 'deny']).optional().meta({
      title: 'When others may have a say in it',
      description:
        'Calls that reach outside, in a run that has read what others wrote and knows private things. Left out: ask for models, allow for scripts.',
    }),
    firstUse: z.boolean().default(false).meta({
      title: 'Ask before the first use',
      description: 'Of each tool that acts outside; once approved, it is not asked for again.',
    }),
    timeout: Duration.default('24h').meta({ title: 'Wait for an answer' }),
    onTimeout: z.enum(['deny', 'allow']).default('deny').meta({ title: 'When nobody answers' }),
    includeArguments: z.boolean().default(true).meta({ title: 'Show the arguments' }),
  })
  .meta({ title: 'Approvals', description: 'Calls that a person has to approve. The run waits; other events go on.' });
export type ApprovalsConfig = z.infer<typeof ApprovalsConfig>;

const secretName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'use a letter, then letters, digits, "_" or "-"; at most 64');
export const SecretName = secretName;

export const SecretsConfig = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    secrets: z.record(secretName, z.string().min(1).max(65_536)).default({}).meta({
      title: 'Secrets',
      description: '${VAR}, or a value: that is moved into the vault, and secret://name takes its place.',
    }),
    defaultTtl: Duration.optional().meta({ title: 'Valid for' }),
    ttls: z.record(secretName, Duration).default({}).meta({ title: 'Valid for, by name' }),
    revokeOnStop: z.boolean().default(true).meta({
      title: 'Valid from each start',
      description: 'On: the time of a secret of the manifest begins with each start. Off: it goes on over stops.',
    }),
  })
  .meta({
    title: 'Secrets',
    description: 'Agents use them as secret://name in arguments of tools, and never see them.',
  });
export type SecretsConfig = z.infer<typeof SecretsConfig>;

export const MissionConfig = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    objective: z.string().min(1).max(10_000).meta({ title: 'Objective', widget: 'markdown' }),
    successCriteria: z.string().max(10_000).default('').meta({ title: 'Achieved when', widget: 'markdown' }),
    evalModel: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ title: 'Judge', description: "Left out: the agent's own model." }),
    evalEvery: z.int().min(1).max(10_000).default(1).meta({ title: 'Judge every', unit: 'runs' }),
    successCheck: z.string().max(100_000).optional().meta({
      title: 'Check',
      description:
        'export default async function run(event) { … } that returns true, false, or null to have the judge decide.',
      widget: 'javascript',
    }),
    confidenceThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .meta({ title: 'Believe the judge from', unit: 'confidence' }),
    timeoutHours: z.number().min(0).default(0).meta({ title: 'Over after', unit: 'hours', description: '0: never.' }),
    maxInvocations: z.int().min(0).default(0).meta({ title: 'Over after', unit: 'runs', description: '0: never.' }),
    autoComplete: z.boolean().default(true).meta({ title: 'Ends when it is achieved' }),
    onComplete: z.enum(['stop', 'continue', 'suspend']).default('stop').meta({ title: 'When it is over' }),
    escalation: EscalationConfig.optional(),
  })
  .meta({ title: 'Mission', description: 'What the agent is for over many runs, and when that is done.' });
export type MissionConfig = z.infer<typeof MissionConfig>;
