import { z } from 'zod';
import { LetterPriority, LetterType } from '../entries/journal-entries.ts';

/** What the operations on messages and on inboxes of processes answer with. Times are epoch milliseconds. */

const time = z.number().meta({ unit: 'epoch ms' });
const timeOrNull = time.nullable();

/** What a person wrote to a process, and what became of it. */
export const LetterView = z.object({
  id: z.string(),
  process: z.string(),
  type: LetterType,
  priority: LetterPriority,
  content: z.string(),
  sticky: z.boolean(),
  sender: z.string(),
  state: z.enum(['waiting', 'shown', 'answered', 'unanswered', 'expired', 'cleared']),
  /** The runs it was shown to. */
  runs: z.array(z.string()),
  /** Of a question: the event it woke the process with, and what that run returned. */
  eventId: z.string().nullable(),
  answer: z.json(),
  reason: z.string().nullable(),
  at: time,
  expiresAt: time,
  endedAt: timeOrNull,
});
export type LetterView = z.infer<typeof LetterView>;

export const MessageState = z.enum(['waiting', 'handed', 'consumed', 'dead', 'expired', 'cancelled']);
export type MessageState = z.infer<typeof MessageState>;

export const MessageView = z.object({
  id: z.string(),
  topic: z.string(),
  content: z.json(),
  sender: z.string(),
  /** The only process that may take it. */
  to: z.string().nullable(),
  state: MessageState,
  /** Who has it, or had it last. */
  taker: z.string().nullable(),
  attempts: z.int(),
  reason: z.string().nullable(),
  replyTo: z.string().nullable(),
  correlation: z.string().nullable(),
  sentAt: time,
  /** Not handed out again before then. */
  notBefore: timeOrNull,
  expiresAt: timeOrNull,
  endedAt: timeOrNull,
  /** The node in whose broker it is, in lists that span nodes. */
  node: z.string().optional(),
});
export type MessageView = z.infer<typeof MessageView>;

export const TopicView = z.object({
  topic: z.string(),
  waiting: z.int(),
  handed: z.int(),
  dead: z.int(),
  oldestAt: timeOrNull,
  takers: z.array(z.string()),
});
export type TopicView = z.infer<typeof TopicView>;
