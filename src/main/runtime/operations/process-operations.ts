import type { RuntimeApi } from '../../../shared/api.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { pausedWithAll } from '../../../shared/lifecycle.ts';
import type { ProcessView } from '../../../shared/views/views.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { checkSetTime, setBy } from '../../processes/queue/set-events.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { parseManifest } from '../manifests/manifest.ts';
import { processDetail, processView } from '../process-view.ts';

type Names =
  | 'listProcesses'
  | 'createProcess'
  | 'getProcess'
  | 'updateProcess'
  | 'deleteProcess'
  | 'listTrash'
  | 'restoreProcess'
  | 'purgeProcess'
  | 'startProcess'
  | 'stopProcess'
  | 'restartProcess'
  | 'suspendProcess'
  | 'resumeProcess'
  | 'startAll'
  | 'stopAll'
  | 'pauseAll'
  | 'resumeAll'
  | 'wakeProcess';

/** Operations on what processes are and on their lives. */
export function processOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const shown = async (process: AgentProcess): Promise<ProcessView> =>
    processView(process, await lastRun(runtime, process));
  const detailed = async (process: AgentProcess) => processDetail(process, await lastRun(runtime, process));
  const changed = async (name: string, change: (process: AgentProcess) => Promise<void>) => {
    const process = runtime.get(name);
    await change(process);
    return shown(process);
  };
  return {
    async listProcesses({ state, tag, text, names, cursor, limit }) {
      const named = names === undefined ? undefined : new Set(names.split(','));
      const states = state?.split(',');
      const wanted = runtime.list().filter((process) => {
        if (named && !named.has(process.name)) return false;
        if (cursor && process.name <= cursor) return false;
        if (states && !states.includes(process.state)) return false;
        if (tag && !process.knownConfig?.tags.includes(tag)) return false;
        return !text || process.name.toLowerCase().includes(text.toLowerCase());
      });
      const items = await Promise.all(wanted.slice(0, limit).map(shown));
      return { items, next: wanted.length > limit ? (items.at(-1)?.name ?? null) : null };
    },
    async createProcess({ manifest, start }, by) {
      const { name, definition, secrets } = parseManifest(manifest, runtime.parts.env);
      const process = await runtime.register({ name, definition, by });
      process.keepSecrets(secrets);
      if (start) await process.start(by);
      return detailed(process);
    },
    getProcess: async ({ name }) => detailed(runtime.get(name)),
    async updateProcess({ name, manifest, version, reason }, by) {
      const process = runtime.get(name);
      const read = parseManifest(manifest, runtime.parts.env);
      if (read.name !== name)
        throw new RuntimeError(
          'REQUEST_INVALID',
          `The manifest is of "${read.name}", not of "${name}"; a process keeps its name.`,
        );
      const present = process.snapshot.version;
      if (version !== undefined && version !== present) {
        throw new RuntimeError(
          'VERSION_CONFLICT',
          `"${name}" is at version ${present}; the change was made on ${version}.`,
          { version: present },
        );
      }
      process.keepSecrets(read.secrets);
      await process.update(read.definition, by, reason);
      return detailed(process);
    },
    async deleteProcess({ name, forever }, by) {
      await runtime.remove(name, by);
      if (forever) await runtime.trash.purge(name, by);
      return { ok: true };
    },
    listTrash: async () => ({ items: runtime.trash.list(), next: null }),
    async restoreProcess({ name, start }, by) {
      const process = await runtime.trash.restore(name, by);
      if (start) await process.start(by);
      return detailed(process);
    },
    async purgeProcess({ name }, by) {
      await runtime.trash.purge(name, by);
      return { ok: true };
    },
    startProcess: ({ name }, by) => changed(name, (process) => process.start(by)),
    stopProcess: ({ name }, by) => changed(name, (process) => process.stop(by)),
    restartProcess: ({ name }, by) => changed(name, (process) => process.restart(by)),
    suspendProcess: ({ name, reason }, by) => changed(name, (process) => process.suspend(by, reason)),
    resumeProcess: ({ name }, by) => changed(name, (process) => process.resume(by)),
    startAll: (_input, by) => runtime.startAll(by),
    stopAll: (_input, by) => runtime.stopAll(by),
    pauseAll: (_input, by) =>
      runtime.each(
        (process) => process.state === 'running' || process.state === 'awaiting',
        (process) => process.suspend(by, pausedWithAll),
      ),
    resumeAll: (_input, by) =>
      runtime.each(
        (process) => process.state === 'suspended' && process.snapshot.stateReason === pausedWithAll,
        (process) => process.resume(by),
      ),
    async wakeProcess({ name, payload, idempotencyKey, trigger, at }, by) {
      const process = runtime.get(name);
      if (at !== undefined) {
        if (trigger !== undefined)
          throw new RuntimeError(
            'REQUEST_INVALID',
            'A time is given to a wake by hand, not to one that stands in for a trigger.',
          );
        checkSetTime(at, runtime.parts.clock.now());
      }
      const config = trigger === undefined ? undefined : process.triggerConfig(trigger);
      if (trigger !== undefined && !config)
        throw new RuntimeError('TRIGGER_NOT_FOUND', `"${name}" has no trigger "${trigger}".`, { trigger });
      const dedupeKey = `manual:${idempotencyKey ?? crypto.randomUUID()}`;
      const { eventId, duplicate } = await process.wake({
        trigger: trigger ?? 'manual',
        kind:
          config?.type === 'webhook' ||
          config?.type === 'file_watch' ||
          config?.type === 'event' ||
          config?.type === 'message'
            ? config.type
            : 'manual',
        dedupeKey,
        payload,
        metadata: { by },
        taint: [],
        ...(at === undefined ? {} : { setFor: at, hold: { until: at, reason: setBy(by) } }),
      });
      return { eventId: eventId || runtime.queries.eventWithKey(name, dedupeKey), duplicate };
    },
  };
}

async function lastRun(runtime: AgentRuntime, process: AgentProcess) {
  return process.snapshot.counts.runs === 0 ? null : runtime.queries.lastRunOf(process.name);
}
