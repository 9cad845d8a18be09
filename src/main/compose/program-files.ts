import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders that this file is in, nearest first: the program runs from its source, from a bundle or from an archive. */
function foldersAbove(): string[] {
  const folders: string[] = [];
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    folders.push(folder);
    if (existsSync(join(folder, 'package.json')) || dirname(folder) === folder) return folders;
  }
}

/** A folder that comes with the program, such as `templates`; null where it was left out. */
export function resourceFolder(name: string): string | null {
  const packaged = (process as { resourcesPath?: string }).resourcesPath;
  const places = [
    ...foldersAbove().map((folder) => join(folder, 'resources', name)),
    ...(packaged ? [join(packaged, name), join(packaged, 'resources', name)] : []),
  ];
  return places.find((place) => existsSync(place)) ?? null;
}

/** The built window; null before it has been built. */
export function windowFolder(): string | null {
  const places = foldersAbove().map((folder) => join(folder, 'out', 'renderer'));
  return places.find((place) => existsSync(join(place, 'index.html'))) ?? null;
}

export function packageVersion(): string {
  const file = foldersAbove()
    .map((folder) => join(folder, 'package.json'))
    .find((path) => existsSync(path));
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : '0.0.0';
}
