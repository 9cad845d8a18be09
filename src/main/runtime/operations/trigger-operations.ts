import { type Document, isSeq } from 'yaml';
import type { Output, RuntimeApi } from '../../../shared/api.ts';
import { withIds } from '../../../shared/config/trigger-config.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { firings } from '../../triggers/cron/next-cron-time.ts';
import { tryFilter } from '../../triggers/filters/filter.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { editManifest, parseManifest } from '../manifests/manifest.ts';
import { triggerView } from '../process-view.ts';
import { redeliver } from '../telling/redeliver.ts';

type Names =
  | 'listTriggers'
  | 'addTrigger'
  | 'updateTrigger'
  | 'removeTrigger'
  | 'nextFirings'
  | 'listTriggerEvents'
  | 'getTriggerEvent'
  | 'redeliver'
  | 'redeliverAll'
  | 'cancel'
  | 'moveTriggerEvent'
  | 'testFilter';

/** Operations on triggers and on the events they made. A trigger is changed by changing the manifest it stands in. */
export function triggerOperations(runtime: AgentRuntime): Pick<RuntimeApi, Names> {
  const { queries } = runtime;
  const edited = async (
    process: AgentProcess,
    by: string,
    reason: string,
    edit: (document: Document, ids: string[]) => void,
  ) => {
    const definition = process.snapshot.definition;
    if (!definition) throw new RuntimeError('AGENT_INVALID', `"${process.name}" has no definition.`);
    const ids = withIds(process.ability.config.triggers).map(({ id }) => id);
    const text = editManifest(definition, (document) => edit(document as Document, ids));
    const { definition: next, secrets } = parseManifest(text, runtime.parts.env);
    process.keepSecrets(secrets);
    await process.update(next, by, reason);
  };
  const eventView = async (id: string) => {
    const { payload: _payload, metadata: _metadata, taint: _taint, ...view } = await queries.triggerEvent(id);
    return view;
  };
  const viewed = (process: AgentProcess, id: string) => {
    const trigger = process.triggers.find((candidate) => candidate.id === id);
    if (!trigger)
      throw new RuntimeError('TRIGGER_NOT_FOUND', `"${process.name}" has no trigger "${id}".`, { trigger: id });
    return triggerView(process, trigger);
  };
  return {
    async listTriggers({ name }) {
      const process = runtime.get(name);
      return { items: process.triggers.map((trigger) => triggerView(process, trigger)), next: null };
    },
    async addTrigger({ name, trigger }, by) {
      const process = runtime.get(name);
      await edited(process, by, 'a trigger was added', (document) => {
        const list = document.get('triggers');
        if (isSeq(list)) list.add(document.createNode(trigger));
        else document.set('triggers', document.createNode([trigger]));
      });
      const added = process.triggers.at(-1);
      return viewed(process, added?.id ?? '');
    },
    async updateTrigger({ name, id, changes }, by) {
      const process = runtime.get(name);
      viewed(process, id);
      await edited(process, by, `trigger ${id} was changed`, (document, ids) => {
        const index = ids.indexOf(id);
        for (const [key, value] of Object.entries(changes)) {
          if (value === null) document.deleteIn(['triggers', index, key]);
          else document.setIn(['triggers', index, key], document.createNode(value));
        }
      });
      return viewed(process, typeof changes['id'] === 'string' ? changes['id'] : id);
    },
    async removeTrigger({ name, id }, by) {
      const process = runtime.get(name);
      viewed(process, id);
      await edited(process, by, `trigger ${id} was removed`, (document, ids) => {
        document.deleteIn(['triggers', ids.indexOf(id)]);
      });
      return { ok: true };
    },
    async nextFirings({ name, id, count }) {
      const config = runtime.get(name).triggerConfig(id);
      if (!config) throw new RuntimeError('TRIGGER_NOT_FOUND', `"${name}" has no trigger "${id}".`, { trigger: id });
      if (config.type !== 'cron')
        throw new RuntimeError(
          'REQUEST_INVALID',
          `Only a cron trigger knows when it fires next; "${id}" is ${config.type}.`,
        );
      return {
        firings: firings(config.cronExpression, config.cronTimezone, runtime.parts.clock.now(), count),
        zone: config.cronTimezone,
      };
    },
    listTriggerEvents: async (filter) => queries.triggerEvents(filter),
    getTriggerEvent: ({ id }) => queries.triggerEvent(id),
    redeliver: ({ id }, by) => redeliver(runtime, id, by),
    async redeliverAll({ limit, ...which }, by) {
      const answer: Output<'redeliverAll'> = { redelivered: [], failed: [] };
      for (const id of queries.undelivered({ ...which, limit })) {
        try {
          answer.redelivered.push((await redeliver(runtime, id, by)).eventId);
        } catch (thrown) {
          answer.failed.push({ id, message: toWire(thrown).message });
        }
      }
      return answer;
    },
    async testFilter({ expression, eventId, payload, metadata, triggerType, triggerId }) {
      const made = { payload, metadata, triggerType, triggerId, eventId: 'evt_test' };
      if (eventId === undefined) return tryFilter(expression, made);
      const event = await queries.triggerEvent(eventId);
      return tryFilter(expression, {
        payload: event.payload,
        metadata: event.metadata,
        triggerType: event.kind,
        triggerId: event.trigger,
        eventId: event.dedupeKey,
      });
    },
    async moveTriggerEvent({ id, to }, by) {
      const event = await queries.triggerEvent(id);
      await runtime.get(event.process).steering.moveEvent(id, to, by);
      return eventView(id);
    },
    async cancel({ id, reason }, by) {
      const event = await queries.triggerEvent(id);
      await runtime.get(event.process).steering.cancelEvent(id, reason, by);
      return eventView(id);
    },
  };
}
