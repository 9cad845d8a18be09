import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonlFiles } from './files.ts';
import { writeError } from './segment.ts';

const pieceBytes = 1 << 20;

/**
 * Copies all that stands in the files at this moment, as what comes later stands behind it: one log of all processes is
 * of one moment wherever it is cut between lines. Rewrites must not come in between; appends may.
 * @param folder empty. @throws RuntimeError `DISK_FULL`.
 */
export async function copySegments(files: JsonlFiles, folder: string): Promise<void> {
  const present = files.segments.map((segment) => ({ segment, length: segment.length }));
  const bytes = Buffer.allocUnsafe(pieceBytes);
  for (const { segment, length } of present) {
    const path = join(folder, segment.name);
    try {
      const fd = openSync(path, 'wx', 0o600);
      try {
        for (let at = 0; at < length; at += pieceBytes) {
          const size = Math.min(pieceBytes, length - at);
          segment.read(bytes, size, at);
          for (let done = 0; done < size; ) done += writeSync(fd, bytes, done, size - done);
          await new Promise(setImmediate);
        }
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (thrown) {
      throw writeError(thrown, path);
    }
  }
}
