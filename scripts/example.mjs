import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

// Runs one of the examples on the sources:  npm run example data-watcher
const examples = join(import.meta.dirname, '../examples');
const names = readdirSync(examples).flatMap((file) => (file.endsWith('.ts') ? file.slice(0, -'.ts'.length) : []));
const name = process.argv[2]?.replace(/\.ts$/, '');
if (!name || !existsSync(join(examples, `${name}.ts`))) {
  console.error(`Name one of: ${names.join(', ')}`);
  process.exit(2);
}
const args = ['--conditions=agent-runtime-source', join(examples, `${name}.ts`), ...process.argv.slice(3)];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
