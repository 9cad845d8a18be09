import { z } from 'zod';
import { Duration } from '../duration.ts';
import { CreatedTools, OpenModeConfig } from '../open-mode.ts';
import { ApprovalsConfig, BudgetConfig, HealthConfig, MissionConfig, SecretsConfig } from './governance-config.ts';
import { HooksConfig } from './hooks-config.ts';
import { MemoryConfig } from './memory-config.ts';
import { PlacementConfig } from './placement-config.ts';
import { ServersConfig } from './server-config.ts';
import { TriggerConfig } from './trigger-config.ts';

export const ModelChoice = z
  .union([
    z.string().min(1).max(200),
    z.strictObject({
      id: z
        .string()
        .min(1)
        .max(200)
        .meta({ title: 'Model', examples: ['openai:gpt-5-mini', 'ollama:qwen3'] }),
      baseUrl: z.url().optional().meta({ title: 'Base URL', description: 'Of any OpenAI-compatible server.' }),
      apiKey: z
        .string()
        .optional()
        .meta({ title: 'API key', description: 'Best as ${VAR} or secret://name.', widget: 'secret' }),
      temperature: z.number().min(0).max(2).optional().meta({ title: 'Temperature' }),
      maxOutputTokens: z.int().min(1).optional().meta({ title: 'Longest answer', unit: 'tokens' }),
      timeout: Duration.optional().meta({ title: 'Answer within' }),
      inputPrice: z.number().min(0).optional().meta({ title: 'Input price', unit: 'USD per million tokens' }),
      outputPrice: z.number().min(0).optional().meta({ title: 'Output price', unit: 'USD per million tokens' }),
    }),
  ])
  .meta({
    title: 'Model',
    description: 'provider:model, or "script" for an agent without a model.',
    examples: ['openai:gpt-5-mini', 'script'],
  });
export type ModelChoice = z.infer<typeof ModelChoice>;

const FileMount = z.strictObject({
  path: z.string().min(1).meta({ title: 'Folder', widget: 'folder' }),
  mode: z.enum(['read_only', 'read_write']).default('read_only').meta({ title: 'Access' }),
});

export const ContextConfig = z
  .strictObject({
    initialState: z
      .record(z.string(), z.json())
      .default({})
      .meta({ title: 'Initial values', description: 'Set once, when the process is created.' }),
    writableKeys: z
      .array(z.string())
      .default([])
      .meta({ title: 'Keys the agent may write', description: 'None named: all.' }),
    envPrefix: z.string().default('AGENT_').meta({
      title: 'Environment prefix',
      description: 'Variables of the node with this prefix can be read by the agent.',
    }),
    fileMounts: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/), z.union([z.string().min(1), FileMount]))
      .default({})
      .meta({ title: 'Folders the agent may use', description: 'A name for each folder.' }),
    contextMaxTokens: z.int().min(0).default(6_000).meta({
      title: 'Context shown to the model',
      unit: 'tokens',
      description: 'Values beyond this are named and can be read with get_context. 0: only their names.',
    }),
    conversationMaxMessages: z
      .int()
      .min(0)
      .default(100)
      .meta({ title: 'Conversation length', unit: 'messages', description: '0: no limit in messages.' }),
    conversationMaxTokens: z.int().min(0).default(16_000).meta({
      title: 'Conversation size',
      unit: 'tokens',
      description: '0: no limit in tokens. Larger remembers more and costs more on every call.',
    }),
    conversationCompaction: z.enum(['summary', 'truncate']).default('summary').meta({
      title: 'When it gets too long',
      description:
        'summary: the model sums up the older half, in one call. truncate: the oldest messages are left out.',
    }),
    conversationHistory: z
      .boolean()
      .default(true)
      .meta({ title: 'Keep a conversation', description: 'Off: each run starts without the earlier ones.' }),
  })
  .meta({ title: 'Context' });

export const ToolsConfig = z.record(z.string(), z.union([z.boolean(), z.record(z.string(), z.json())])).meta({
  title: 'Tools',
  description: 'true or false switches a built-in tool; an object narrows it.',
  examples: [{ http_fetch: { allow_hosts: ['api.example.com', '127.0.0.1:8080'] } }],
});

