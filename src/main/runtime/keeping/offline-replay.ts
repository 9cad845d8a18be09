import type { ReplayReport, RunRecord } from '../../../shared/run-record.ts';
import { buildAgent } from '../../agent/build-agent.ts';
import { sandboxChildModule } from '../../agent/sandbox/child-module.ts';
import { openSandbox } from '../../agent/sandbox/sandbox.ts';
import { nodeChild } from '../../lib/child.ts';
import { systemClock } from '../../lib/clock.ts';
import { replayRecord } from '../../processes/replays/replay-run.ts';

export interface OfflineReplay {
  replay(record: RunRecord): Promise<ReplayReport>;
  close(): Promise<void>;
}

/** Makes recorded runs again without a node: with a sandbox for scripts, and nothing else. */
export function openOfflineReplay(): OfflineReplay {
  const sandbox = openSandbox({ startChild: nodeChild(), childModule: sandboxChildModule() });
  const parts = { clock: systemClock, env: {} };
  return {
    replay: (record) =>
      replayRecord(record, {
        ...parts,
        buildAgent: (config) => buildAgent(config, { sandbox: () => sandbox, env: {} }),
      }),
    close: () => sandbox.close(),
  };
}
