import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { Reports } from '../telling/reports.ts';

/** So many processes are asked about in one read. */
const mostAtOnce = 200;

type Names =
  | 'listRuns'
  | 'recentRuns'
  | 'countRuns'
  | 'getRun'
  | 'noteRun'
  | 'cancelRun'
  | 'publishEvent'
  | 'listEvents'
  | 'listInbox'
  | 'snoozeInboxItem'
  | 'answerInboxItem'
  | 'answerReports';

/** Operations on runs, on what agents publish, and on what waits for a person. */
export function runOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { queries } = runtime;
  const reports = new Reports(runtime);
  return {
    listRuns: async (wanted) => {
      const filter = { ...wanted, definitions: definitionsOf(runtime, wanted) };
      return queries.runs(filter, runtime.parts.clock.now());
    },
    async recentRuns({ processes, limit }) {
      const names = [...new Set(processes.split(',').filter(Boolean))];
      if (names.length > mostAtOnce)
        throw new RuntimeError('REQUEST_INVALID', `Name at most ${mostAtOnce} processes at once, not ${names.length}.`);
      const newest = names.map(async (process) => ({ process, runs: await queries.recentRuns(process, limit) }));
      return { items: await Promise.all(newest) };
    },
    countRuns: async ({ bars, ...wanted }) => {
      const filter = { ...wanted, definitions: definitionsOf(runtime, wanted) };
      return queries.countRuns(filter, bars, runtime.parts.clock.now());
    },
    getRun: ({ id }) => queries.run(id),
    async noteRun({ id, note }, by) {
      const { process } = await queries.runBrief(id);
      await runtime.get(process).steering.noteRun(id, note, by);
      return queries.runBrief(id);
    },
    async cancelRun({ id, reason }, by) {
      const { process } = await queries.runBrief(id);
      await runtime.get(process).steering.cancelRun(id, reason, by);
      return queries.runBrief(id);
    },
    publishEvent: async ({ type, data }, by) => ({ id: await runtime.publish(type, data, by) }),
    listEvents: async (filter) => queries.busEvents(filter),
    listInbox: async (filter) => queries.inbox(filter),
    async snoozeInboxItem({ id, until }, by) {
      await runtime.snoozes.snooze(queries.inboxItem(id), until, by);
      return queries.inboxItem(id);
    },
    async answerInboxItem({ id, answer }, by) {
      const item = queries.inboxItem(id);
      if (queries.report(id)) return reports.answer(id, answer, by);
      await runtime.get(item.process).steering.answer(id, answer, by);
      return queries.inboxItem(id);
    },
    answerReports: ({ answer, ...which }, by) => reports.answerAll(which, answer, by),
  };
}

/** The hash of the wanted version. @throws RuntimeError `REQUEST_INVALID`, `VERSION_NOT_FOUND`. */
function definitionsOf(
  runtime: AgentRuntime,
  { process, version }: { process?: string | undefined; version?: number | undefined },
): string[] | undefined {
  if (version === undefined) return undefined;
  if (process === undefined)
    throw new RuntimeError('REQUEST_INVALID', 'A version is one of a process; name the process as well.');
  const known = runtime.get(process).snapshot.versions.find((record) => record.version === version);
  if (known) return [known.hash];
  throw new RuntimeError('VERSION_NOT_FOUND', `"${process}" has no version ${version} any more, or not yet.`, {
    version,
  });
}