const VerifyConfig = z.strictObject({
  tool: z.string().min(1).max(200).meta({ title: 'Tool', description: 'One that only reads.' }),
  args: z
    .record(z.string(), z.string().max(2_000))
    .optional()
    .meta({
      title: 'Its arguments',
      description: 'Each an expression over the arguments of the call; left out: the same arguments.',
      examples: [{ number: 'issue_number' }],
    }),
  happenedIf: z
    .string()
    .min(1)
    .max(2_000)
    .meta({
      title: 'It happened if',
      description: 'A condition on what the tool gives, written as a filter.',
      examples: ["state == 'closed'"],
    }),
});

export const ToolPolicy = z.strictObject({
  inDoubt: z.enum(['ask', 'assume_executed', 'assume_not_executed', 'repeat']).default('ask').meta({
    title: 'When the answer to a call was lost',
    description:
      'ask: a person decides. assume_executed: as if it had happened. assume_not_executed: it is made again. repeat: it may always be made again.',
  }),
  verify: VerifyConfig.optional().meta({ title: 'Look whether it happened', description: 'Before anything else.' }),
  deadline: Duration.optional().meta({ title: 'A person has', description: 'Left out: as long as they like.' }),
  atDeadline: z.enum(['happened', 'run_again', 'give_up']).default('give_up').meta({ title: 'After that' }),
});
export type ToolPolicy = z.infer<typeof ToolPolicy>;

export const JournalConfig = z.strictObject({
  level: z.enum(['none', 'checkpoint', 'full']).default('full').meta({
    title: 'Keep after a run has ended',
    description: 'full: every step. checkpoint: the outcome of each run. none: only what the state needs.',
  }),
  retentionDays: z.number().min(0).default(30).meta({ title: 'Keep for', unit: 'days' }),
});

export const TriggerDelivery = z.strictObject({
  maxRetries: z.int().min(0).max(10).default(3).meta({
    title: 'Retries',
    description:
      'How often a failed run goes on at the step that failed before its event is set aside as a dead letter.',
  }),
  retryBackoff: Duration.default(2).meta({ title: 'First wait', description: 'Doubles with each retry.' }),
  retryBackoffMax: Duration.default(60).meta({ title: 'Longest wait' }),
  maxPayloadChars: z.int().min(200).default(20_000).meta({ title: 'Payload shown to the model', unit: 'characters' }),
});

export const InboxConfig = z.strictObject({
  enabled: z.boolean().default(true).meta({ title: 'People may write to it' }),
  maxMessages: z.int().min(1).max(1_000).default(50).meta({
    title: 'Messages at most',
    description: 'More are refused until some have been seen or cleared; none is dropped.',
  }),
  maxMessageLength: z.int().min(1).max(100_000).default(2_000).meta({
    title: 'Longest message',
    unit: 'characters',
    description: 'Longer ones are refused, never cut.',
  }),
  defaultTtl: Duration.default(3_600).meta({ title: 'Kept for', description: 'Unless the message says otherwise.' }),
  maxTtl: Duration.default(86_400).meta({ title: 'Kept for at most' }),
  rateLimitPerSender: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .meta({ title: 'Messages of one sender', unit: 'per hour' }),
  results: z.enum(['all', 'marked', 'none']).default('marked').meta({
    title: 'Results for you to read',
    description:
      'marked: what the agent gives to report_result. all: also what every other run came to, except of runs that you start by hand. none: no results in your inbox.',
  }),
});

