import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asError, RuntimeError, toWire } from '../../../shared/errors.ts';
import { parseManifest, type ReadManifest } from './manifest.ts';

/** More files than this in one folder are taken for a mistake. */
const mostManifests = 1_000;

export interface LoadReport {
  created: string[];
  updated: string[];
  unchanged: string[];
  failed: { file: string; code: string; message: string }[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws RuntimeError `MANIFEST_NOT_FOUND`, `MANIFEST_INVALID`. */
export async function readManifestFile(path: string, env: Env): Promise<ReadManifest> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw new RuntimeError('MANIFEST_NOT_FOUND', `${path} cannot be read: ${asError(thrown).message}`, { path });
  });
  return parseManifest(text, env);
}

/** The `.agent` files of a folder by name, or the one file itself. @throws RuntimeError `MANIFEST_NOT_FOUND`, `TOO_MANY_MANIFESTS`. */
export async function manifestFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new RuntimeError('MANIFEST_NOT_FOUND', `There is nothing at ${path}.`, { path });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.agent')).sort();
  if (names.length > mostManifests)
    throw new RuntimeError(
      'TOO_MANY_MANIFESTS',
      `${path} holds ${names.length} manifests; at most ${mostManifests} are loaded at once.`,
    );
  return names.map((name) => join(path, name));
}

/** Loads one after another; what cannot be loaded is told, and keeps no other from it. */
export async function loadFiles(
  files: readonly string[],
  env: Env,
  apply: (manifest: ReadManifest) => Promise<'created' | 'updated' | 'unchanged'>,
): Promise<LoadReport> {
  const report: LoadReport = { created: [], updated: [], unchanged: [], failed: [] };
  const owners = new Map<string, string>();
  for (const file of files) {
    try {
      const manifest = await readManifestFile(file, env);
      const { name } = manifest;
      const owner = owners.get(name);
      if (owner)
        throw new RuntimeError('NAME_TAKEN', `${file} calls its agent "${name}", as ${owner} does, which was loaded.`, {
          name,
        });
      owners.set(name, file);
      report[await apply(manifest)].push(name);
    } catch (thrown) {
      const { code, message } = toWire(thrown);
      report.failed.push({ file, code, message });
    }
  }
  return report;
}
