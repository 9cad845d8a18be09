import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../shared/errors.ts';

/**
 * The program of a node without a window: beside the bundle of this program, or in the source of it.
 * @throws RuntimeError `NOT_SUPPORTED` where there is none.
 */
export function headlessProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = ['headless.js', '../headless.js', '../headless.ts'].map((path) => join(here, path));
  const found = places.find(existsSync);
  if (found) return found;
  throw new RuntimeError('NOT_SUPPORTED', `There is no node to run beside ${here}: run npm run build.`);
}
