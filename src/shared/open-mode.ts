import { z } from 'zod';

/** The tools by which an agent looks at itself and changes itself, in the order they are listed. */
export const metaToolNames = [
  'modify_instructions',
  'create_tool',
  'connect_mcp_server',
  'add_trigger',
  'remove_trigger',
  'spawn_process',
  'list_processes',
  'store_memory',
  'search_memory',
  'forget_memory',
  'list_capabilities',
  'get_secret',
  'check_budget',
  'check_mission',
] as const;
export type MetaToolName = (typeof metaToolNames)[number];

/** Those of them that change what the agent is, or bring another agent into the world. */
export const selfChangingTools: ReadonlySet<string> = new Set<MetaToolName>([
  'modify_instructions',
  'create_tool',
  'connect_mcp_server',
  'add_trigger',
  'remove_trigger',
  'spawn_process',
]);

const toggle = (title: string, description?: string) =>
  z
    .boolean()
    .default(true)
    .meta({ title, ...(description ? { description } : {}) });
const most = (title: string, start: number, largest: number) =>
  z.int().min(0).max(largest).default(start).meta({ title });

/** Parts that only the user may change: all of a kind, or one by name. */
const lockable = /^(instructions|memory|processes|(created_tools|servers|triggers)(\.[A-Za-z0-9_-]{1,64})?)$/;

export const OpenModeConfig = z
  .strictObject({
    allowIdentityChange: toggle('Change its instructions'),
    allowToolCreation: toggle('Create tools'),
    allowMcpConnect: toggle('Connect tool servers', 'Those of the list below; any other needs your approval.'),
    allowTriggerManagement: toggle('Add triggers, and remove those it added'),
    allowMemoryManagement: toggle('Store, search and forget memories'),
    allowProcessSpawn: z.boolean().default(false).meta({
      title: 'Create other agents',
      description: 'Each with no more than it has itself.',
    }),
    maxCustomTools: most('Created tools at most', 20, 100),
    maxDynamicTriggers: most('Added triggers at most', 10, 20),
    maxConnectedServers: most('Connected servers at most', 5, 50),
    maxInstructionLength: z
      .int()
      .min(100)
      .max(100_000)
      .default(10_000)
      .meta({ title: 'Longest instructions', unit: 'characters' }),
    maxRebuilds: z.int().min(0).max(10_000).optional().meta({
      title: 'Changes of itself at most',
      description: 'Since you changed it last. Left out: no limit.',
    }),
    allowedMcpUrls: z
      .array(z.url({ protocol: /^https?$/ }))
      .max(100)
      .default([])
      .meta({ title: 'Servers it may connect without asking', description: 'Exact addresses.' }),
    maxSpawnedProcesses: most('Other agents at most', 3, 100),
    maxSpawnsPerHour: most('Other agents created in an hour', 10, 1_000),
    maxSpawnDepth: z.int().min(0).max(5).default(1).meta({
      title: 'Generations',
      description: '1: it may create agents, and those none. Each generation has one less.',
    }),
    locked: z
      .array(
        z
          .string()
          .regex(
            lockable,
            'write instructions, memory, processes, created_tools, servers or triggers; the last three also with a name, as triggers.nightly',
          ),
      )
      .max(200)
      .default([])
      .meta({ title: 'Locked', description: 'Parts that only you may change.', examples: [['instructions']] }),
    sandboxCustomTools: z
      .boolean()
      .default(true)
      .meta({ title: 'Accepted for older files', description: 'Created tools always run in the sandbox.' }),
  })
  .meta({
    title: 'Open mode',
    description: 'What an agent may change about itself. In force with execution_mode: open.',
  });
export type OpenModeConfig = z.infer<typeof OpenModeConfig>;

/** One letter, then letters, digits and "_": nothing that looks like something else. */
export const createdToolPattern = /^[a-z][a-z0-9_]{2,63}$/;

/** What a created tool can reach beyond its arguments. */
export const ToolCapabilities = z.strictObject({
  http: z
    .array(z.string().min(1).max(260))
    .max(20)
    .default([])
    .meta({ title: 'Hosts', description: 'Of those that tools.http_fetch.allow_hosts lists.' }),
  context: z
    .array(z.string().min(1).max(256))
    .max(50)
    .default([])
    .meta({ title: 'Context keys', description: 'It may read and write these.' }),
});
export type ToolCapabilities = z.infer<typeof ToolCapabilities>;

export const CreatedTool = z
  .strictObject({
    description: z.string().min(1).max(2_000).meta({ title: 'Description' }),
    parameters: z
      .record(z.string(), z.json())
      .default({ type: 'object' })
      .meta({ title: 'Parameters', description: 'JSON Schema of its arguments, an object.' }),
    /** Named like the script of an agent, since `${…}` in it is JavaScript as well. */
    script: z.string().min(1).max(100_000).meta({
      title: 'Script',
      description: 'export default async function run(args, agent) { … }',
      widget: 'javascript',
    }),
    capabilities: ToolCapabilities.prefault({}),
  })
  .meta({ title: 'Created tool' });
export type CreatedTool = z.infer<typeof CreatedTool>;

export const CreatedTools = z
  .record(z.string().regex(createdToolPattern, 'use lower-case letters, digits and "_"; 3 to 64'), CreatedTool)
  .meta({ title: 'Created tools', description: 'Small scripts that the agent, or you, made into tools.' });
