import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { RuntimeError } from '../../shared/errors.ts';

/** The path of each native file below the app → the SHA-256 of its bytes; made when the app is packed. */
const Natives = z.record(z.string(), z.string());

/**
 * Native libraries lie beside the archive, where its integrity check does not reach. This compares what is there with
 * what was packed, before any of it is loaded. Apple's code signature covers these files itself, and changes them.
 *
 * @param resourcesDir where a packaged app has `app.asar` and `app.asar.unpacked`.
 * @throws RuntimeError `NATIVE_CHANGED`
 */
export function checkNatives(resourcesDir: string, platform = process.platform): void {
  const unpacked = join(resourcesDir, 'app.asar.unpacked');
  if (platform === 'darwin' || !existsSync(unpacked)) return;
  const packed = Natives.parse(JSON.parse(readFileSync(join(resourcesDir, 'app.asar', 'out', 'natives.json'), 'utf8')));
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(unpacked, path).split(sep).join('/');
    if (packed[name] === createHash('sha256').update(readFileSync(path)).digest('hex')) continue;
    throw new RuntimeError('NATIVE_CHANGED', `${name} is not the file that came with Agent Runtime.`, { path });
  }
}
