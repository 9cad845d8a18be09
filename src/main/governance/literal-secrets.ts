import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/** Exactly one variable, or a handle: the value itself is not written down. */
const reference = /^(\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}|secret:\/\/[A-Za-z][A-Za-z0-9_-]*)$/;

export interface LiteralSecret {
  name: string;
  value: string;
  /** Where in the manifest. */
  path: string[];
}

/** Secrets whose values stand in a manifest. */
export function literalSecrets(manifest: JsonObject): LiteralSecret[] {
  const config = manifest['config'];
  const places: [string[], Json | undefined][] = [
    [['secrets'], manifest['secrets']],
    [['config', 'secrets'], isJsonObject(config) ? config['secrets'] : undefined],
  ];
  return places.flatMap(([path, section]) => {
    const values = isJsonObject(section) ? section['secrets'] : undefined;
    if (!isJsonObject(values)) return [];
    return Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' && !reference.test(value) ? [{ name, value, path: [...path, 'secrets', name] }] : [],
    );
  });
}

/** The manifest with handles in place of the values. */
export function withHandles(manifest: JsonObject, literals: readonly LiteralSecret[]): JsonObject {
  const clean = structuredClone(manifest);
  for (const { name, path } of literals) {
    let section: JsonObject = clean;
    for (const key of path.slice(0, -1)) section = section[key] as JsonObject;
    section[name] = `secret://${name}`;
  }
  return clean;
}

/** The manifest as it is, variables put in everywhere else: those of secrets are looked up when they are used. */
export function withoutExpandedSecrets(expanded: Json, manifest: JsonObject): Json {
  if (!isJsonObject(expanded)) return expanded;
  const restored = { ...expanded };
  if (manifest['secrets'] !== undefined) restored['secrets'] = manifest['secrets'];
  const [config, written] = [restored['config'], manifest['config']];
  if (isJsonObject(config) && isJsonObject(written) && written['secrets'] !== undefined)
    restored['config'] = { ...config, secrets: written['secrets'] };
  return restored;
}
