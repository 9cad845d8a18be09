import { z } from 'zod';
import { OfferedServer } from '../install-link.ts';
import {
  ImportedServers,
  ModelsView,
  ModelTrial,
  ToolServerView,
  ToolTrial,
  ToolView,
} from '../views/catalogue-views.ts';
import { LoadView } from '../views/load-views.ts';
import { DoctorReport, ManifestCheck, NodeView, Page, TemplateView } from '../views/views.ts';
import { byName, counted, done, manifest, none, type Operation, operation } from './operation.ts';

/** Operations on the node as a whole. */
export const nodeOperations = {
  health: operation(
    'GET /health',
    'read',
    'Whether the node answers. Needs no token.',
    none,
    z.object({ ok: z.boolean(), version: z.string() }),
  ),
  node: operation('GET /node', 'read', 'What this node is and how it fares.', none, NodeView),
  load: operation(
    'GET /node/load',
    'read',
    'What the node and the programs it started for agents (tool servers, browser, scripts) use of its computer right now.',
    none,
    LoadView,
  ),
  listModels: operation(
    'GET /models',
    'read',
    'Models that processes use, model servers that answer on this computer, keys that are set, and prices.',
    none,
    ModelsView,
  ),
  tryModel: operation(
    'POST /models/try',
    'operate',
    'Asks a model for one word. Costs what that costs.',
    z.strictObject({
      id: z.string().min(1).max(200),
      baseUrl: z.url().optional().meta({ description: 'Of any OpenAI-compatible server.' }),
    }),
    ModelTrial,
  ),
  listToolServers: operation(
    'GET /tool-servers',
    'read',
    'MCP servers that processes use, and how they fare.',
    none,
    Page(ToolServerView),
  ),
  restartToolServer: operation(
    'POST /tool-servers/:key/restart',
    'operate',
    'Ends a tool server with all it started, and starts it again. Calls under way are cut off.',
    z.strictObject({ key: z.string().min(1).max(200) }),
    done,
  ),
  listTools: operation(
    'GET /processes/:name/tools',
    'read',
    'What a process can call, with the form of the arguments. Tools of servers are among them once these were asked.',
    byName,
    Page(ToolView),
  ),
  askToolServers: operation(
    'POST /processes/:name/tools/ask',
    'operate',
    'Starts the tool servers of a process, where they do not run, and asks them for their tools.',
    byName,
    Page(ToolView),
  ),
  tryTool: operation(
    'POST /processes/:name/tools/:tool/try',
    'admin',
    'Calls a tool of a process with arguments of your own, as a run like any other: limits, approvals and hooks hold, and all of it is in the journal.',
    byName.extend({
      tool: z.string().min(1).max(200),
      args: z.record(z.string(), z.json()).default({}),
      confirm: z.boolean().default(false).meta({ description: 'Needed for a call that may change something outside.' }),
      timeoutMs: z
        .int()
        .min(0)
        .max(600_000)
        .default(60_000)
        .meta({ unit: 'ms', description: 'How long to wait for it.' }),
    }),
    ToolTrial,
  ),
  approveTools: operation(
    'POST /processes/:name/servers/:server/approve',
    'admin',
    'Lets a process use tools of a server as they are now, after they changed or were added.',
    byName.extend({
      server: z.string().min(1).max(64),
      tools: z.array(z.string().max(200)).max(1_000).optional().meta({ description: 'None named: all it offers.' }),
    }),
    z.object({ approved: z.array(z.string()) }),
  ),
  signInToServer: operation(
    'POST /processes/:name/servers/:server/sign-in',
    'admin',
    'Begins to sign in to a server that asks for it: gives the link that a person opens in a browser on this computer; null: nothing is needed.',
    byName.extend({ server: z.string().min(1).max(64) }),
    z.object({ link: z.string().nullable() }),
  ),
  importServers: operation(
    'POST /tool-servers/import',
    'admin',
    'Reads the MCP servers of another client from its config file, as they go into a manifest. Starts nothing.',
    z.strictObject({ path: z.string().min(1).max(4_096) }),
    ImportedServers,
  ),
  readInstallLink: operation(
    'POST /tool-servers/read-link',
    'read',
    'Reads a link by which somebody offers an MCP server, and says what it would run. Starts and keeps nothing.',
    z.strictObject({ link: z.string().min(1).max(100_000) }),
    OfferedServer,
  ),
  getInstallLink: operation(
    'GET /processes/:name/servers/:server/link',
    'read',
    'A link that offers a server of a process to others; without values of variables and headers.',
    byName.extend({ server: z.string().min(1).max(64) }),
    z.object({
      link: z.string(),
      left: z.array(z.string()).meta({ description: 'Variables and headers to be filled in by whoever opens it.' }),
    }),
  ),
  validateManifest: operation(
    'POST /manifests/validate',
    'read',
    'Says whether a manifest is right, and where it is not.',
    z.strictObject({ manifest }),
    ManifestCheck,
  ),
  loadManifests: operation(
    'POST /manifests/load',
    'admin',
    'Loads a .agent file, or all of a folder: new ones are created, changed ones updated.',
    z.strictObject({ path: z.string().min(1).max(4_096), start: z.boolean().default(false) }),
    z.object({
      created: z.array(z.string()),
      updated: z.array(z.string()),
      unchanged: z.array(z.string()),
      failed: z.array(z.object({ file: z.string(), code: z.string(), message: z.string() })),
    }),
  ),
  listTemplates: operation('GET /templates', 'read', 'Agents to begin with.', none, Page(TemplateView)),
  backup: operation(
    'POST /node/backup',
    'admin',
    'Writes a backup while the node runs, and checks it.',
    z.strictObject({
      path: z
        .string()
        .min(1)
        .max(4_096)
        .optional()
        .meta({ description: 'A new file; left out: one in the data folder.' }),
    }),
    z.object({ path: z.string(), bytes: z.int() }),
  ),
  restore: operation(
    'POST /node/restore',
    'admin',
    'Checks a backup, and has the next start of the node put it in the place of what is there, which is kept.',
    z.strictObject({ path: z.string().min(1).max(4_096) }),
    z.object({ path: z.string(), restartNeeded: z.literal(true) }),
  ),
  leaveSafeMode: operation(
    'POST /node/leave-safe-mode',
    'operate',
    'Lets the processes go on where they were, after the node started with nothing because it had crashed again and again.',
    none,
    counted,
  ),
  trustClock: operation(
    'POST /node/trust-clock',
    'operate',
    'Says that the clock of the computer is right as it is, after schedules were held because it seemed wrong. What became due meanwhile is caught up on as each trigger says.',
    none,
    done,
  ),
  acceptLoss: operation(
    'POST /processes/:name/journal/accept-loss',
    'admin',
    'Lets a process go on with a journal that is older than the one that was written. What is missing stays missing.',
    byName,
    done,
  ),
  doctor: operation(
    'GET /node/doctor',
    'read',
    'Checks the node and says what to do about each finding.',
    none,
    DoctorReport,
  ),
  rebuildReadModels: operation(
    'POST /node/rebuild',
    'admin',
    'Makes the tables that screens read again from the journal, and compares.',
    none,
    z.object({ equal: z.boolean(), differences: z.array(z.string()), entries: z.int() }),
  ),
} satisfies Record<string, Operation>;
