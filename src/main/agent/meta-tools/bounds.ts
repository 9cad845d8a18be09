import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { serverNamePattern } from '../../../shared/config/server-config.ts';
import type { Effect } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { OpenModeConfig } from '../../../shared/open-mode.ts';
import { membersOf, type SelfChange, sectionOf, triggersIn, withChange } from '../../../shared/self-change.ts';
import { checkOwnName, checkToolName } from './names.ts';
import { checkReach } from './reach.ts';

/** What a change is held against. */
export interface Ground {
  /** As it is before the change. */
  manifest: JsonObject;
  /** What the user wrote: the agent takes nothing of that away. */
  written: JsonObject;
  config: Pick<ProcessConfig, 'executionMode' | 'openMode' | 'tools' | 'context' | 'servers'>;
  /** How often the agent has changed itself since the user wrote last. */
  changes: number;
}

interface Kind {
  permission: 'allowIdentityChange' | 'allowToolCreation' | 'allowMcpConnect' | 'allowTriggerManagement';
  part: 'instructions' | 'created_tools' | 'servers' | 'triggers';
  /** Which of them. */
  name(change: SelfChange): string | null;
}

const kinds: Record<SelfChange['do'], Kind> = {
  set_instructions: { permission: 'allowIdentityChange', part: 'instructions', name: () => null },
  put_tool: { permission: 'allowToolCreation', part: 'created_tools', name: nameOf },
  put_server: { permission: 'allowMcpConnect', part: 'servers', name: nameOf },
  add_trigger: { permission: 'allowTriggerManagement', part: 'triggers', name: nameOf },
  remove_trigger: { permission: 'allowTriggerManagement', part: 'triggers', name: nameOf },
};

function nameOf(change: SelfChange): string {
  if (change.do === 'add_trigger') return String(change.trigger['id']);
  if (change.do === 'remove_trigger') return change.id;
  return change.do === 'set_instructions' ? '' : change.name;
}

/**
 * Holds a change that an agent makes of itself against its bounds. Asked when the tool is called, before anybody is
 * asked to approve it, and once more when the run settles: the user may have changed the bounds meanwhile.
 * @throws RuntimeError `POLICY_REFUSED`, `PART_LOCKED`, `LIMIT_OPEN_MODE`, `NAME_INVALID`, `NAME_TAKEN`,
 * `TRIGGER_NOT_FOUND`, `PATH_NOT_ALLOWED`, `POLICY_EGRESS_DENIED`, `SECRET_NOT_FOUND`.
 */
export function checkChange(change: SelfChange, ground: Ground): void {
  const { permission, part, name } = kinds[change.do];
  const { openMode } = ground.config;
  assertOpen(ground.config, openMode[permission], part);
  assertUnlocked(openMode, part, name(change));
  const { maxRebuilds } = openMode;
  if (maxRebuilds !== undefined && ground.changes >= maxRebuilds)
    throw overLimit('max_rebuilds', maxRebuilds, 'changes of itself since the user changed it last');
  const { do: _kind, ...said } = change;
  assertNoVariables(said, change.do === 'set_instructions' ? variablesOf(ground) : new Set());
  checks[change.do](change as never, ground);
  checkReach(change, ground);
}

const mostToolChars = 400_000;

const checks: { [K in SelfChange['do']]: (change: Extract<SelfChange, { do: K }>, ground: Ground) => void } = {
  set_instructions({ instructions }, { config }) {
    const { maxInstructionLength } = config.openMode;
    if (instructions.length > maxInstructionLength)
      throw overLimit('max_instruction_length', maxInstructionLength, 'characters of instructions');
  },
  put_tool({ name, tool }, { manifest, written, config }) {
    const members = membersOf(manifest, 'created_tools');
    const tools = Object.keys(members);
    checkToolName(name, [...tools.filter((tool) => tool !== name), ...Object.keys(membersOf(manifest, 'servers'))]);
    if (Object.hasOwn(membersOf(written, 'created_tools'), name)) throw users('tool', name);
    const { maxCustomTools } = config.openMode;
    if (!tools.includes(name) && tools.length >= maxCustomTools)
      throw overLimit('max_custom_tools', maxCustomTools, 'created tools');
    // Each version in the journal holds all of them.
    if (JSON.stringify({ ...members, [name]: tool }).length > mostToolChars)
      throw new RuntimeError(
        'LIMIT_OPEN_MODE',
        `All created tools of an agent together may have ${mostToolChars} characters; make them smaller.`,
        { most: mostToolChars },
      );
  },
  put_server({ name }, { manifest, written, config }) {
    const own = Object.keys(membersOf(written, 'servers'));
    if (own.includes(name)) throw users('server', name);
    const servers = Object.keys(membersOf(manifest, 'servers'));
    const others = [...servers.filter((one) => one !== name), ...Object.keys(membersOf(manifest, 'created_tools'))];
    checkOwnName(name, 'server', serverNamePattern, others);
    const { maxConnectedServers } = config.openMode;
    const added = servers.filter((server) => !own.includes(server) && server !== name);
    if (added.length >= maxConnectedServers)
      throw overLimit('max_connected_servers', maxConnectedServers, 'connected servers');
  },
  add_trigger({ trigger }, { manifest, written, config }) {
    const { maxDynamicTriggers } = config.openMode;
    const triggers = triggersIn(manifest);
    if (triggers.some(({ id }) => id === trigger['id']))
      throw new RuntimeError('NAME_TAKEN', `There is a trigger "${String(trigger['id'])}" already.`, {});
    if (addedTriggers(manifest, written).length >= maxDynamicTriggers)
      throw overLimit('max_dynamic_triggers', maxDynamicTriggers, 'added triggers');
  },
  remove_trigger({ id }, { manifest, written }) {
    if (triggersIn(written).some((trigger) => trigger['id'] === id)) throw users('trigger', id);
    if (addedTriggers(manifest, written).includes(id)) return;
    throw new RuntimeError('TRIGGER_NOT_FOUND', `"${id}" is no trigger that the agent added.`, { trigger: id });
  },
};

