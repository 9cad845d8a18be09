import { z } from 'zod';
import { EntryKindName } from '../entries/entry-kinds.ts';
import { ErrorNote } from '../entries/journal-entries.ts';
import { ErasureCheck, ErasureReceipt } from '../erasure-receipt.ts';
import { ContextLockView } from '../views/context-views.ts';
import { ContextChange, ContextValue, EventState, JournalEntryView, MemoryView, Page } from '../views/views.ts';
import { atEntry, byName, done, number, type Operation, operation, paging } from './operation.ts';

const forgot = done.extend({
  /** The id of the receipt; null: it is taken out of the past as soon as nobody who shares the memory works. */
  receipt: z.string().nullable(),
});

/** Operations on what a process keeps, remembers and has lived through. */
export const stateOperations = {
  getContext: operation(
    'GET /processes/:name/context',
    'read',
    'What the agent keeps under names of its own, now or after an entry of its journal, and which keys are locked.',
    byName.extend({ at: atEntry }),
    Page(ContextValue).extend({ locks: z.array(ContextLockView).default([]) }),
  ),
  setContext: operation(
    'PUT /processes/:name/context/:key',
    'operate',
    'Writes one context value.',
    byName.extend({
      key: z.string().min(1).max(256),
      value: z.json(),
      version: z.int().optional().meta({ description: 'The version seen; refused if it has changed.' }),
    }),
    ContextValue,
  ),
  deleteContext: operation(
    'DELETE /processes/:name/context/:key',
    'operate',
    'Deletes one context value.',
    byName.extend({ key: z.string().min(1).max(256) }),
    done,
  ),
  lockContextKey: operation(
    'PUT /processes/:name/context/:key/lock',
    'operate',
    'Keeps the agent from writing or deleting a key of its context, which may hold nothing yet. People can still write it.',
    byName.extend({
      key: z.string().min(1).max(256),
      reason: z.string().max(500).default('').meta({ description: 'Shown to the agent when it is refused.' }),
    }),
    ContextLockView,
  ),
  unlockContextKey: operation(
    'DELETE /processes/:name/context/:key/lock',
    'operate',
    'Lets the agent write a key of its context again.',
    byName.extend({ key: z.string().min(1).max(256) }),
    done,
  ),
  contextHistory: operation(
    'GET /processes/:name/context/:key/history',
    'read',
    'Who wrote a context value, when and in which run.',
    byName.extend({ key: z.string().min(1).max(256), ...paging }),
    Page(ContextChange),
  ),
  getConversation: operation(
    'GET /processes/:name/conversation',
    'read',
    'The conversation the agent still sees, or saw after an entry of its journal.',
    byName.extend({ at: atEntry }),
    Page(z.object({ role: z.string(), content: z.string(), at: z.number(), run: z.string() })),
  ),
  clearConversation: operation(
    'DELETE /processes/:name/conversation',
    'operate',
    'Makes the agent forget its conversation. The journal keeps it.',
    byName,
    done,
  ),
  exportConversation: operation(
    'GET /processes/:name/conversation/export',
    'read',
    'Everything that was said since the process was created, as the journal has it, also what it no longer sees.',
    byName.extend({ format: z.enum(['markdown', 'json']).default('markdown') }),
    z.object({ messages: z.int(), text: z.string() }),
  ),
  chat: operation(
    'POST /processes/:name/chat',
    'operate',
    'Says something to a process and waits for what it answers. A run like any other; without an answer in time, follow the event.',
    byName.extend({
      text: z.string().min(1).max(100_000),
      timeoutMs: z
        .int()
        .min(0)
        .max(600_000)
        .default(60_000)
        .meta({ unit: 'ms', description: 'How long to wait for the answer.' }),
      idempotencyKey: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Also read from the Idempotency-Key header.' }),
    }),
    z.object({
      eventId: z.string(),
      runId: z.string().nullable(),
      state: EventState.meta({ description: 'Of the event: done once there is a reply.' }),
      reply: z.json(),
      error: ErrorNote.nullable(),
    }),
  ),
  contextWindow: operation(
    'GET /processes/:name/context-window',
    'read',
    'What fills the context window of the model when the process is woken, in estimated tokens.',
    byName,
    z.object({
      parts: z.array(z.object({ part: z.string(), tokens: z.int(), characters: z.int(), count: z.int() })),
      tokens: z.int(),
    }),
  ),
  listMemories: operation(
    'GET /processes/:name/memory',
    'read',
    'What the agent remembers, newest first; with q, what it would recall of that, best first.',
    byName.extend({ q: z.string().min(1).max(4_000).optional().meta({ description: 'What to look for.' }), ...paging }),
    Page(MemoryView),
  ),
  storeMemory: operation(
    'POST /processes/:name/memory',
    'operate',
    'Makes the agent remember something.',
    byName.extend({
      content: z.string().min(1).max(20_000),
      tags: z.array(z.string().min(1).max(100)).max(20).default([]),
    }),
    MemoryView,
    201,
  ),
  forgetMemory: operation(
    'DELETE /processes/:name/memory/:id',
    'operate',
    'Makes the agent forget one memory, wherever it would be recalled. The journal keeps that it was there.',
    byName.extend({ id: z.string().min(1).max(100) }),
    forgot,
  ),
  purgeMemory: operation(
    'DELETE /processes/:name/memory',
    'operate',
    'Makes the agent forget everything; with a shared memory, for all who share it.',
    byName,
    forgot,
  ),
  listErasures: operation(
    'GET /processes/:name/erasures',
    'read',
    'Receipts of what the agent was made to forget, newest first: hashes, who, when, and where it was looked for.',
    byName.extend(paging),
    Page(ErasureReceipt).extend({
      /** Forgotten, and still in the past of the agent: it goes as soon as nobody who shares the memory works. */
      pending: z.int(),
    }),
  ),
  checkErasure: operation(
    'POST /processes/:name/erasures/:id/check',
    'operate',
    'Looks again, everywhere this node and the others of its cluster keep anything, for what a receipt says was erased.',
    byName.extend({ id: z.string().min(1).max(100) }),
    ErasureCheck,
  ),
  readJournal: operation(
    'GET /processes/:name/journal',
    'read',
    'What happened, entry by entry.',
    byName.extend({
      after: number
        .int()
        .min(0)
        .optional()
        .meta({ description: 'Entries with a higher number; with order=desc, a lower one.' }),
      kind: EntryKindName.optional(),
      order: z.enum(['asc', 'desc']).default('asc'),
      limit: number.int().min(1).max(1_000).default(100),
    }),
    Page(JournalEntryView),
  ),
  rewind: operation(
    'POST /processes/:name/rewind',
    'operate',
    'Sets context, conversation or both back to what they were after an entry. The journal keeps what came since.',
    byName.extend({
      to: z.int().min(1).meta({ description: 'Number of the entry.' }),
      mode: z.enum(['context', 'conversation', 'both']).default('both'),
      dryRun: z.boolean().default(false).meta({ description: 'Only says what would change.' }),
    }),
    z.object({
      seq: z.int().nullable().meta({ description: 'The entry that it became; null for a dry run.' }),
      context: z.array(
        z.object({
          key: z.string(),
          before: z.json(),
          after: z.json(),
          change: z.enum(['added', 'changed', 'removed']),
        }),
      ),
      conversation: z.object({ before: z.int(), after: z.int() }).nullable(),
    }),
  ),
  verifyJournal: operation(
    'POST /processes/:name/journal/verify',
    'read',
    'Checks the hash chain, and that replaying gives the state that is live.',
    byName,
    z.object({
      ok: z.boolean(),
      entries: z.int(),
      liveHash: z.string(),
      replayHash: z.string(),
      problem: z.string().nullable(),
    }),
  ),
} satisfies Record<string, Operation>;
