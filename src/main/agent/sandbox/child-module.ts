import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../../shared/errors.ts';

/** Where the child's module is: beside this file in the source, beside or above it in the bundle. */
export function sandboxChildModule(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = ['sandbox-child.ts', 'sandbox-child.js', '../sandbox-child.js']
    .map((name) => join(here, name))
    .find(existsSync);
  if (found === undefined)
    throw new RuntimeError('NOT_SUPPORTED', `sandbox-child is neither in ${here} nor above it: build the app again.`);
  return found;
}

/**
 * Node flags for the child, so that even a break out of QuickJS and WebAssembly would find no file but the child's own
 * code, no way to start anything, and little memory.
 */
export function sandboxExecArgv(childModule: string): string[] {
  const places = createRequire(childModule).resolve.paths('quickjs-wasi') ?? [];
  const engines = places.map((place) => join(place, 'quickjs-wasi')).filter((folder) => existsSync(folder));
  // A folder that is a link is read by both of its names.
  const readable = [dirname(childModule), ...engines].flatMap((folder) => [folder, realpathSync(folder)]);
  return [
    '--permission',
    ...[...new Set(readable)].map((folder) => `--allow-fs-read=${join(folder, '*')}`),
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    '--max-old-space-size=128',
  ];
}
