/**
 * What programs import from `agent-runtime`: each layer by itself, the parts to build them with, and the types of both.
 */
import type { Operation, RuntimeClient } from '../shared/api.ts';
import type { ProcessConfig, ProcessConfigInput } from '../shared/config/process-config.ts';
import type { TriggerConfig } from '../shared/config/trigger-config.ts';
import type { JournalEntry } from '../shared/entries/journal-entries.ts';
import { errorCodes, RuntimeError } from '../shared/errors.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import type { RuntimeNotice } from '../shared/notices.ts';
import type { Node, NodeOptions } from './compose/node-options.ts';
import type { Journal } from './journal/journal.ts';
import { JsonlJournal } from './journal/jsonl-journal.ts';
import { MemoryJournal } from './journal/memory-journal.ts';
import { replay, verifyChain } from './journal/replay.ts';
import { SqliteJournal } from './journal/sqlite-journal.ts';
import { ReadModels } from './journal/tables/read-models.ts';
import { type BusEvent, EventBus } from './messaging/event-bus.ts';
import { MessageBroker } from './messaging/message-broker.ts';
import { AgentProcess, type AgentProcessOptions } from './processes/agent-process.ts';
import { buildAgent, type StatelessAgent } from './processes/stateless-agent.ts';
import { AgentRuntime } from './runtime/agent-runtime.ts';
import type { AgentRuntimeOptions } from './runtime/agent-runtime-options.ts';
import { checkManifest, parseManifest } from './runtime/manifests/manifest.ts';
import type { LoadReport } from './runtime/manifests/manifest-files.ts';
import { type Database, openDatabase } from './store/database.ts';
import { runtimeMigrations } from './store/migrations.ts';
import { type ConnectedRuntime, connect } from './transport/http-client.ts';
import { createTrigger } from './triggers/create-trigger.ts';
import type { Trigger, TriggerHost, Wake, WakeAnswer } from './triggers/trigger.ts';

if (Number(process.versions.node.split('.')[0]) < 24)
  throw new RuntimeError('NODE_VERSION', `Agent Runtime needs Node 24; this is ${process.versions.node}.`);

/**
 * A journal in one SQLite file, with the tables that lists read: `new AgentRuntime(openSqliteJournal('agents.db'))`, which
 * closes both. A process alone takes only the journal.
 * @throws RuntimeError what keeps the file from being opened.
 */
export function openSqliteJournal(path: string): { journal: SqliteJournal; database: Database } {
  const database = openDatabase(path, runtimeMigrations);
  return { journal: new SqliteJournal(database, new ReadModels(database)), database };
}

/** A whole node: what the desktop and a server run. Loaded with its first use, so that who needs less pays for less. */
export async function openNode(options: NodeOptions = {}): Promise<Node> {
  const { openNode: open } = await import('./compose/open-node.ts');
  return open(options);
}

/** What wakes a process by hand: `process.wake(manualWake({ hello: 'there' }))`. The same key twice is the same event. */
export function manualWake(payload: Json = null, key: string = crypto.randomUUID()): Wake {
  return { trigger: 'manual', kind: 'manual', dedupeKey: `manual:${key}`, payload, metadata: {}, taint: [] };
}

export type {
  AgentProcessOptions,
  AgentRuntimeOptions,
  BusEvent,
  ConnectedRuntime,
  Journal,
  JournalEntry,
  Json,
  JsonObject,
  LoadReport,
  Node,
  NodeOptions,
  Operation,
  ProcessConfig,
  ProcessConfigInput,
  RuntimeClient,
  RuntimeNotice,
  StatelessAgent,
  Trigger,
  TriggerConfig,
  TriggerHost,
  Wake,
  WakeAnswer,
};
export {
  AgentProcess,
  AgentRuntime,
  buildAgent,
  checkManifest,
  connect,
  createTrigger,
  EventBus,
  errorCodes,
  JsonlJournal,
  MemoryJournal,
  MessageBroker,
  parseManifest,
  RuntimeError,
  replay,
  verifyChain,
};
