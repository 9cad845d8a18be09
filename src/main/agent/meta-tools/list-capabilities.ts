import { withIds } from '../../../shared/config/trigger-config.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { membersOf, sectionOf, triggersIn } from '../../../shared/self-change.ts';
import { objectOf } from '../tools/parameters.ts';
import { addedTriggers } from './bounds.ts';
import type { MetaTool, OpenMode } from './open-mode.ts';
import { groundOf } from './self-changing.ts';

/** `list_capabilities`: what the agent is, what it can do, and how far it may change that. There in every open mode. */
export const listCapabilities: MetaTool = {
  name: 'list_capabilities',
  isPermitted: () => true,
  make: (mode) => ({
    name: 'list_capabilities',
    description: 'Says what you are: instructions, tools, triggers, servers, and how far you may change them.',
    parameters: objectOf({}),
    reach: 'readOnly',
    execute: async (_args, { pending = [] }) => ({ content: capabilities(mode, pending) }),
  }),
};

function capabilities(mode: OpenMode, pending: Parameters<typeof groundOf>[1]): JsonObject {
  const { config, process } = mode;
  const ground = groundOf(mode, pending);
  const added = addedTriggers(ground.manifest, ground.written);
  return {
    process,
    version: mode.version(),
    // As they are written, so that they can be rewritten: variables stay the user's.
    instructions: String(sectionOf(ground.manifest, 'instructions') ?? ''),
    tools: mode.tools().map(({ name, description }) => ({
      name,
      description: description.slice(0, 300),
      ...(Object.hasOwn(config.createdTools, name) ? { created: true } : {}),
    })),
    triggers: withIds(config.triggers).map(({ id, type, enabled }) => ({
      id,
      type,
      enabled,
      added: added.includes(id),
    })),
    servers: Object.keys(config.servers),
    open_mode: limits(mode, ground, added.length),
    // What this run has changed comes into force with the next one.
    pending: pending.flatMap((effect): Json[] =>
      effect.type === 'definition.change' ? [effect.change.do] : effect.type === 'spawn' ? ['spawn'] : [],
    ),
  };
}

function limits({ config }: OpenMode, { manifest, changes }: ReturnType<typeof groundOf>, added: number): JsonObject {
  const { openMode } = config;
  return {
    change_instructions: openMode.allowIdentityChange,
    create_tools: openMode.allowToolCreation,
    connect_servers: openMode.allowMcpConnect,
    manage_triggers: openMode.allowTriggerManagement,
    manage_memory: openMode.allowMemoryManagement,
    create_processes: openMode.allowProcessSpawn,
    created_tools: { have: Object.keys(membersOf(manifest, 'created_tools')).length, most: openMode.maxCustomTools },
    added_triggers: { have: added, most: openMode.maxDynamicTriggers },
    triggers: triggersIn(manifest).length,
    longest_instructions: openMode.maxInstructionLength,
    changes: { made: changes, most: openMode.maxRebuilds ?? null },
    locked: openMode.locked,
    servers_without_asking: openMode.allowedMcpUrls,
  };
}