/** Ids of triggers that the agent added. */
export function addedTriggers(manifest: JsonObject, written: JsonObject): string[] {
  const own = new Set(triggersIn(written).map(({ id }) => id));
  return triggersIn(manifest).flatMap(({ id }) => (typeof id === 'string' && !own.has(id) ? [id] : []));
}

/** What the run has made of the manifest so far. */
export function draftOf(manifest: JsonObject, pending: readonly Effect[]): { manifest: JsonObject; changes: number } {
  let draft = manifest;
  let changes = 0;
  for (const effect of pending) {
    if (effect.type !== 'definition.change') continue;
    draft = withChange(draft, effect.change);
    changes++;
  }
  return { manifest: draft, changes };
}

/** @throws RuntimeError `POLICY_REFUSED`. */
export function assertOpen(
  { executionMode }: Pick<ProcessConfig, 'executionMode'>,
  allowed: boolean,
  part: string,
): void {
  if (executionMode === 'open' && allowed) return;
  const why = executionMode === 'open' ? 'open_mode of this agent does not allow it' : 'this agent is not in open mode';
  throw new RuntimeError('POLICY_REFUSED', `The agent may not change its ${part.replace('_', ' ')}: ${why}.`, { part });
}

/** @throws RuntimeError `PART_LOCKED`. */
export function assertUnlocked({ locked }: Pick<OpenModeConfig, 'locked'>, part: string, name: string | null): void {
  const found = locked.find((one) => one === part || (name !== null && one === `${part}.${name}`));
  if (found === undefined) return;
  throw new RuntimeError('PART_LOCKED', `The user has locked ${found}; the agent may not change it.`, {
    locked: found,
  });
}

const variable = /\$\{[A-Za-z_][^}]*\}?/g;

/** Variables that stand in the instructions already: those the agent may leave there. */
function variablesOf({ manifest, written }: Ground): ReadonlySet<string> {
  const texts = [manifest, written].map((one) => String(sectionOf(one, 'instructions') ?? ''));
  return new Set(texts.flatMap((text) => text.match(variable) ?? []));
}

/**
 * Variables of the environment are the user's: an agent that could write `${KEY}` into its instructions would read it
 * in the next run.
 * @throws RuntimeError `POLICY_REFUSED`.
 */
export function assertNoVariables(value: Json, known: ReadonlySet<string> = new Set()): void {
  if (typeof value === 'string') {
    const found = (value.match(variable) ?? []).find((one) => !known.has(one));
    if (found === undefined) return;
    throw new RuntimeError(
      'POLICY_REFUSED',
      `An agent may not use variables of the environment, such as ${found.slice(0, 60)}; only the user may.`,
    );
  }
  if (typeof value !== 'object' || value === null) return;
  // The script of a tool is JavaScript, and no variable is put into it.
  for (const [key, inner] of Object.entries(value)) if (key !== 'script') assertNoVariables(inner, known);
}

export function overLimit(limit: string, most: number, what: string): RuntimeError {
  const code = /spawn/.test(limit) ? 'SPAWN_LIMIT' : 'LIMIT_OPEN_MODE';
  return new RuntimeError(code, `The agent may have ${most} ${what} (open_mode.${limit}).`, {
    limit,
    most,
  });
}

function users(what: string, name: string): RuntimeError {
  return new RuntimeError('POLICY_REFUSED', `The ${what} "${name}" is the user's; the agent may not change it.`, {
    name,
  });
}
