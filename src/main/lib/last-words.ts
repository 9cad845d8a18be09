import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcePlaces } from './source-places.ts';

/**
 * Tells a program that crashed by itself from one that was killed or lost its power: the former leaves a file behind,
 * written by Node as it falls (an exception that nobody caught, or memory that ran out). Reads and removes what the
 * program before this one left. Call once per program.
 */
export function listenForLastWords(dataDir: string): { found: boolean; stop: () => void } {
  const folder = join(dataDir, 'crashes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, 'last-words.txt');
  const left = readdirSync(folder);
  const found = left.some((name) => name === 'last-words.txt' || name.startsWith('report.'));
  for (const name of left) rmSync(join(folder, name), { force: true });
  const write = (error: Error) =>
    writeFileSync(fresh, `${new Date().toISOString()} ${sourcePlaces(error.stack ?? String(error))}\n`);
  process.on('uncaughtExceptionMonitor', write);
  if (process.report) {
    process.report.reportOnFatalError = true;
    process.report.directory = folder;
    // Environment and sockets may hold what nobody should find in a file.
    Object.assign(process.report, { excludeNetwork: true });
    process.report.excludeEnv = true;
  }
  return { found, stop: () => process.off('uncaughtExceptionMonitor', write) };
}
