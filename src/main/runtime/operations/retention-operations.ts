import type { RuntimeApi } from '../../../shared/api.ts';
import { brokerStream, nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { ownRetention } from '../keeping/retention.ts';

/** Operations on how long things are kept. */
export function retentionOperations(
  runtime: AgentRuntime,
): Pick<RuntimeApi, 'getRetention' | 'previewRetention' | 'setRetention'> {
  const view = () => ({
    ...runtime.retention.days,
    own: runtime.list().flatMap((process) => {
      const days = ownRetention(process);
      return days === undefined ? [] : [{ process: process.name, days }];
    }),
  });
  return {
    getRetention: async () => view(),
    async previewRetention(changes) {
      const days = runtime.retention.with(changes);
      const going = await runtime.housekeeping.wouldGo(days);
      const own = [nodeStream, brokerStream];
      return {
        runs: going.filter(({ process }) => !own.includes(process)),
        events: going.filter(({ process }) => own.includes(process)).reduce((sum, { entries }) => sum + entries, 0),
        trash: runtime.trash.over(days.trashDays),
      };
    },
    async setRetention(changes, by) {
      await runtime.retention.set(changes, by);
      runtime.housekeeping.lookAgain();
      return view();
    },
  };
}
