import { z } from 'zod';

/** What a sink is told of unless it says otherwise: what a person would want to know of while away. */
export const usualNews = [
  'process.failed',
  'run.failed',
  'event.dead',
  'inbox.opened',
  'schedule.missed',
  'node.clock',
  'budget.*',
  'health.*',
  'mission.ended',
  'secrets.sign_in',
  'secrets.expired',
  'hooks.broken',
] as const;

export const NotificationSink = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'use a letter, then letters, digits, "_" or "-"; at most 40')
      .meta({ title: 'Name' }),
    type: z.enum(['log', 'webhook', 'desktop']).meta({
      title: 'Where to',
      description: 'log: the log of the node. webhook: a signed POST. desktop: a notification of the app.',
    }),
    enabled: z.boolean().default(true).meta({ title: 'In force' }),
    events: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(100)
      .default([...usualNews])
      .meta({
        title: 'Of what',
        description:
          'Kinds, with * for any text: process.failed, process.*, run.done, run.failed, event.dead, inbox.opened, inbox.result, schedule.missed, node.clock, budget.warning, health.anomaly …',
      }),
    processes: z
      .array(z.string().min(1).max(100))
      .max(1_000)
      .default([])
      .meta({ title: 'Of which agents', description: 'Names, with * for any text; none named: all.' }),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ title: 'Address' }),
    secret: z.string().min(1).max(2_000).optional().meta({
      title: 'Signed with',
      description: 'Moved into the vault of the node. The signature is X-Agent-Runtime-Signature: t=…,v1=…',
      widget: 'secret',
    }),
  })
  .refine(({ type, url }) => (type === 'webhook') === (url !== undefined), {
    error: 'a webhook needs a url, the others have none',
    path: ['url'],
  })
  .meta({ title: 'Notifications to' });
export type NotificationSink = z.infer<typeof NotificationSink>;

export const NotificationSinks = z
  .array(NotificationSink)
  .max(20)
  .refine((sinks) => new Set(sinks.map(({ id }) => id)).size === sinks.length, 'give each its own name');

/** Something that happened, as it is told to people elsewhere. */
export const News = z.object({
  /** The same however often it is told. */
  id: z.string(),
  kind: z.string(),
  process: z.string(),
  title: z.string(),
  text: z.string(),
  at: z.number().meta({ unit: 'epoch ms' }),
  run: z.string().optional(),
  item: z.string().optional(),
});
export type News = z.infer<typeof News>;

export const NotificationsView = z.object({
  sinks: z.array(NotificationSink),
  /** How each webhook stands. */
  outbox: z.array(
    z.object({
      sink: z.string(),
      waiting: z.int(),
      oldestAt: z.number().nullable().meta({ unit: 'epoch ms' }),
      lastError: z.string().nullable(),
      /** Not told since the node started, because too many waited. */
      dropped: z.int(),
    }),
  ),
});
export type NotificationsView = z.infer<typeof NotificationsView>;
