import type { Json } from '../../shared/json.ts';

const pattern = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** A variable that is not set, and where it is asked for. */
export interface MissingVariable {
  name: string;
  steps: (string | number)[];
}

/** What a person is told of it. */
export function missingText({ name }: MissingVariable): string {
  return `The variable ${name} is not set; set it, or write \${${name}:-default}.`;
}

/**
 * Puts variables into every text of a value: `${VAR}`, or `${VAR:-default}` where it may be missing. Those that are not
 * set and have no default are added to `missing`. A script is left alone: there `${…}` is JavaScript.
 */
export function expandVariables(
  value: Json,
  env: Readonly<Record<string, string | undefined>>,
  missing: MissingVariable[],
  steps: readonly (string | number)[] = [],
): Json {
  if (typeof value === 'string') {
    if (steps.at(-1) === 'script' || !value.includes('${')) return value;
    return value.replace(pattern, (whole, name: string, fallback: string | undefined) => {
      const found = env[name] ?? fallback;
      if (found === undefined) missing.push({ name, steps: [...steps] });
      return found ?? whole;
    });
  }
  if (Array.isArray(value))
    return value.map((element, index) => expandVariables(element, env, missing, [...steps, index]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, expandVariables(inner, env, missing, [...steps, name])]),
  );
}
