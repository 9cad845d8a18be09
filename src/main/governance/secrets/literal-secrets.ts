import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { handlesIn } from '../../../shared/secret-handles.ts';
import type { KnownValue } from '../../lib/redaction.ts';
import { sensitivePlaces } from './sensitive-places.ts';

/** Exactly one variable, or a handle: the value itself is not written down. */
const reference = /^(\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}|secret:\/\/[A-Za-z][A-Za-z0-9_-]*)$/;

export interface LiteralSecret {
  name: string;
  value: string;
  /** Where in the manifest. */
  path: (string | number)[];
}

/** Secrets whose values stand in a manifest: those it declares, and keys written out where they are used. */
export function literalSecrets(manifest: JsonObject): LiteralSecret[] {
  const config = manifest['config'];
  const places: [string[], Json | undefined][] = [
    [['secrets'], manifest['secrets']],
    [['config', 'secrets'], isJsonObject(config) ? config['secrets'] : undefined],
  ];
  const declared = places.flatMap(([path, section]) => {
    const values = isJsonObject(section) ? section['secrets'] : undefined;
    if (!isJsonObject(values)) return [];
    return Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' && !reference.test(value) ? [{ name, value, path: [...path, 'secrets', name] }] : [],
    );
  });
  const named = sensitivePlaces(manifest);
  if (named.length === 0) return declared;
  const taken = new Set([...declaredNames(places), ...handlesIn(manifest)]);
  const values = new Map(declared.map(({ name, value }) => [value, name]));
  const used = named.map(({ path, name: wanted, value }) => {
    const name = values.get(value) ?? freeName(wanted, taken);
    taken.add(name);
    values.set(value, name);
    return { name, value, path };
  });
  return [...declared, ...used];
}

/** What a process holds that is not its agent's: the keys of its model, memory, triggers and servers. */
export interface OwnKeys {
  /** Values in settings that were read, with variables put in: known only so that they can be taken out of texts. */
  values: readonly KnownValue[];
  /** Secrets that are used there by their handle, and that the process does not declare as its agent's. */
  reserved: ReadonlySet<string>;
}

export function ownKeys(config: Pick<ProcessConfig, 'secrets'>): OwnKeys {
  const { model, models, memory, triggers, servers } = config as unknown as JsonObject;
  const declared = config.secrets?.secrets ?? {};
  const names = [model, models, memory, triggers, servers].flatMap((section) => handlesIn(section ?? null));
  return {
    values: sensitivePlaces(config as unknown as JsonObject),
    reserved: new Set(names.filter((name) => declared[name] === undefined)),
  };
}

function declaredNames(places: readonly [string[], Json | undefined][]): string[] {
  return places.flatMap(([, section]) =>
    isJsonObject(section) && isJsonObject(section['secrets']) ? Object.keys(section['secrets']) : [],
  );
}

/** A name that stands for nothing else in the manifest yet. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}_${n}`;
    if (!taken.has(name)) return name;
  }
}

/** The manifest with handles in place of the values. */
export function withHandles(manifest: JsonObject, literals: readonly LiteralSecret[]): JsonObject {
  const clean = structuredClone(manifest);
  for (const { name, path } of literals) {
    let section = clean as Record<string | number, Json>;
    for (const key of path.slice(0, -1)) section = section[key] as Record<string | number, Json>;
    section[path.at(-1) ?? ''] = `secret://${name}`;
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
