import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RuntimeApi } from '../../../shared/api.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { ProcessExport } from '../../../shared/views/views.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import type { Backups } from '../keeping/backups.ts';
import { exportProcess, importProcess } from '../keeping/transfer.ts';
import { processDetail } from '../process-view.ts';

type Names = 'backup' | 'restore' | 'exportProcess' | 'importProcess';

function readExport(path: string | undefined): ProcessExport {
  if (path === undefined)
    throw new RuntimeError('REQUEST_INVALID', 'Give the path of an exported file, or the process that is in it.');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw new RuntimeError('REQUEST_INVALID', `${path} cannot be read: ${asError(thrown).message}`, { path });
  }
  const read = ProcessExport.safeParse(json);
  if (read.success) return read.data;
  throw new RuntimeError('REQUEST_INVALID', `${path} holds no exported process.`, { path });
}

/** Operations that bring data out of the node and into it. */
export function backupOperations(runtime: AgentRuntime, backups: Backups | undefined): Pick<RuntimeApi, Names> {
  const supported = (): Backups => {
    if (backups) return backups;
    throw new RuntimeError('NOT_SUPPORTED', 'This runtime has no data folder, so there is nothing to back up.');
  };
  return {
    backup: ({ path }) => supported().backUp(path),
    async restore({ path }) {
      await supported().stage(path);
      return { path: resolve(path), restartNeeded: true };
    },
    exportProcess: ({ name }) => exportProcess(runtime.journal, runtime.get(name).snapshot),
    async importProcess({ path, process: sent, name: wanted }, by) {
      const given = sent ?? readExport(path);
      const name = wanted ?? given.name;
      await runtime.assertFree(name);
      await importProcess(runtime.journal, name, given, by);
      return processDetail(await runtime.adopt(name), null);
    },
  };
}
