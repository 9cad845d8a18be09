#!/usr/bin/env node
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onNode24 } from './on-node-24.mjs';

const root = join(import.meta.dirname, '..');
const bundle = 'out/main/cli.js';
const source = 'src/main/cli/cli.ts';

// The bundle starts faster; where the source is newer, it is what the node runs, too.
await onNode24(isFresh() ? [bundle, source] : [source, bundle]);

function isFresh() {
  const built = statSync(join(root, bundle), { throwIfNoEntry: false });
  if (!built) return false;
  return ['src/main/cli', 'src/main/transport', 'src/shared'].every(
    (folder) => newest(join(root, folder)) <= built.mtimeMs,
  );
}

function newest(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}
