import { z } from 'zod';
import { ProcessName } from '../manifest.ts';
import { Page, ProcessDetail, ProcessExport, ProcessView, TrashView } from '../views/views.ts';
import {
  byName,
  counted,
  done,
  manifest,
  none,
  number,
  type Operation,
  operation,
  paging,
  payload,
  spanning,
  yesNo,
} from './operation.ts';

/** Operations on what processes are, and their lives. */
export const processOperations = {
  listProcesses: operation(
    'GET /processes',
    'read',
    'Every process, by name.',
    z.strictObject({
      state: z.string().optional(),
      tag: z.string().optional(),
      text: z.string().optional(),
      names: z.string().optional().meta({ description: 'Only these, with commas.' }),
      ...spanning,
      ...paging,
      limit: number.int().min(1).max(5_000).default(1_000),
    }),
    Page(ProcessView),
  ),
  createProcess: operation(
    'POST /processes',
    'admin',
    'Creates a process from a manifest; starts it when asked to.',
    z.strictObject({ manifest, start: z.boolean().default(false) }),
    ProcessDetail,
    201,
  ),
  getProcess: operation('GET /processes/:name', 'read', 'One process, with its manifest.', byName, ProcessDetail),
  updateProcess: operation(
    'PUT /processes/:name',
    'admin',
    'Gives a process a new definition. Runs that have begun end with the old one.',
    byName.extend({
      manifest,
      version: z
        .int()
        .optional()
        .meta({ description: 'The version the change was made on; refused if there is a newer one.' }),
      reason: z.string().max(500).default(''),
    }),
    ProcessDetail,
  ),
  deleteProcess: operation(
    'DELETE /processes/:name',
    'admin',
    'Stops a process and puts it into the trash, where it can be brought back for 30 days; then what it was goes for good.',
    byName.extend({
      forever: yesNo
        .default(false)
        .meta({ description: 'At once: its journal, its secrets and what it alone remembered are gone.' }),
    }),
    done,
  ),
  listTrash: operation(
    'GET /trash',
    'read',
    'Deleted processes that can be brought back.',
    z.strictObject({ ...spanning }),
    Page(TrashView),
  ),
  restoreProcess: operation(
    'POST /trash/:name/restore',
    'admin',
    'Brings a deleted process back as it was, with its journal, memory and secrets; at rest, or running when asked to.',
    byName.extend({ start: z.boolean().default(false) }),
    ProcessDetail,
  ),
  purgeProcess: operation(
    'DELETE /trash/:name',
    'admin',
    'Gives a deleted process up for good: its journal, its secrets and what it alone remembered.',
    byName,
    done,
  ),
  startProcess: operation('POST /processes/:name/start', 'operate', 'Starts a process.', byName, ProcessView),
  stopProcess: operation(
    'POST /processes/:name/stop',
    'operate',
    'Stops a process; a run that works is brought to its next safe point and goes on after the next start.',
    byName,
    ProcessView,
  ),
  restartProcess: operation(
    'POST /processes/:name/restart',
    'operate',
    'Stops and starts a process.',
    byName,
    ProcessView,
  ),
  suspendProcess: operation(
    'POST /processes/:name/suspend',
    'operate',
    'Lets events wait until it is resumed.',
    byName.extend({ reason: z.string().max(500).default('') }),
    ProcessView,
  ),
  resumeProcess: operation(
    'POST /processes/:name/resume',
    'operate',
    'Goes on with what waited, in order.',
    byName,
    ProcessView,
  ),
  startAll: operation('POST /node/start-all', 'operate', 'Starts every process that is not running.', none, counted),
  stopAll: operation('POST /node/stop-all', 'operate', 'Stops every process.', none, counted),
  pauseAll: operation('POST /node/pause-all', 'operate', 'Suspends every working process.', none, counted),
  resumeAll: operation('POST /node/resume-all', 'operate', 'Resumes what pauseAll suspended.', none, counted),
  wakeProcess: operation(
    'POST /processes/:name/wake',
    'operate',
    'Wakes a process by hand. Durable when answered; the same idempotency key is the same event.',
    byName.extend({
      payload,
      idempotencyKey: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Also read from the Idempotency-Key header.' }),
      trigger: z
        .string()
        .max(64)
        .optional()
        .meta({ description: 'Pretends to be this trigger of the process, filter and all.' }),
      at: number
        .optional()
        .meta({ description: 'Once, at this time, in place of now; not together with a trigger.', unit: 'epoch ms' }),
    }),
    z.object({ eventId: z.string(), duplicate: z.boolean() }),
    202,
  ),
  exportProcess: operation(
    'GET /processes/:name/export',
    'admin',
    'A process as one file: what it is and all that happened to it. Secrets are not in it.',
    byName,
    ProcessExport,
  ),
  importProcess: operation(
    'POST /processes/import',
    'admin',
    'Brings an exported process to this node, stopped, under its own name or another.',
    z.strictObject({
      path: z
        .string()
        .min(1)
        .max(4_096)
        .optional()
        .meta({ description: 'The exported file, on the computer of the node.' }),
      process: ProcessExport.optional().meta({ description: 'Or what is in it, where that is small.' }),
      name: ProcessName.optional(),
    }),
    ProcessDetail,
    201,
  ),
} satisfies Record<string, Operation>;
