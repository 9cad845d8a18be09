import { resolve } from 'node:path';
import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import type { Backups } from '../backups.ts';
import { processDetail } from '../process-view.ts';
import { exportProcess, importProcess } from '../transfer.ts';

type Names = 'backup' | 'restore' | 'exportProcess' | 'importProcess';

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
    async importProcess({ process: given, name = given.name }, by) {
      await runtime.assertFree(name);
      await importProcess(runtime.journal, name, given, by);
      return processDetail(await runtime.adopt(name), null);
    },
  };
}
