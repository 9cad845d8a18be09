import { z } from 'zod';
import { Duration } from '../duration.ts';

/** What every kind of trigger may carry. */
const common = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'use lower-case letters, digits, "_" and "-"')
    .optional()
    .meta({ title: 'Id', description: 'Names the trigger within its process. Left out, it is made from its kind.' }),
  enabled: z.boolean().default(true).meta({ title: 'Enabled', description: 'Off: it neither fires nor listens.' }),
  filterExpression: z
    .string()
    .max(2_000)
    .optional()
    .meta({
      title: 'Filter',
      description: 'Only events for which this expression is true wake the agent.',
      examples: ["payload['action'] == 'opened' and not draft"],
    }),
  priority: z
    .int()
    .min(0)
    .max(9)
    .default(5)
    .meta({ title: 'Priority', description: '0 goes first, 9 last; equal ones in order of arrival.' }),
  debounce: Duration.optional().meta({
    title: 'Debounce',
    description:
      'Wait until nothing has arrived for this long, then wake once with the newest. Longer: fewer runs, later.',
  }),
  rateLimit: z
    .strictObject({ events: z.int().min(1), per: Duration })
    .optional()
    .meta({ title: 'Rate limit', description: 'More than this waits its turn; nothing is dropped.' }),
  expiresAfter: Duration.optional().meta({
    title: 'Expires after',
    description: 'An event that has waited this long ends as expired instead of running.',
  }),
  wakeGate: z
    .string()
    .min(1)
    .max(50_000)
    .optional()
    .meta({
      title: 'Wake gate',
      description:
        'A script, written like that of an agent without a model, that looks first. Where it returns nothing or false there is nothing to do: no model is asked and nothing is said. Where a person wrote to the agent, it is woken all the same.',
      widget: 'javascript',
      examples: [
        "export default async function run(event, agent) { return (await agent.tool('list_files', { path: 'inbox' })).length > 0; }",
      ],
    }),
};

export const CronTrigger = z
  .strictObject({
    type: z.literal('cron'),
    ...common,
    cronExpression: z
      .string()
      .max(200)
      .meta({
        title: 'Schedule',
        description:
          'Five fields, or six with the seconds first. "*/5 * * * *" is every five minutes. A sixth field at the end is read as seconds when only that makes sense.',
        examples: ['*/5 * * * *', '0 9 * * MON-FRI', '*/10 * * * * *'],
        widget: 'cron',
      }),
    cronTimezone: z
      .string()
      .default('UTC')
      .meta({ title: 'Time zone', description: 'An IANA zone.', examples: ['Europe/Berlin'] }),
    catchUp: z.enum(['last', 'all', 'none']).default('last').meta({
      title: 'Catch up',
      description:
        'After sleep or downtime: run once for the newest missed time, for each of them, or for none. All of them are listed.',
    }),
    catchUpMax: z.int().min(1).max(1_000).default(100).meta({ title: 'Catch up at most', unit: 'runs' }),
    overlap: z.enum(['skip', 'queue_one', 'queue_all', 'cancel_previous']).default('queue_one').meta({
      title: 'While it is still busy',
      description: 'What a firing does that comes while an earlier one of this trigger still waits or runs.',
    }),
    jitter: Duration.default(0).meta({
      title: 'Jitter',
      description: 'Each firing is put off by a random part of this.',
    }),
  })
  .meta({ title: 'Cron', description: 'Wakes the agent at set times.' });

export const WebhookTrigger = z
  .strictObject({
    type: z.literal('webhook'),
    ...common,
    webhookPath: z
      .string()
      .regex(/^\/?[A-Za-z0-9._~/-]{0,200}$/)
      .default('/webhook')
      .meta({ title: 'Path', description: 'Requests to /hooks/<process>/<path> wake the agent.' }),
    signatureScheme: z.enum(['none', 'bearer', 'generic', 'github', 'stripe', 'slack', 'pagerduty']).optional().meta({
      title: 'Signature',
      description: 'How the sender proves itself. Without one, only this computer may call it.',
    }),
    hmacSecret: z
      .union([z.string(), z.array(z.string()).min(1).max(2)])
      .optional()
      .meta({
        title: 'Secret',
        description: 'At least 24 random bytes, best as ${VAR} or secret://name. Two while one replaces the other.',
        widget: 'secret',
      }),
    signatureHeader: z.string().max(100).optional().meta({ title: 'Signature header' }),
    signatureTolerance: Duration.default(300).meta({
      title: 'Signature age',
      description: 'How far a signed timestamp may lie from now. Longer helps skewed clocks and replays alike.',
    }),
    allowedSources: z
      .array(z.string())
      .default([])
      .meta({ title: 'Allowed sources', description: 'IP addresses or CIDR ranges; none: all.' }),
    maxPerSecond: z.int().min(1).max(100_000).default(50).meta({
      title: 'Requests per second',
      description: 'What comes faster, for longer than a burst of four seconds, is answered with 429 and not stored.',
    }),
    dedupeHeader: z.string().max(100).optional().meta({
      title: 'Delivery id header',
      description: 'The header that names one delivery; two requests with the same value are one event.',
    }),
    webhookPort: z
      .int()
      .optional()
      .meta({ title: 'Port', description: 'Accepted for older files. All webhooks share the port of the node.' }),
    webhookHost: z
      .string()
      .optional()
      .meta({ title: 'Host', description: 'Accepted for older files. The node decides where it listens.' }),
  })
  .meta({ title: 'Webhook', description: 'Wakes the agent by an HTTP request.' });

