import { z } from 'zod';
import { ForecastView } from '../views/forecast-view.ts';
import { nodeNames, silentNodes } from '../views/gathered-view.ts';
import { Page, ScheduleRow, TriggerEventDetail, TriggerEventView, TriggerView } from '../views/views.ts';
import { byId, byName, done, number, type Operation, operation, paging, spanning, yesNo } from './operation.ts';

/** Operations on what wakes processes, and the events that did. */
export const triggerOperations = {
  listTriggers: operation(
    'GET /processes/:name/triggers',
    'read',
    'The triggers of a process.',
    byName,
    Page(TriggerView),
  ),
  addTrigger: operation(
    'POST /processes/:name/triggers',
    'admin',
    'Adds a trigger, written as in a manifest.',
    byName.extend({ trigger: z.record(z.string(), z.json()) }),
    TriggerView,
    201,
  ),
  updateTrigger: operation(
    'PATCH /processes/:name/triggers/:id',
    'admin',
    'Changes settings of a trigger, written as in a manifest.',
    byName.extend({ id: z.string(), changes: z.record(z.string(), z.json()) }),
    TriggerView,
  ),
  removeTrigger: operation(
    'DELETE /processes/:name/triggers/:id',
    'admin',
    'Removes a trigger.',
    byName.extend({ id: z.string() }),
    done,
  ),
  nextFirings: operation(
    'GET /processes/:name/triggers/:id/next',
    'read',
    'When a cron trigger fires next.',
    byName.extend({ id: z.string(), count: number.int().min(1).max(100).default(5) }),
    z.object({ firings: z.array(z.number()), zone: z.string() }),
  ),
  testFilter: operation(
    'POST /filters/test',
    'read',
    'Tries a filter expression on an event: one that came, or a made-up one.',
    z.strictObject({
      expression: z.string().max(2_000),
      eventId: z.string().max(100).optional().meta({ description: 'A trigger event that came.' }),
      payload: z.json().default({}),
      metadata: z.record(z.string(), z.json()).default({}),
      triggerType: z.string().max(40).default('webhook'),
      triggerId: z.string().max(64).default('webhook'),
    }),
    z.object({
      matches: z.boolean(),
      fault: z.string().nullable().meta({ description: 'Why it could not be evaluated; then it does not match.' }),
    }),
  ),
  schedule: operation(
    'GET /schedule',
    'read',
    'What was planned and is planned: every occurrence of every cron trigger, and what was set for a time once, with what became of it and why.',
    z.strictObject({
      from: number.optional().meta({ description: 'Left out: a day ago.', unit: 'epoch ms' }),
      to: number.optional().meta({ description: 'Left out: in a day.', unit: 'epoch ms' }),
      process: z.string().optional(),
      once: yesNo.default(false).meta({ description: 'Only what was set for a time once.' }),
      limit: number.int().min(1).max(5_000).default(1_000),
      ...spanning,
    }),
    z.object({
      items: z.array(ScheduleRow),
      next: z.string().nullable().meta({ description: 'The `from` of the next page.' }),
      now: z.number(),
      silent: silentNodes,
      nodeNames,
    }),
  ),
  forecast: operation(
    'GET /schedule/forecast',
    'read',
    'How often schedules will wake agents, and what that will use if runs go on as the newest did. Pause windows are counted in.',
    z.strictObject({
      from: number.optional().meta({ description: 'Left out: now.', unit: 'epoch ms' }),
      to: number.optional().meta({ description: 'Left out: a week later.', unit: 'epoch ms' }),
      process: z.string().optional(),
      ...spanning,
    }),
    ForecastView,
  ),
  listTriggerEvents: operation(
    'GET /trigger-events',
    'read',
    'Trigger events, newest first.',
    z.strictObject({
      process: z.string().optional(),
      state: z.string().optional(),
      trigger: z.string().optional(),
      ...paging,
    }),
    Page(TriggerEventView),
  ),
  getTriggerEvent: operation(
    'GET /trigger-events/:id',
    'read',
    'One trigger event, with its payload.',
    byId,
    TriggerEventDetail,
  ),
  redeliver: operation(
    'POST /trigger-events/:id/redeliver',
    'operate',
    'Starts a new run for an event that has ended.',
    byId,
    z.object({ eventId: z.string(), duplicate: z.boolean() }),
    202,
  ),
  redeliverAll: operation(
    'POST /trigger-events/redeliver',
    'operate',
    'Starts a new run for each event that ended badly and was not delivered again, oldest first.',
    z.strictObject({
      process: z.string().optional(),
      trigger: z.string().optional(),
      state: z.enum(['dead', 'expired', 'cancelled']).default('dead'),
      limit: number.int().min(1).max(5_000).default(1_000),
    }),
    z.object({
      redelivered: z.array(z.string()),
      failed: z.array(z.object({ id: z.string(), message: z.string() })),
    }),
    202,
  ),
  moveTriggerEvent: operation(
    'POST /trigger-events/:id/move',
    'operate',
    'Moves an event that was set for a time, and has not begun, to another time.',
    byId.extend({ to: number.meta({ description: 'A time still to come.', unit: 'epoch ms' }) }),
    TriggerEventView,
  ),
  cancel: operation(
    'POST /trigger-events/:id/cancel',
    'operate',
    'Ends an event that waits, and the run that works on it.',
    byId.extend({ reason: z.string().max(500).default('') }),
    TriggerEventView,
  ),
} satisfies Record<string, Operation>;
