import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale, root } from './build-if-stale.mjs';

// `npm run pack` has this as its forerunner too, by its name, and needs nothing of it.
if (process.env.npm_lifecycle_event === 'prepack' && /^run/.test(process.env.npm_command ?? '')) process.exit(0);

// What other programs import: the bundle, and its types in out/types. `npm pack` does it by itself.
buildIfStale();
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'scripts/tsconfig.library.json')], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
process.exit(status ?? 1);
