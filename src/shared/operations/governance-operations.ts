import { z } from 'zod';
import { BudgetLimit, SecretName } from '../config/governance-config.ts';
import { NotificationSinks, NotificationsView } from '../config/notification-config.ts';
import { PausesView, PauseWindows } from '../config/pause-config.ts';
import {
  BudgetView,
  GrantView,
  HealthView,
  MissionView,
  NodeBudgetView,
  SecretAccess,
  SecretView,
} from '../views/governance-views.ts';
import { Page } from '../views/views.ts';
import { byName, done, none, type Operation, operation, paging, yesNo } from './operation.ts';

/** Operations on limits and secrets. */
export const governanceOperations = {
  getBudget: operation(
    'GET /processes/:name/budget',
    'read',
    'What a process may use, and what it has used.',
    byName,
    BudgetView,
  ),
  updateBudget: operation(
    'PATCH /processes/:name/budget',
    'admin',
    'Changes limits, written as in a manifest; null takes one away. In force at once, also for runs under way.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    BudgetView,
  ),
  topUpBudget: operation(
    'POST /processes/:name/budget/top-up',
    'operate',
    'Adds to a limit for today or for one run; what waits for it goes on.',
    byName.extend({
      limit: BudgetLimit,
      amount: z.number().positive(),
      run: z.string().max(100).optional().meta({ description: 'Needed for a limit per run.' }),
    }),
    BudgetView,
  ),
  getNodeBudget: operation(
    'GET /node/budget',
    'read',
    'What all processes together may use in a day, and what they have used.',
    none,
    NodeBudgetView,
  ),
  updateNodeBudget: operation(
    'PATCH /node/budget',
    'admin',
    'Changes what all processes together may use in a day, written as the budget of a manifest; null takes a limit away. In force at once.',
    z.strictObject({ changes: z.record(z.string(), z.json()) }),
    NodeBudgetView,
  ),
  topUpNodeBudget: operation(
    'POST /node/budget/top-up',
    'operate',
    'Adds to a limit of the node for today; what waits for it goes on.',
    z.strictObject({ limit: BudgetLimit, amount: z.number().positive() }),
    NodeBudgetView,
  ),
  getNotifications: operation(
    'GET /node/notifications',
    'read',
    'Where people are told of what happens on the node, and what waits to be told.',
    none,
    NotificationsView,
  ),
  setNotifications: operation(
    'PUT /node/notifications',
    'admin',
    'Sets where people are told of what happens: the log, webhooks, the desktop. In force at once.',
    z.strictObject({ sinks: NotificationSinks }),
    NotificationsView,
  ),
  testNotification: operation(
    'POST /node/notifications/:sink/test',
    'operate',
    'Tells one of them something made up.',
    z.strictObject({ sink: z.string().min(1).max(40) }),
    done,
  ),
  getPauses: operation(
    'GET /node/pauses',
    'read',
    'Pause windows: stretches of time, such as holidays and quiet hours, in which schedules do not wake agents.',
    none,
    PausesView,
  ),
  setPauses: operation(
    'PUT /node/pauses',
    'operate',
    'Sets all pause windows, on every node of the cluster. They hold for schedules alone: webhooks, files, events, messages and people wake agents as ever.',
    z.strictObject({ windows: PauseWindows }),
    PausesView,
  ),
  listSecrets: operation(
    'GET /processes/:name/secrets',
    'read',
    'Names of secrets; never their values.',
    byName,
    Page(SecretView),
  ),
  setSecret: operation(
    'PUT /processes/:name/secrets/:secret',
    'admin',
    'Sets a secret, or gives it a new value, in use from the next call on: tool servers that hold the old one are replaced, and calls under way end with it.',
    byName.extend({
      secret: SecretName,
      value: z.string().min(1).max(65_536),
      ttlMs: z
        .int()
        .min(1)
        .optional()
        .meta({ description: 'How long it is valid; left out: as the manifest says.', unit: 'ms' }),
      mustExist: yesNo
        .default(false)
        .meta({ description: 'For rotating: refused where there is no secret of that name.' }),
    }),
    SecretView.extend({
      servers: z
        .array(z.object({ server: z.string(), error: z.object({ code: z.string(), message: z.string() }).nullable() }))
        .default([])
        .meta({ description: 'Tool servers that held the old value and were replaced, or could not be started anew.' }),
    }),
  ),
  deleteSecret: operation(
    'DELETE /processes/:name/secrets/:secret',
    'admin',
    'Takes a secret away, at once.',
    byName.extend({ secret: SecretName }),
    done,
  ),
  secretAccessLog: operation(
    'GET /processes/:name/secrets/access-log',
    'read',
    'Which secret was used by what, newest first.',
    byName.extend(paging),
    Page(SecretAccess),
  ),
  getMission: operation(
    'GET /processes/:name/mission',
    'read',
    'What a process is for, and how far it is.',
    byName,
    MissionView,
  ),
  updateMission: operation(
    'PATCH /processes/:name/mission',
    'admin',
    'Changes the mission, written as in a manifest; null takes a setting away. A new objective begins a new one.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    MissionView,
  ),
  listApprovals: operation(
    'GET /processes/:name/approvals',
    'read',
    'What a process need not ask for again.',
    byName,
    Page(GrantView),
  ),
  revokeApproval: operation(
    'POST /processes/:name/approvals/revoke',
    'operate',
    'Has a process ask again for what was always allowed.',
    byName.extend({ tool: z.string().min(1).max(200), call: z.string().max(500).nullable().default(null) }),
    done,
  ),
  getHealth: operation('GET /processes/:name/health', 'read', 'What was noticed about a process.', byName, HealthView),
  updateHealth: operation(
    'PATCH /processes/:name/health',
    'admin',
    'Changes how a process is watched, written as in a manifest; null takes a setting away.',
    byName.extend({ changes: z.record(z.string(), z.json()) }),
    HealthView,
  ),
} satisfies Record<string, Operation>;
