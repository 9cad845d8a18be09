import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BudgetConfig } from '../../shared/config/governance-config.ts';
import { buildAgent } from '../agent/build-agent.ts';
import { selfTools } from '../agent/meta-tools/meta-tools.ts';
import { connectEmbedder } from '../agent/models/embedder.ts';
import { ModelConnections } from '../agent/models/openai-client.ts';
import { sandboxChildModule } from '../agent/sandbox/child-module.ts';
import { openSandbox, type Sandbox } from '../agent/sandbox/sandbox.ts';
import { askPerson } from '../agent/tools/ask-person.ts';
import { BrowserPool } from '../agent/tools/browser/browser-pool.ts';
import { createdSandboxLimits, createdTools } from '../agent/tools/created-tool.ts';
import { McpPool } from '../agent/tools/mcp/mcp-pool.ts';
import { memoryTools } from '../agent/tools/memory-tools.ts';
import { reportResult } from '../agent/tools/report-result.ts';
import { buildToolbox } from '../agent/tools/toolbox.ts';
import { Memories } from '../context/memory/memories.ts';
import { Governance, type GovernanceParts } from '../governance/governance.ts';
import { givenKey, keyFile, keyFromEnvironment, passingKey } from '../governance/secrets/secret-key.ts';
import type { Outgoing } from '../journal/fold/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { Alarm } from '../lib/alarm.ts';
import { nodeChild, type StartChild } from '../lib/child.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { EventBus } from '../messaging/event-bus.ts';
import { MessageBroker } from '../messaging/message-broker.ts';
import { handOn } from '../messaging/outgoing.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { runtimeMigrations } from '../store/migrations.ts';
import { openSecretStore } from '../store/secret-store.ts';
import { checkTrigger, createTrigger } from '../triggers/create-trigger.ts';
import { TimeTrust } from '../triggers/cron/time-trust.ts';
import { Zones } from '../triggers/cron/zone-spans.ts';
import { alone, type Ownership } from './ownership.ts';
import type { ProcessParts } from './parts.ts';
import { modelJudge, runCheck } from './runs/judges.ts';
import { runHook } from './runs/run-hook.ts';
import { JournalOutage, type OutageParts } from './survival/outage.ts';

export interface PartsOptions {
  clock?: Clock;
  env?: Readonly<Record<string, string | undefined>>;
  bus?: EventBus;
  /** Where messages are kept; left out: in memory. */
  journal?: Journal;
  startChild?: StartChild;
  /** Where local memory is kept; left out: in memory. Asked for with the first use. */
  memoryDatabase?: () => Database;
  /** That holds nothing else. */
  memoryAlone?: boolean;
  deliver?: (process: string, outgoing: Outgoing) => Promise<void>;
  /** Other agents of the same runtime. */
  family?: NonNullable<ProcessParts['family']>;
  editText?: ProcessParts['editText'];
  /** Asked when a run begins: whoever watches the texts of models then. */
  onText?: () => ProcessParts['onText'];
  onBroken?: NonNullable<ProcessParts['onBroken']>;
  mayPublish?: NonNullable<ProcessParts['mayPublish']>;
  pausedAt?: NonNullable<ProcessParts['pausedAt']>;
  log?: ProcessParts['log'];
  /** The room that the journal has; left out: as much as it wants. */
  room?: OutageParts['room'];
  onOutage?: OutageParts['onChange'];
  crashed?: boolean;
  /** Why nothing ran until now, for a person; left out: the node was off. */
  away?: string;
  /** In a cluster: who owns what. */
  ownership?: Ownership;
  /** What secrets are sealed with; left out: what the environment says, else a key file in the data folder. */
  secretKey?: Uint8Array;
  /** What all processes together may use in a day. */
  nodeBudget?: BudgetConfig;
  /** No agent may touch it. */
  dataDir?: string;
  /** Where the node itself listens; no agent may call it. */
  ownPorts?: () => readonly number[];
}

/** Parts that stand on this machine, with what has to be closed in the end. */
export interface OpenParts extends ProcessParts {
  readonly bus: EventBus;
  readonly servers: McpPool;
  readonly governance: Governance;
  readonly browser: BrowserPool;
  /** The children that run scripts, with the scripts under way in each. */
  scripts(): ReturnType<Sandbox['programs']>;
  close(): Promise<void>;
}

