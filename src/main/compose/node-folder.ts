import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOwnStream } from '../../shared/entries/journal-entries.ts';
import type { FolderIs } from '../../shared/folder-is.ts';
import { forgetIdentity } from '../cluster/identity/identity.ts';
import { HighWaterMark } from '../journal/high-water.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../lib/log.ts';
import type { AgentRuntimeOptions } from '../runtime/agent-runtime-options.ts';
import { settleWhereabouts } from '../store/whereabouts.ts';
import { defaultStateDir } from '../transport/data-dir.ts';
import { forgetWindow } from '../transport/devices/window-file.ts';

const copied = 'This is a copy of a node; nothing runs until you say so, since the other one may do the same work.';

/** Finds out what the data folder is; what the runtime is to know of that. @throws RuntimeError `FOLDER_COPIED`. */
export function recogniseFolder(
  dataDir: string,
  { folderIs, stateDir }: { folderIs?: FolderIs; stateDir?: string | null },
  log: Log,
): Pick<AgentRuntimeOptions, 'safeMode' | 'safeReason' | 'lost'> {
  const { isCopy, lost } = settleWhereabouts(dataDir, {
    stateDir: stateDir === undefined ? defaultStateDir(process.env, process.platform, homedir()) : stateDir,
    says: folderIs,
    now: Date.now(),
  });
  if (lost !== null) log.write('error', lost, {});
  if (!isCopy) return lost === null ? {} : { lost };
  // The cluster of the other one, and the devices it lets in, are not the copy's.
  forgetIdentity(dataDir);
  rmSync(join(dataDir, 'cluster.json'), { force: true });
  forgetWindow(dataDir);
  return { safeMode: true, safeReason: copied };
}

/** Compares the journal with what is known of it outside. Streams of the node itself go on with what is there. */
export async function openMarks(dataDir: string, journal: Journal, log: Log): Promise<HighWaterMark> {
  const marks = await HighWaterMark.open(join(dataDir, 'journal.hwm'), journal, {
    log: (message, details) => log.write('warn', message, details),
  });
  for (const { process, what, marked, found } of marks.rolledBack) {
    log.write('error', 'a journal is not what it was', { process, what, marked: marked.seq, found: found.seq });
    if (isOwnStream(process)) await marks.accept(process);
  }
  return marks;
}
