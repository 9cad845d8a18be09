import { mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../lib/child.ts';

const prefix = 'agent-runtime-sandbox-';
/** Folders whose name does not say whose they are go when they are as old as this. */
const oldMs = 86_400_000;

/** An empty folder for children to work in. Its name says which program it belongs to. */
export function makeWorkFolder(): string {
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

/**
 * Takes away what programs left behind that were killed. Only empty folders go, so nothing of anybody is lost where the
 * number of a program means another one, as in containers that share this place. Returns how many went.
 */
export function sweepWorkFolders(place = tmpdir(), now = Date.now()): number {
  let gone = 0;
  for (const name of readdirSync(place)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(place, name);
    try {
      const owner = /^(\d+)-/.exec(name.slice(prefix.length))?.[1];
      const isStale = owner === undefined ? now - statSync(path).mtimeMs > oldMs : !isAlive(Number(owner));
      if (!isStale) continue;
      rmdirSync(path);
      gone++;
    } catch {
      // Somebody else's, in use, or gone meanwhile.
    }
  }
  return gone;
}
