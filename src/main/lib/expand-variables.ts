import type { Json } from '../../shared/json.ts';

const pattern = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Puts variables into every text of a value: `${VAR}`, or `${VAR:-default}` where it may be missing. Names that are not
 * set and have no default are added to `missing`. A script is left alone: there `${…}` is JavaScript.
 */
export function expandVariables(
  value: Json,
  env: Readonly<Record<string, string | undefined>>,
  missing: string[],
  key = '',
): Json {
  if (typeof value === 'string') {
    if (key === 'script' || !value.includes('${')) return value;
    return value.replace(pattern, (whole, name: string, fallback: string | undefined) => {
      const found = env[name] ?? fallback;
      if (found === undefined) missing.push(name);
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((element) => expandVariables(element, env, missing));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, expandVariables(inner, env, missing, name)]),
  );
}
