import { outward } from '../../shared/casing.ts';
import { modelId } from '../../shared/config/process-config.ts';
import { TriggerConfig } from '../../shared/config/trigger-config.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { ProcessDetail, ProcessView, RunBrief, TriggerView } from '../../shared/views/views.ts';
import type { AgentProcess } from '../processes/agent-process.ts';
import type { Trigger } from '../triggers/trigger.ts';
import { manifestText } from './manifests/manifest.ts';

/** A process as the API shows it. `lastRun` comes from the read models. */
export function processView(process: AgentProcess, lastRun: RunBrief | null): ProcessView {
  const { snapshot } = process;
  const config = process.knownConfig;
  const triggers = process.triggers.map((trigger) => triggerView(process, trigger));
  const firings = triggers.flatMap(({ nextFiring }) => nextFiring ?? []);
  let waiting = 0;
  let parked = 0;
  for (const event of snapshot.queue.values()) {
    if (event.state === 'parked') parked++;
    else if (event.state !== 'running') waiting++;
  }
  return {
    name: process.name,
    description: config?.description ?? null,
    state: snapshot.state,
    stateReason: snapshot.stateReason,
    stateSince: snapshot.stateSince,
    halted: process.halted,
    model: config ? modelId(config.model) : '',
    tags: config?.tags ?? [],
    triggers,
    version: snapshot.version,
    lastRun,
    atWork: lastRun ? process.loop.limitsOf(lastRun.id) : null,
    nextFiring: firings.length > 0 ? Math.min(...firings) : null,
    waiting,
    parked,
    counts: snapshot.counts,
    consecutiveFailures: snapshot.consecutiveFailures,
    usage: snapshot.usage,
    createdAt: snapshot.createdAt,
    updatedAt: snapshot.updatedAt,
    journal: { seq: snapshot.seq, hash: '' },
  };
}

export function processDetail(process: AgentProcess, lastRun: RunBrief | null): ProcessDetail {
  const { definition } = process.snapshot;
  return {
    ...processView(process, lastRun),
    manifest: definition ? manifestText(definition) : '',
    definition: definition?.hash ?? '',
    instructions: process.knownConfig?.instructions ?? '',
  };
}

export function triggerView(process: AgentProcess, trigger: Trigger): TriggerView {
  const config = process.triggerConfig(trigger.id);
  const instant = process.snapshot.instants.get(trigger.id) ?? null;
  const armed = process.isArmed && config?.enabled !== false;
  return {
    id: trigger.id,
    type: trigger.type,
    enabled: config?.enabled !== false,
    summary: trigger.summary(),
    nextFiring: armed ? trigger.nextFiring() : null,
    lastFired: instant,
    config: config ? written(config) : {},
  };
}

const asWritten = new WeakMap<object, JsonObject>();

/** A list of a thousand agents is asked for often, and what is configured stays the same object until it changes. */
function written(config: object): JsonObject {
  const known = asWritten.get(config);
  if (known) return known;
  const fresh = outward(TriggerConfig, config as unknown as Json) as JsonObject;
  asWritten.set(config, fresh);
  return fresh;
}