/** Everything that can be set about a process; the sections of a `.agent` file, flat, as programs use it. */
export const processShape = {
  description: z.string().max(2_000).optional().meta({ title: 'Description' }),
  tags: z.array(z.string().max(60)).default([]).meta({ title: 'Tags' }),
  placement: PlacementConfig.prefault({}).meta({
    title: 'Placement',
    description: 'Which nodes of a cluster it may live on, and what happens when its node is not heard of.',
  }),
  model: ModelChoice.default('openai:gpt-5-mini'),
  models: z
    .array(ModelChoice)
    .default([])
    .meta({ title: 'Fallback models', description: 'Tried in order when the first cannot be reached.' }),
  script: z.string().max(1_000_000).optional().meta({
    title: 'Script',
    description: 'For `model: script`: export default async function run(event, agent) { … }',
    widget: 'javascript',
  }),
  instructions: z.string().max(100_000).default('').meta({ title: 'Instructions', widget: 'markdown' }),
  servers: ServersConfig.default({}),
  tools: ToolsConfig.default({}),
  toolPolicies: z
    .record(z.string().min(1).max(200), ToolPolicy)
    .default({})
    .meta({
      title: 'Calls whose outcome is not known',
      description:
        'By tool, or `server.*`. Without a word a person is asked about every call that may not be repeated.',
      examples: [{ 'shop.order': { verify: { tool: 'shop.get_order', happened_if: 'payload is not None' } } }],
    }),
  createdTools: CreatedTools.default({}),
  executionMode: z.enum(['strict', 'open']).default('strict').meta({
    title: 'May change itself',
    description: 'open: it has tools to change its instructions, tools and triggers, inside the bounds of open_mode.',
  }),
  openMode: OpenModeConfig.prefault({}),
  triggers: z.array(TriggerConfig).max(20).default([]).meta({ title: 'Triggers' }),
  context: ContextConfig.prefault({}),
  memory: MemoryConfig.prefault({}),
  journal: JournalConfig.prefault({}),
  triggerDelivery: TriggerDelivery.prefault({}).meta({ title: 'Delivery' }),
  concurrency: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .meta({ title: 'Runs at the same time', description: 'One keeps strict order.' }),
  concurrencyKey: z
    .string()
    .max(2_000)
    .optional()
    .meta({
      title: 'One at a time for each',
      description:
        'With several runs at the same time: events for which this gives the same value run one after another. A key of the payload, or an expression as in a filter.',
      examples: ['customer_id', "payload['order']['id']"],
    }),
  inbox: InboxConfig.prefault({}).meta({ title: 'Inbox', description: 'What people may write to it, and read of it.' }),
  maxTurns: z.int().min(1).max(1_000).default(20).meta({ title: 'Model turns per run' }),
  maxSteps: z.int().min(1).max(10_000).default(200).meta({ title: 'Steps per run' }),
  maxInvocationTime: Duration.default(900).meta({
    title: 'Longest run',
    description: 'Time in which it works; waiting for a person does not count.',
  }),
  toolTimeout: Duration.default(60).meta({ title: 'Longest tool call' }),
  maxConsecutiveFailures: z
    .int()
    .min(1)
    .default(3)
    .meta({ title: 'Failures in a row', description: 'After so many failed events the process is failed.' }),
  restartPolicy: z.enum(['never', 'on_failure', 'always']).default('never').meta({ title: 'Restart' }),
  maxRestarts: z.int().min(0).default(3).meta({ title: 'Restarts in a row' }),
  restartBackoff: Duration.default(1).meta({
    title: 'First wait before a restart',
    description: 'Doubles up to five minutes, with full jitter.',
  }),
  autostart: z.boolean().default(true).meta({ title: 'Start when loaded with start all' }),
  inDoubtPolicy: z.enum(['isolate', 'hold']).default('isolate').meta({
    title: 'While a run waits for a person',
    description: 'isolate: other events go on. hold: they wait behind it.',
  }),
  budget: BudgetConfig.optional(),
  health: HealthConfig.optional(),
  approvals: ApprovalsConfig.optional(),
  secrets: SecretsConfig.optional(),
  mission: MissionConfig.optional(),
  hooks: HooksConfig,
};
export const ProcessConfig = z.strictObject(processShape).meta({ title: 'Process' });
export type ProcessConfig = z.infer<typeof ProcessConfig>;
/** What a person has to write of it; the rest has defaults. */
export type ProcessConfigInput = z.input<typeof ProcessConfig>;

/** The model's id as text, `script` for an agent without one. */
export function modelId(model: ModelChoice): string {
  return typeof model === 'string' ? model : model.id;
}