export const FileWatchTrigger = z
  .strictObject({
    type: z.literal('file_watch'),
    ...common,
    watchPath: z.string().min(1).meta({ title: 'Folder', widget: 'folder' }),
    watchPatterns: z
      .array(z.string())
      .default(['*'])
      .meta({ title: 'Patterns', examples: [['*.csv']] }),
    watchEvents: z
      .array(z.enum(['created', 'modified', 'deleted', 'moved']))
      .default(['created', 'modified'])
      .meta({ title: 'Changes' }),
    watchDebounceSeconds: z.number().min(0).max(3_600).default(0.5).meta({
      title: 'Settle time',
      unit: 's',
      description: 'A file fires once its size and time have not changed for this long.',
    }),
    recursive: z.boolean().default(true).meta({ title: 'Subfolders too' }),
    initialScan: z.boolean().default(false).meta({ title: 'Fire for files already there' }),
    contentPreview: z.int().min(0).max(65_536).default(0).meta({ title: 'Content preview', unit: 'bytes' }),
  })
  .meta({ title: 'File watch', description: 'Wakes the agent when files change.' });

export const EventTrigger = z
  .strictObject({
    type: z.literal('event'),
    ...common,
    eventType: z
      .string()
      .min(1)
      .max(200)
      .meta({
        title: 'Event',
        description: '"orders.*" matches one more word, "orders.>" any number.',
        examples: ['pipeline.alert', 'orders.*'],
      }),
    eventSource: z
      .string()
      .max(200)
      .optional()
      .meta({ title: 'From', description: 'Only events that this process published.' }),
  })
  .meta({ title: 'Event', description: 'Wakes the agent when an event is published on the bus.' });

export const MessageTrigger = z
  .strictObject({
    type: z.literal('message'),
    ...common,
    topic: z
      .string()
      .min(1)
      .max(200)
      .meta({ title: 'Topic', examples: ['support.tier1'] }),
  })
  .meta({ title: 'Message', description: 'Takes messages from a topic; each message goes to one of its takers.' });

/** What wakes an agent. Keys are written in snake_case in `.agent` files. */
export const TriggerConfig = z.discriminatedUnion('type', [
  CronTrigger,
  WebhookTrigger,
  FileWatchTrigger,
  EventTrigger,
  MessageTrigger,
]);
export type TriggerConfig = z.infer<typeof TriggerConfig>;
export type TriggerType = TriggerConfig['type'];
export type CronTrigger = z.infer<typeof CronTrigger>;
export type WebhookTrigger = z.infer<typeof WebhookTrigger>;
export type FileWatchTrigger = z.infer<typeof FileWatchTrigger>;
export type EventTrigger = z.infer<typeof EventTrigger>;
export type MessageTrigger = z.infer<typeof MessageTrigger>;

/** Each trigger with an id: its own, else its kind, numbered from the second of a kind on (`cron`, `cron-2`). */
export function withIds<T extends { id?: string | undefined; type: TriggerType }>(
  triggers: readonly T[],
): (T & { id: string })[] {
  const taken = new Set(triggers.flatMap((trigger) => trigger.id ?? []));
  return triggers.map((trigger) => {
    if (trigger.id) return { ...trigger, id: trigger.id };
    const stem = trigger.type.replace('_', '-');
    let id = stem;
    for (let n = 2; taken.has(id); n++) id = `${stem}-${n}`;
    taken.add(id);
    return { ...trigger, id };
  });
}
