import { isMap, isPair, isScalar, LineCounter, type ParsedNode, parseDocument, stringify } from 'yaml';
import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { TriggerConfig } from '../../../shared/config/trigger-config.ts';
import type { Definition } from '../../../shared/entries/journal-entries.ts';
import { type ErrorCode, RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { type ManifestProblem, pathText, readManifest } from '../../../shared/manifest.ts';
import type { ManifestEdit } from '../../../shared/self-change.ts';
import type { ManifestCheck } from '../../../shared/views/views.ts';
import {
  type LiteralSecret,
  literalSecrets,
  withHandles,
  withoutExpandedSecrets,
} from '../../governance/secrets/literal-secrets.ts';
import { expandVariables, type MissingVariable, missingText } from '../../lib/expand-variables.ts';
import { canonicalJson } from '../../lib/hash.ts';
import { definitionOf } from '../../processes/versions/definition.ts';
import { checkTrigger } from '../../triggers/create-trigger.ts';

/** Longer files are refused before they are read. */
const maxManifestChars = 2_000_000;

export interface ReadManifest {
  name: string;
  /** With handles in place of secrets that were written out. */
  definition: Definition;
  /** Those secrets, for the vault. */
  secrets: readonly LiteralSecret[];
  warnings: string[];
}

interface Located extends ManifestCheck {
  object: JsonObject | null;
}

/** Says whether a manifest is right, and where it is not, without throwing. */
export function checkManifest(
  source: string | JsonObject,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ManifestCheck {
  const { object: _object, ...check } = locate(source, env);
  return check;
}

/** @throws RuntimeError `MANIFEST_INVALID` with all problems and their lines in `details.problems`. */
export function parseManifest(
  source: string | JsonObject,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ReadManifest {
  const { valid, name, problems, warnings, object } = locate(source, env);
  if (!valid || name === null || object === null) {
    const [first] = problems;
    const place = first?.line ? `line ${first.line}: ` : first?.path ? `${first.path}: ` : '';
    throw new RuntimeError(codeOf(problems), `The manifest is not right: ${place}${first?.message ?? 'it is empty'}`, {
      problems: problems as unknown as Json,
    });
  }
  const secrets = literalSecrets(object);
  const text = typeof source === 'string' ? withoutSecrets(source, secrets) : null;
  return {
    name,
    definition: definitionOf(secrets.length > 0 ? withHandles(object, secrets) : object, text),
    secrets,
    warnings,
  };
}

/** The one that all problems have; `MANIFEST_INVALID` where they differ or none is more telling. */
function codeOf(problems: ManifestCheck['problems']): ErrorCode {
  const codes = new Set(problems.map(({ code }) => code));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? (only as ErrorCode) : 'MANIFEST_INVALID';
}

/** The text with handles in place of the values; every other character stays where it was. */
function withoutSecrets(text: string, secrets: readonly LiteralSecret[]): string {
  if (secrets.length === 0) return text;
  const document = parseDocument(text);
  const places = secrets.map(({ name, path }) => {
    const node = document.getIn(path, true);
    return { name, path, range: isScalar(node) && !node.anchor ? node.range : null };
  });
  if (places.every(({ range }) => range)) {
    const ranges = places.flatMap(({ name, range }) => (range ? [{ name, from: range[0], to: range[1] }] : []));
    ranges.sort((a, b) => b.from - a.from);
    let clean = text;
    for (const { name, from, to } of ranges) clean = `${clean.slice(0, from)}secret://${name}${clean.slice(to)}`;
    return clean;
  }
  // Values that are named once and used again are written out.
  for (const { name, path } of places) document.setIn(path, `secret://${name}`);
  return document.toString({ lineWidth: 0 });
}

/** A manifest as text, for a person to edit: what they wrote, or YAML made from the settings. */
export function manifestText(definition: Definition): string {
  return definition.text ?? stringify(definition.manifest, { lineWidth: 0 });
}

/**
 * Changes one list or value in manifest text and leaves comments, order and the rest as they are.
 * @throws RuntimeError `MANIFEST_INVALID` when the text cannot be read.
 */
export function editManifest(
  definition: Definition,
  edit: (document: ReturnType<typeof parseDocument>) => void,
): string {
  const document = parseDocument(manifestText(definition));
  if (document.errors.length > 0)
    throw new RuntimeError('MANIFEST_INVALID', document.errors[0]?.message ?? 'The manifest cannot be read.');
  edit(document);
  return document.toString({ lineWidth: 0 });
}

/**
 * The text of a manifest with some values changed, comments and order as they were; null where that does not mean what
 * is wanted.
 */
export function editedText(text: string, edits: readonly ManifestEdit[], wanted: JsonObject): string | null {
  const document = parseDocument(text);
  if (document.errors.length > 0) return null;
  try {
    for (const { path, value } of edits) {
      if (value === null) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
    const edited = document.toString({ lineWidth: 0 });
    return canonicalJson(parseDocument(edited).toJS({ maxAliasCount: 100 })) === canonicalJson(wanted) ? edited : null;
  } catch {
    return null;
  }
}

function locate(source: string | JsonObject, env: Readonly<Record<string, string | undefined>>): Located {
  if (typeof source !== 'string') return read(source, () => null, env);
  if (source.length > maxManifestChars)
    return refused([
      { path: '', line: null, column: null, message: `A manifest has at most ${maxManifestChars} characters.` },
    ]);
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    return refused(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { path: '', line, column: col, message: error.message };
      }),
    );
  }
  const place = (steps: readonly (string | number)[]) => {
    const offset = offsetOf(document.contents as ParsedNode | null, steps);
    return offset === null ? null : lines.linePos(offset);
  };
  let object: Json;
  try {
    // A bound on aliases: a few lines of YAML can stand for gigabytes.
    object = document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (thrown) {
    return refused([{ path: '', line: null, column: null, message: String(thrown) }]);
  }
  return read(object, place, env);
}

function read(
  object: Json,
  place: (steps: readonly (string | number)[]) => { line: number; col: number } | null,
  env: Readonly<Record<string, string | undefined>>,
): Located {
  const missing: MissingVariable[] = [];
  const expanded = expandVariables(object, env, missing);
  const reading = readManifest(isJsonObject(object) ? withoutExpandedSecrets(expanded, object) : expanded);
  const found = reading.ok ? triggerProblems(reading.config) : reading.problems;
  const unset = missing.map((variable) => ({
    path: pathText(variable.steps),
    steps: variable.steps,
    message: missingText(variable),
  }));
  const problems = [...found, ...unset].map(({ path, steps, message, code }: ManifestProblem) => {
    const at = place(steps);
    return { path, line: at?.line ?? null, column: at?.col ?? null, message, ...(code ? { code } : {}) };
  });
  if (!reading.ok || problems.length > 0)
    return {
      ...refused(problems),
      name: isJsonObject(object) && typeof object['name'] === 'string' ? object['name'] : null,
    };
  return { valid: true, name: reading.name, problems: [], warnings: reading.warnings, object: object as JsonObject };
}

/** What is wrong with triggers beyond their shape: a schedule that never fires, an expression that makes no sense. */
function triggerProblems({ triggers }: ProcessConfig): ManifestProblem[] {
  return triggers.flatMap((trigger, index) => {
    try {
      checkTrigger(trigger);
      return [];
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      const field = placeIn(trigger, code);
      const steps = ['triggers', index, ...(field ? [field] : [])];
      return [{ path: pathText(steps), steps, message, code }];
    }
  });
}

/** The key of a trigger that an error is about. */
function placeIn(trigger: TriggerConfig, code: ErrorCode): string | undefined {
  if (code === 'FILTER_INVALID') return 'filter_expression';
  if (trigger.type === 'cron') return code === 'TZ_UNKNOWN' ? 'cron_timezone' : 'cron_expression';
  if (trigger.type === 'file_watch') return code === 'PATTERN_UNSAFE' ? 'watch_patterns' : 'watch_path';
  return trigger.type === 'webhook' && code === 'SECRET_TOO_WEAK' ? 'hmac_secret' : undefined;
}

function refused(problems: ManifestCheck['problems']): Located {
  return { valid: false, name: null, problems, warnings: [], object: null };
}

/** Where in the text the value at `steps` begins, or the nearest thing around it that is there. */
function offsetOf(node: ParsedNode | null, steps: readonly (string | number)[]): number | null {
  let present = node;
  let offset = node?.range?.[0] ?? null;
  for (const step of steps) {
    if (!present || !('items' in present)) break;
    if (isMap(present)) {
      const pair = present.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) break;
      offset = (pair.key as ParsedNode).range?.[0] ?? offset;
      present = pair.value as ParsedNode | null;
    } else {
      const item = present.items[Number(step)];
      if (!item || isPair(item)) break;
      present = item as ParsedNode;
      offset = present.range?.[0] ?? offset;
    }
  }
  return offset;
}
