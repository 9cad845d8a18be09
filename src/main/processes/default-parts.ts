import { RuntimeError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Outgoing } from '../journal/snapshot.ts';
import { buildAgent } from '../agent/build-agent.ts';
import { ModelConnections } from '../agent/models/openai-client.ts';
import { sandboxChildModule } from '../agent/sandbox/child-module.ts';
import { type Sandbox, openSandbox } from '../agent/sandbox/sandbox.ts';
import { buildToolbox } from '../agent/tools/toolbox.ts';
import { Alarm } from '../lib/alarm.ts';
import { type StartChild, nodeChild } from '../lib/child.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { EventBus } from '../messaging/event-bus.ts';
import { busEventsOf } from '../messaging/outgoing-events.ts';
import { createTrigger } from '../triggers/create-trigger.ts';
import type { ProcessParts } from './parts.ts';

export interface PartsOptions {
  clock?: Clock;
  env?: Readonly<Record<string, string | undefined>>;
  bus?: EventBus;
  startChild?: StartChild;
  deliver?: (process: string, outgoing: Outgoing) => Promise<void>;
  onText?: ProcessParts['onText'];
  onBroken?: NonNullable<ProcessParts['onBroken']>;
  log?: ProcessParts['log'];
  crashed?: boolean;
  /** Folders and ports that no agent may touch: the data folder, the node's own address. */
  dataDir?: string;
}

/** Parts that stand on this machine, with what has to be closed in the end. */
export interface OpenParts extends ProcessParts {
  readonly bus: EventBus;
  close(): Promise<void>;
}

/** Real parts: the system's clock, real children, real tools. A process without a runtime gets its own. */
export function defaultParts(options: PartsOptions = {}): OpenParts {
  const { clock = systemClock, env = process.env, bus = new EventBus(), startChild = nodeChild() } = options;
  const alarm = new Alarm(clock);
  const connections = new ModelConnections({ env });
  let sandbox: Sandbox | undefined;
  const openedSandbox = () => (sandbox ??= openSandbox({ startChild, childModule: sandboxChildModule() }));
  const deliver =
    options.deliver ??
    (async (name: string, outgoing: Outgoing) => {
      for (const event of busEventsOf(name, outgoing)) await bus.publish(event);
    });
  return {
    clock,
    alarm,
    env,
    crashed: options.crashed ?? false,
    bus,
    buildAgent: (_process, config) => buildAgent(config, { sandbox: openedSandbox, env, models: { connections } }),
    buildToolbox: (name, config) => buildToolbox(config, { env, ...(options.dataDir ? { dataDir: options.dataDir } : {}) }),
    buildGuards: () => [],
    createTrigger: (config, host) => createTrigger(config, host, { bus }),
    deliver,
    onText: options.onText,
    log: options.log ?? quiet,
    ...(options.onBroken ? { onBroken: options.onBroken } : {}),
    async close() {
      alarm.close();
      await sandbox?.close();
      connections.close?.();
    },
  };
}

function quiet(level: string, message: string, details: JsonObject): void {
  if (level === 'error') throw new RuntimeError('INTERNAL', message, details);
}
