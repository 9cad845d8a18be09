import type { Effect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { processNamePattern } from '../../../shared/ids.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { sha256 } from '../../lib/hash.ts';
import { objectOf } from '../tools/parameters.ts';
import { assertNoVariables, assertOpen, assertUnlocked, draftOf, overLimit } from './bounds.ts';
import { childManifest } from './child-manifest.ts';
import { checkOwnName } from './names.ts';
import type { Family, MetaTool, OpenMode } from './open-mode.ts';
import { triggerParameters } from './trigger-manifest.ts';

const hourMs = 3_600_000;

/** `spawn_process`: brings another agent into the world, with no more than this one has. It begins when the run settles. */
export const spawnProcess: MetaTool = {
  name: 'spawn_process',
  isPermitted: (mode) => mode.config.openMode.allowProcessSpawn && mode.family() !== null,
  make: (mode) => ({
    name: 'spawn_process',
    description:
      'Creates another agent and starts it when this run has settled. It has your tools, folders, servers and limits at most, and none of your triggers: name its own.',
    parameters: objectOf(
      {
        process_name: { type: 'string' },
        instructions: { type: 'string', minLength: 1 },
        model: { type: 'string', description: 'One of your own models, or "script"; left out: yours.' },
        script: { type: 'string', description: 'For "script": export default async function run(event, agent) { … }' },
        triggers: {
          type: 'array',
          maxItems: 10,
          items: objectOf(triggerParameters, ['trigger_type']),
        },
        execution_mode: { type: 'string', enum: ['strict', 'open'], default: 'strict' },
      },
      ['process_name', 'instructions'],
    ),
    reach: 'local',
    check: (args, pending) => void spawned(mode, args, pending),
    async execute(args, call) {
      const { name, manifest } = spawned(mode, args, call.pending ?? []);
      const script = manifest['script'];
      if (typeof script === 'string') await mode.checkScript(script);
      // The same for every try of the call, so that it is born once.
      const key = sha256(`${call.process}\n${call.run}\n${call.step}`);
      return {
        content: { process_name: name, created: 'when this run has settled' },
        effects: [{ type: 'spawn', name, manifest, key }],
      };
    },
  }),
};

function spawned(mode: OpenMode, args: JsonObject, pending: readonly Effect[]): { name: string; manifest: JsonObject } {
  const { openMode } = mode.config;
  assertOpen(mode.config, openMode.allowProcessSpawn, 'family');
  assertUnlocked(openMode, 'processes', null);
  const family = mode.family();
  if (!family) throw new RuntimeError('NOT_SUPPORTED', 'This agent runs without a runtime that could create others.');
  const name = String(args['process_name']);
  const now = pending.flatMap((effect) => (effect.type === 'spawn' ? [effect.name] : []));
  checkCount(mode, family, now);
  checkOwnName(name, 'process', processNamePattern, [...family.names(), ...now]);
  if (family.isTaken(name))
    throw new RuntimeError('NAME_TAKEN', `There is, or was, a process "${name}"; give the child another name.`, {
      name,
    });
  assertNoVariables({ ...args, script: null });
  const manifest = childManifest(name, args, draftOf(mode.manifest(), pending).manifest, mode.config);
  mode.read(manifest);
  return { name, manifest };
}

function checkCount(mode: OpenMode, family: Family, now: readonly string[]): void {
  const { maxSpawnedProcesses, maxSpawnsPerHour, maxSpawnDepth } = mode.config.openMode;
  if (maxSpawnDepth < 1) throw overLimit('max_spawn_depth', maxSpawnDepth, 'generations of agents below it');
  const known = new Set(family.children().map(({ name }) => name));
  if (known.size + now.length >= maxSpawnedProcesses)
    throw overLimit('max_spawned_processes', maxSpawnedProcesses, 'agents that it created');
  const recent = mode.spawned().filter(({ at }) => at > mode.now() - hourMs).length + now.length;
  if (recent >= maxSpawnsPerHour) throw overLimit('max_spawns_per_hour', maxSpawnsPerHour, 'agents created in an hour');
}
