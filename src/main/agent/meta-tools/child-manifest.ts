import { modelId, type ProcessConfig } from '../../../shared/config/process-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { sectionOf } from '../../../shared/self-change.ts';
import { checkWatch } from './reach.ts';
import { triggerFrom } from './trigger-manifest.ts';

/** What a child has from its parent, word for word: what it may reach, and what limits it. */
const inherited = [
  'tools',
  'tool_policies',
  'memory',
  'journal',
  'budget',
  'health',
  'approvals',
  'hooks',
  'inbox',
  'max_turns',
  'max_steps',
  'max_invocation_time',
  'tool_timeout',
  'models',
  'trigger_delivery',
] as const;

/**
 * The manifest of a child. All but its name, task, model and triggers is its parent's, so that it cannot have more.
 * @throws RuntimeError `POLICY_REFUSED`, `TOOL_ARGS_INVALID`, `PATH_NOT_ALLOWED`.
 */
export function childManifest(name: string, args: JsonObject, parent: JsonObject, config: ProcessConfig): JsonObject {
  const triggers = (Array.isArray(args['triggers']) ? args['triggers'] : []).filter(isJsonObject).map(triggerOf);
  for (const trigger of triggers) checkWatch(trigger, config);
  const isOpen = args['execution_mode'] === 'open';
  const kept = inherited.flatMap((key) => {
    const section = sectionOf(parent, key);
    return section === undefined ? [] : [[key, section] as const];
  });
  return {
    version: '1.0',
    name,
    ...modelOf(args, parent, config),
    instructions: args['instructions'] ?? '',
    ...(triggers.length > 0 ? { triggers } : {}),
    ...Object.fromEntries(kept),
    ...contextOf(parent),
    ...(sectionOf(parent, 'servers') === undefined ? {} : { servers: sectionOf(parent, 'servers') as Json }),
    ...(isOpen ? { execution_mode: 'open', open_mode: openModeOf(parent, config) } : {}),
  };
}

function triggerOf(args: JsonObject, index: number): JsonObject {
  const { id, ...rest } = triggerFrom(args, '');
  return { id: id === '' || id === undefined ? `trigger-${index + 1}` : id, ...rest };
}

/** A child thinks with a model of its parent, or is a script. */
function modelOf(args: JsonObject, parent: JsonObject, config: ProcessConfig): JsonObject {
  const { model: wanted, script } = args;
  const own = modelId(config.model);
  const id = typeof wanted === 'string' ? wanted : script === undefined ? own : 'script';
  if (id === 'script') {
    if (typeof script === 'string') return { model: 'script', script };
    throw new RuntimeError('TOOL_ARGS_INVALID', 'A child that is a script needs a script.');
  }
  if (script !== undefined)
    throw new RuntimeError('TOOL_ARGS_INVALID', 'Only a child with model "script" has a script.');
  if (id === own) return { model: sectionOf(parent, 'model') ?? own };
  const index = config.models.findIndex((model) => modelId(model) === id);
  const others = sectionOf(parent, 'models');
  if (index >= 0 && Array.isArray(others)) return { model: others[index] ?? id };
  throw new RuntimeError(
    'POLICY_REFUSED',
    `A child may think with a model of its parent (${[own, ...config.models.map(modelId)].join(', ')}), not with ${id}.`,
    { model: id },
  );
}

function contextOf(parent: JsonObject): JsonObject {
  const section = sectionOf(parent, 'context');
  if (!isJsonObject(section)) return {};
  const { initial_state: _initial, ...context } = section;
  return { context };
}

/** One generation less than its parent has, and everything locked that its parent may not change. */
function openModeOf(parent: JsonObject, { openMode }: ProcessConfig): JsonObject {
  const section = sectionOf(parent, 'open_mode');
  const depth = Math.max(0, openMode.maxSpawnDepth - 1);
  return {
    ...(isJsonObject(section) ? section : {}),
    max_spawn_depth: depth,
    allow_process_spawn: openMode.allowProcessSpawn && depth > 0,
  };
}
