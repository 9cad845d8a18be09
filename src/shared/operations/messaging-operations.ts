import { z } from 'zod';
import { LetterPriority } from '../entries/journal-entries.ts';
import { ProcessName } from '../manifest.ts';
import { LetterView, MessageView, TopicView } from '../views/messaging-views.ts';
import { BusEventView, Page } from '../views/views.ts';
import { byId, byName, none, type Operation, operation, paging, spanning } from './operation.ts';

/** Operations on events, messages and the mailboxes of processes. */
export const messagingOperations = {
  publishEvent: operation(
    'POST /events',
    'operate',
    'Publishes an event to everyone who listens.',
    z.strictObject({ type: z.string().min(1).max(200), data: z.json().default({}) }),
    z.object({ id: z.string() }),
    202,
  ),
  listEvents: operation(
    'GET /events',
    'read',
    'Events that were published, newest first.',
    z.strictObject({ type: z.string().optional(), source: z.string().optional(), ...paging, ...spanning }),
    Page(BusEventView),
  ),
  sendMessage: operation(
    'POST /messages',
    'operate',
    'Sends a message to a topic; one of the processes that take from it gets it. Kept until somebody has done with it.',
    z.strictObject({
      topic: z.string().min(1).max(200),
      content: z.json().default({}),
      to: ProcessName.optional().meta({ description: 'The only process that may take it.' }),
      replyTo: z.string().min(1).max(200).optional().meta({ description: 'The topic on which a reply is awaited.' }),
      correlation: z.string().min(1).max(200).optional().meta({ description: 'Tells replies apart.' }),
      ttlMs: z.int().min(1).max(31_536_000_000).optional().meta({
        description: 'Ends as expired when nobody has taken it in this time.',
        unit: 'ms',
      }),
      idempotencyKey: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Also read from the Idempotency-Key header.' }),
    }),
    z.object({ id: z.string() }),
    202,
  ),
  sendToProcess: operation(
    'POST /processes/:name/messages',
    'operate',
    'Writes to a process. Its next run is shown it, once, or each run where it is sticky; a question wakes it.',
    byName.extend({
      type: z.enum(['directive', 'context', 'question', 'correction']).default('directive'),
      content: z.string().min(1).max(100_000),
      priority: LetterPriority.default('normal'),
      sticky: z
        .boolean()
        .default(false)
        .meta({ description: 'Shown to every run until its time is over or it is cleared.' }),
      ttlMs: z.int().min(1).optional().meta({ unit: 'ms' }),
    }),
    z.object({ id: z.string(), eventId: z.string().nullable() }),
    202,
  ),
  askProcess: operation(
    'POST /processes/:name/ask',
    'operate',
    'Wakes a process with a question and waits for its answer.',
    byName.extend({
      question: z.string().min(1).max(100_000),
      priority: LetterPriority.default('normal'),
      timeoutMs: z.int().min(1).max(600_000).default(120_000).meta({
        description: 'After this long the answer of this operation says that it is still waiting; the question stays.',
        unit: 'ms',
      }),
      ttlMs: z.int().min(1).optional().meta({ unit: 'ms' }),
    }),
    LetterView,
  ),
  listProcessMessages: operation(
    'GET /processes/:name/messages',
    'read',
    'What people wrote to a process: what waits comes first, the most pressing before the others, then the rest, newest first.',
    byName.extend({ state: z.string().optional(), ...paging }),
    Page(LetterView),
  ),
  clearProcessMessages: operation(
    'DELETE /processes/:name/messages',
    'operate',
    'Clears what waits in the inbox of a process, or one message of it.',
    byName.extend({ id: z.string().max(100).optional() }),
    z.object({ cleared: z.int() }),
  ),
  listMessages: operation(
    'GET /messages',
    'read',
    'Messages, newest first.',
    z.strictObject({
      topic: z.string().optional(),
      state: z.string().optional(),
      process: z.string().optional().meta({ description: 'The one that has it, or had it last.' }),
      sender: z.string().optional(),
      ...paging,
      ...spanning,
    }),
    Page(MessageView),
  ),
  getMessage: operation('GET /messages/:id', 'read', 'One message.', byId, MessageView),
  resendMessage: operation(
    'POST /messages/:id/resend',
    'operate',
    'Sends a message again that has ended, dead ones above all.',
    byId,
    z.object({ id: z.string() }),
    202,
  ),
  cancelMessage: operation(
    'POST /messages/:id/cancel',
    'operate',
    'Ends a message that waits.',
    byId.extend({ reason: z.string().max(500).default('') }),
    MessageView,
  ),
  listTopics: operation(
    'GET /topics',
    'read',
    'Topics in which messages wait or from which processes take.',
    none,
    Page(TopicView),
  ),
} satisfies Record<string, Operation>;