/** Real parts: the system's clock, real children, real tools. A process without a runtime gets its own. */
export function defaultParts(options: PartsOptions = {}): OpenParts {
  const { clock = systemClock, env = process.env, bus = new EventBus(), startChild = nodeChild() } = options;
  const alarm = new Alarm(clock);
  const governance = openGovernance(options, {
    clock,
    env,
    alarm,
    judge: (process, config) =>
      modelJudge(config, {
        env,
        connections,
        reveal: (text) => governance.vault(process).reveal(text, 'the judge', null),
      }),
    check: (code, evidence) => runCheck(openedSandbox(), code, evidence, clock.now()),
    runHook: (hook, given, timeoutMs) => runHook({ sandbox: openedSandbox, env }, hook, given, timeoutMs),
  });
  const { room, onOutage } = options;
  const outage = new JournalOutage({
    clock,
    alarm,
    ...(room ? { room } : {}),
    ...(onOutage ? { onChange: onOutage } : {}),
  });
  const connections = new ModelConnections({ env });
  let sandbox: Sandbox | undefined;
  const openedSandbox = () => (sandbox ??= openSandbox({ startChild, childModule: sandboxChildModule() }));
  let ofCreated: Sandbox | undefined;
  const createdSandbox = () =>
    (ofCreated ??= openSandbox({ startChild, childModule: sandboxChildModule(), ...createdSandboxLimits }));
  const { log: write = warnings } = options;
  const log: ProcessParts['log'] = (level, message, details) =>
    write(level, governance.redact(message), governance.redact(details));
  const egress = { ownPorts: options.ownPorts ?? (() => []) };
  const owner = sha256(options.dataDir ?? `${process.pid}`).slice(0, 16);
  const memories = new Memories({
    database: options.memoryDatabase ?? (() => openDatabase(':memory:', runtimeMigrations)),
    alone: options.memoryAlone,
    connectEmbedder: (embedder) => connectEmbedder(embedder, env),
    reveal: (name, reference) => governance.revealFor(name, reference, 'its memory'),
    log: (message) => log('info', message, {}),
  });
  const servers = new McpPool({ clock, env, egress, owner });
  const browser = new BrowserPool({ clock, env, egress, owner });
  const broker = new MessageBroker({ journal: options.journal ?? new MemoryJournal(clock), clock, alarm, log });
  const deliver =
    options.deliver ??
    (async (name: string, outgoing: Outgoing) => {
      await broker.start();
      await handOn(bus, broker, name, outgoing);
    });
  const triggerParts = { bus, broker, zones: new Zones(), ...(options.dataDir ? { dataDir: options.dataDir } : {}) };
  return {
    clock,
    alarm,
    time: new TimeTrust(clock),
    broker,
    memories,
    outage,
    ownership: options.ownership ?? alone,
    env,
    crashed: options.crashed ?? false,
    away: options.away ?? 'the node was off',
    bus,
    buildAgent: (_process, config, reveal) =>
      buildAgent(config, { sandbox: openedSandbox, env, models: { connections, ...(reveal ? { reveal } : {}) } }),
    buildToolbox: (name, config, memory, open) =>
      buildToolbox(config, {
        process: name,
        env,
        egress,
        browser,
        servers: config.servers,
        mcp: {
          pool: servers,
          get approved() {
            return memory.approved;
          },
          onTools: memory.onTools,
          reveal: async (text) => memory.reveal?.(text) ?? text,
          ...(memory.shelf ? { shelf: memory.shelf } : {}),
          ...(memory.onSignIn ? { onSignIn: memory.onSignIn } : {}),
        },
        extra: (tools) => [
          askPerson(),
          ...(config.inbox.results === 'none' ? [] : [reportResult()]),
          ...selfTools(memoryTools(memories.of(name, config.memory)), tools, { open, sandbox: openedSandbox }),
          ...createdTools(config, { sandbox: createdSandbox, egress }),
        ],
        ...(options.dataDir ? { dataDir: options.dataDir } : {}),
      }),
    endRun: (run) => void browser.closePage(run),
    servers,
    governance,
    browser,
    scripts: () => [...(sandbox?.programs() ?? []), ...(ofCreated?.programs() ?? [])],
    buildGuards: (process, config, halt) => governance.guards(process, config, halt),
    createTrigger: (config, host) =>
      createTrigger(config, host, {
        ...triggerParts,
        reveal: (reference) => governance.revealFor(host.process, reference, `webhook ${config.id}`),
      }),
    checkTrigger: (config) => checkTrigger(config, triggerParts),
    deliver,
    ...(options.family ? { family: options.family } : {}),
    ...(options.editText ? { editText: options.editText } : {}),
    get onText() {
      return options.onText?.();
    },
    log,
    ...(options.onBroken ? { onBroken: options.onBroken } : {}),
    ...(options.pausedAt ? { pausedAt: options.pausedAt } : {}),
    ...(options.mayPublish ? { mayPublish: options.mayPublish } : {}),
    async close() {
      await broker.close();
      await Promise.all([servers.close(), browser.close(), memories.close()]);
      alarm.close();
      await Promise.all([sandbox?.close(), ofCreated?.close()]);
      connections.close?.();
      governance.close();
    },
  };
}

function openGovernance(
  { dataDir, nodeBudget, secretKey }: PartsOptions,
  parts: Omit<GovernanceParts, 'keySource' | 'secretStore' | 'hasSecrets'>,
): Governance {
  const path = dataDir === undefined ? undefined : join(dataDir, 'secrets.db');
  const usual = secretKey
    ? givenKey(secretKey)
    : dataDir === undefined
      ? passingKey()
      : keyFile(join(dataDir, 'secret.key'));
  return new Governance({
    ...parts,
    keySource: secretKey ? usual : keyFromEnvironment(parts.env, usual),
    secretStore: () => openSecretStore(path ?? ':memory:'),
    hasSecrets: () => path !== undefined && existsSync(path),
    ...(nodeBudget ? { nodeBudget } : {}),
  });
}

/** A process without a host that keeps a log: what went wrong goes where Node's own warnings go. */
function warnings(level: string, message: string): void {
  if (level === 'error') process.emitWarning(message, 'AgentRuntimeWarning');
}
