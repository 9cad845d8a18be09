import type { RuntimeApi } from '../../../shared/api.ts';
import type { AgentRuntime } from '../agent-runtime.ts';

type Names = 'listRuns' | 'getRun' | 'cancelRun' | 'publishEvent' | 'listEvents' | 'listInbox' | 'answerInboxItem';

/** Operations on runs, on what agents publish, and on what waits for a person. */
export function runOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { queries } = runtime;
  return {
    listRuns: (filter) => queries.runs(filter),
    getRun: ({ id }) => queries.run(id),
    async cancelRun({ id, reason }, by) {
      const { process } = await queries.runBrief(id);
      await runtime.get(process).steering.cancelRun(id, reason, by);
      return queries.runBrief(id);
    },
    publishEvent: async ({ type, data }, by) => ({ id: await runtime.publish(type, data, by) }),
    listEvents: async (filter) => queries.busEvents(filter),
    listInbox: async (filter) => queries.inbox(filter),
    async answerInboxItem({ id, answer }, by) {
      const item = queries.inboxItem(id);
      await runtime.get(item.process).steering.answer(id, answer, by);
      return queries.inboxItem(id);
    },
  };
}
