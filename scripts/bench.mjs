import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfStale, root } from './build-if-stale.mjs';

// Every bench, one after the other: they must not share the machine. Names choose some of them.
buildIfStale();
/** What several of them use. */
const parts = new Set(['child.ts', 'model-server-process.ts']);
const wanted = process.argv.slice(2);
const all = readdirSync(join(root, 'bench')).filter((name) => name.endsWith('.ts') && !parts.has(name));
for (const name of all.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.ts', '')))) {
  console.log(`\n${name}`);
  spawnSync(process.execPath, [join(root, 'bench', name)], { cwd: root, stdio: 'inherit' });
}
