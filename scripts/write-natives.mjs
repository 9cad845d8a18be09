import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What electron-builder.yml leaves outside the archive. */
const isUnpacked = (name) => name.endsWith('.node') || /^vec0\./.test(name);

/** Writes out/natives.json: the hash of every native file that a package may hold, for `src/main/desktop/natives.ts`. */
export function writeNatives(root, packages) {
  const hashes = {};
  const modules = join(root, 'node_modules');
  for (const folder of readdirSync(modules).filter((name) => packages.some((known) => name.startsWith(known)))) {
    for (const entry of readdirSync(join(modules, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !isUnpacked(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      hashes[relative(root, path).split(sep).join('/')] = createHash('sha256').update(readFileSync(path)).digest('hex');
    }
  }
  writeFileSync(join(root, 'out/natives.json'), `${JSON.stringify(hashes, null, 2)}\n`);
}
