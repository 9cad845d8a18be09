import { z } from 'zod';
import { inward, outward, snake, type UnknownKey } from './casing.ts';
import { ProcessConfig, processShape } from './config/process-config.ts';
import type { ErrorCode } from './errors.ts';
import { processNamePattern } from './ids.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { wordingsOf } from './problem-words.ts';

export const ProcessName = z
  .string()
  .regex(processNamePattern, 'use a letter, then letters, digits, "_" or "-"; at most 64')
  .meta({ title: 'Name' });

/** Settings that may also stand in the `config` block, where older files keep them, under names older files use. */
const settings = {
  ...Object.fromEntries(Object.entries(processShape).map(([key, schema]) => [key, (schema as z.ZodType).optional()])),
  journalLevel: processShape.journal.unwrap().shape.level.unwrap().optional().meta({ title: 'Same as journal.level' }),
  restartOnFailure: z.boolean().optional().meta({ title: 'Same as restart_policy: on_failure' }),
  heartbeatInterval: z
    .number()
    .optional()
    .meta({ title: 'Accepted for older files', description: 'The node watches its processes itself.' }),
};

/** The shape of a `.agent` file, in camelCase; files write it in snake_case (`casing.ts`). */
export const Manifest = z
  .strictObject({
    version: z
      .union([z.literal('1.0'), z.literal(1)], { error: 'this version of the format is not known; write "1.0"' })
      .default('1.0')
      .meta({ title: 'Format version' }),
    name: ProcessName,
    ...processShape,
    world: z.record(z.string(), z.json()).optional().meta({ title: 'Same as context.initial_state' }),
    config: z
      .strictObject(settings)
      .optional()
      .meta({ title: 'Settings', description: 'Any setting of the process may also stand here.' }),
  })
  .meta({ title: 'Agent manifest', description: 'One agent: what it thinks with, what wakes it, what it may do.' });

export interface ManifestProblem {
  /** Where, in the words of the file: `triggers[0].cron_expression`. */
  path: string;
  steps: (string | number)[];
  message: string;
  /** Where there is a more telling one than `MANIFEST_INVALID`. */
  code?: ErrorCode;
}
export type ManifestReading =
  | { ok: true; name: string; config: ProcessConfig; warnings: string[] }
  | { ok: false; problems: ManifestProblem[] };

/** Reads a manifest given as the plain object that its YAML or JSON holds. Every problem is listed, not only the first. */
export function readManifest(source: Json): ManifestReading {
  if (!isJsonObject(source)) {
    return { ok: false, problems: [{ path: '', steps: [], message: 'A manifest is a mapping with at least a name.' }] };
  }
  const renamed = inward(Manifest, source);
  const parsed = Manifest.safeParse(renamed.value);
  const problems = [
    ...renamed.unknown.map(unknownProblem),
    ...(parsed.success ? [] : parsed.error.issues.flatMap(problemsOf)),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const { version: _version, name, config: block = {}, world, ...sections } = parsed.data;
  const outside = renamed.value as JsonObject;
  const written = pick(outside, Object.keys(processShape));
  // Only what stands in the block: its defaults would hide what older words and the sections say.
  const inBlock = pick(block, Object.keys((outside['config'] as JsonObject | undefined) ?? {}));
  const flat = ProcessConfig.parse({ ...sections, ...fromBlock(inBlock), ...written });
  if (world) flat.context = { ...flat.context, initialState: { ...world, ...flat.context.initialState } };
  const contradictions = contradictionsIn(flat);
  return contradictions.length > 0
    ? { ok: false, problems: contradictions }
    : { ok: true, name, config: flat, warnings: warningsFor(flat) };
}

/** The manifest object (snake_case) of a process that was configured by a program. */
export function writeManifest(name: string, config: unknown): JsonObject {
  return { version: '1.0', name, ...(outward(ProcessConfig, config as Json) as JsonObject) };
}

function fromBlock(block: Record<string, unknown>): Record<string, unknown> {
  const { journalLevel, restartOnFailure, heartbeatInterval: _unused, ...rest } = block;
  const settings: Record<string, unknown> = { ...rest };
  if (journalLevel !== undefined)
    settings['journal'] = { ...(settings['journal'] as object | undefined), level: journalLevel };
  if (restartOnFailure !== undefined && settings['restartPolicy'] === undefined) {
    settings['restartPolicy'] = restartOnFailure ? 'on_failure' : 'never';
  }
  return settings;
}

function pick<T>(source: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(source).filter(([key]) => keys.includes(key)));
}

function contradictionsIn(config: ProcessConfig): ManifestProblem[] {
  const problem = (steps: (string | number)[], message: string) => ({ path: pathText(steps), steps, message });
  const problems: ManifestProblem[] = [];
  if (config.model === 'script' && !config.script?.trim()) {
    problems.push(
      problem(['script'], 'model: script needs a script: export default async function run(event, agent) { … }'),
    );
  }
  const ids = config.triggers.flatMap((trigger) => trigger.id ?? []);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) problems.push(problem(['triggers'], `Two triggers have the id "${twice}"; give each its own.`));
  return problems;
}

function warningsFor(config: ProcessConfig): string[] {
  const warnings: string[] = [];
  if (config.model !== 'script' && !config.instructions.trim())
    warnings.push('No instructions: the model is told nothing about its task.');
  if (config.triggers.length === 0)
    warnings.push('No triggers: it runs only when it is woken by hand, by an event or by a message.');
  for (const trigger of config.triggers) {
    if (trigger.type !== 'webhook') continue;
    if (trigger.webhookPort !== undefined || trigger.webhookHost !== undefined) {
      warnings.push('webhook_port and webhook_host have no effect: all webhooks listen on the port of the node.');
    }
    if (!trigger.signatureScheme && !trigger.hmacSecret)
      warnings.push(`Webhook "${trigger.webhookPath}" has no signature: only this computer may call it.`);
  }
  return warnings;
}

function unknownProblem({ path, key, nearest }: UnknownKey): ManifestProblem {
  const steps = [...path, key];
  const meant = nearest ? ` Did you mean ${nearest}?` : '';
  return {
    path: pathText(steps),
    steps,
    message: `There is no setting called ${key} here.${meant}`,
    code: 'UNKNOWN_FIELD',
  };
}

function problemsOf(issue: z.core.$ZodIssue): ManifestProblem[] {
  return wordingsOf(issue).map(({ steps: inside, message }) => {
    const steps = inside.map((step) => (typeof step === 'number' ? step : snake(String(step))));
    return { path: pathText(steps), steps, message };
  });
}

/** `['triggers', 0, 'type']` → `triggers[0].type` */
export function pathText(steps: readonly (string | number)[]): string {
  return steps.map((step, index) => (typeof step === 'number' ? `[${step}]` : index ? `.${step}` : step)).join('');
}
