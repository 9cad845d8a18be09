import { ProcessConfig, type ProcessConfigInput } from '../../../shared/config/process-config.ts';
import type { Definition } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { pathText, readManifest, writeManifest } from '../../../shared/manifest.ts';
import { wordingsOf } from '../../../shared/problem-words.ts';
import { withoutExpandedSecrets } from '../../governance/secrets/literal-secrets.ts';
import { expandVariables, type MissingVariable, missingText } from '../../lib/expand-variables.ts';
import { hashOf } from '../../lib/hash.ts';
import type { Ability } from '../parts.ts';
import { checkToolPolicies } from '../steps/doubt.ts';

/** A definition from a manifest object (snake_case), with the text it was read from, if there was one. */
export function definitionOf(manifest: JsonObject, text: string | null): Definition {
  return { hash: hashOf(manifest), manifest, text };
}

/** A definition from settings that a program gave. @throws RuntimeError `MANIFEST_INVALID`. */
export function definitionFrom(name: string, config: ProcessConfigInput): Definition {
  const parsed = ProcessConfig.safeParse(config);
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) =>
      wordingsOf(issue, (key) => key).map(({ steps, message }) => ({ path: steps.join('.'), message })),
    );
    const [first] = issues;
    throw new RuntimeError('MANIFEST_INVALID', `"${name}" cannot be configured so: ${first?.path}: ${first?.message}`, {
      issues,
    });
  }
  return definitionOf(writeManifest(name, config), null);
}

/**
 * What a definition means here and now: variables of the environment are put in when it is read, so the journal never
 * holds their values.
 * @throws RuntimeError `MANIFEST_INVALID` with every problem in `details.problems`, `FILTER_INVALID`.
 */
export function abilityOf(definition: Definition, env: Readonly<Record<string, string | undefined>>): Ability {
  const missing: MissingVariable[] = [];
  const expanded = expandVariables(definition.manifest, env, missing) as Json;
  const reading = readManifest(withoutExpandedSecrets(expanded, definition.manifest));
  const problems = reading.ok ? [] : reading.problems.map(({ path, message }) => ({ path, message }));
  for (const variable of missing) problems.push({ path: pathText(variable.steps), message: missingText(variable) });
  if (!reading.ok || problems.length > 0) {
    const [first] = problems;
    throw new RuntimeError(
      'MANIFEST_INVALID',
      `The manifest is not right: ${first?.path ? `${first.path}: ` : ''}${first?.message}`,
      { problems },
    );
  }
  checkToolPolicies(reading.config.toolPolicies);
  return { definition, config: reading.config };
}
