import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const windowMs = 900_000;
/** So many crashes of its own in a quarter of an hour, and a program had better begin with nothing (G17). */
export const tooManyCrashes = 3;

/** Notes the crash of the program before this one, if it crashed, and says how many there were in the last 15 minutes. */
export function countCrashes(dataDir: string, crashed: boolean, now: number): number {
  const path = join(dataDir, 'crash-times');
  const recent = timesIn(path).filter((at) => at <= now && now - at < windowMs);
  if (crashed) recent.push(now);
  try {
    writeFileSync(path, recent.join('\n'), { mode: 0o600 });
  } catch {
    // A full disk is no reason not to start.
  }
  return recent.length;
}

/** A person has had a look: the count begins anew. */
export function forgetCrashes(dataDir: string): void {
  writeFileSync(join(dataDir, 'crash-times'), '', { mode: 0o600 });
}

function timesIn(path: string): number[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean).map(Number).filter(Number.isFinite);
  } catch {
    return [];
  }
}
