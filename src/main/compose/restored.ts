import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crossingMigrations } from '../cluster/crossing/crossing-tables.ts';
import { forgetIdentity } from '../cluster/identity/identity.ts';
import type { Log } from '../lib/log.ts';
import type { AgentRuntimeOptions } from '../runtime/agent-runtime-options.ts';
import { forgetRestore, noteRestore, restoredAside } from '../runtime/keeping/backups.ts';
import { openDatabase } from '../store/database.ts';

const held =
  'This node was restored from a backup and is a node of its own now; nothing runs until you say so, since agents of it may have gone on elsewhere in its cluster.';
/** Written in the place of the ending that put aside what there was, once that has been done. */
const done = 'on its own';

/**
 * What a restored backup says of other nodes, and what these know of this one, are of different times: positions and
 * ownerships that were given out since would be given out again. So a node that was in a cluster is one of its own
 * afterwards, and joins again (`docs/decisions/0028`). Webhooks that it took in for others stay, to be brought then.
 */
export function settleRestored(
  dataDir: string,
  { write }: Pick<Log, 'write'>,
): Pick<AgentRuntimeOptions, 'safeMode' | 'safeReason'> {
  const aside = restoredAside(dataDir);
  if (aside === undefined) return {};
  if (aside === done) return { safeMode: true, safeReason: held };
  // Put aside already where a program ended in the middle of this.
  const isClustered = clusterIn(join(dataDir, 'cluster.json')) || clusterIn(join(dataDir, `cluster.json.${aside}`));
  putAside(dataDir, aside, ['copies.db', 'copies.db-wal', 'copies.db-shm', ...(isClustered ? ['cluster.json'] : [])]);
  forgetDealings(join(dataDir, 'crossing.db'));
  if (!isClustered) {
    forgetRestore(dataDir);
    return {};
  }
  forgetIdentity(dataDir);
  noteRestore(dataDir, done);
  write('warn', 'the restored node is no longer part of its cluster', {});
  return { safeMode: true, safeReason: held };
}

function forgetDealings(path: string): void {
  if (!existsSync(path)) return;
  const db = openDatabase(path, crossingMigrations);
  try {
    for (const table of ['received', 'sent', 'companions', 'homes', 'copies']) db.exec(`DELETE FROM ${table}`);
  } finally {
    db.close();
  }
}

function putAside(dataDir: string, aside: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(dataDir, name);
    if (!existsSync(path)) continue;
    rmSync(`${path}.${aside}`, { force: true });
    renameSync(path, `${path}.${aside}`);
  }
}

function clusterIn(path: string): boolean {
  if (!existsSync(path)) return false;
  return ((JSON.parse(readFileSync(path, 'utf8')) as { cluster?: unknown }).cluster ?? null) !== null;
}
