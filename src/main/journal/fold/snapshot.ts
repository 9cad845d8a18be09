import type { Charge, MissionEvaluation } from '../../../shared/entries/governance-entries.ts';
import type {
  ConversationMessage,
  Definition,
  Effect,
  ErrorNote,
  InboxItem,
  StepKind,
  TriggerKind,
  Usage,
} from '../../../shared/entries/journal-entries.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { ProcessState } from '../../../shared/lifecycle.ts';
import { hashOf } from '../../lib/hash.ts';
import type { Letter } from './letter.ts';
import { emptyDay, nothingSpent, type Spent, type SpentDay } from './spent.ts';
import type { VersionRecord } from './version-record.ts';

/** A trigger event that has not ended. */
export interface QueuedEvent {
  id: string;
  /** Number of its `event.accepted` entry. */
  seq: number;
  trigger: string;
  kind: TriggerKind;
  at: number;
  priority: number;
  attempts: number;
  notBefore: number | null;
  /** A person set it for a time of its own, and may move it. */
  isSet?: true;
  expiresAt: number | null;
  state: 'waiting' | 'running' | 'parked' | 'delayed';
  run: string | null;
  /** Shared by events that are worked on one after another. */
  lane?: string;
  taint: string[];
  /** Left out where it is large: then it is read from its entry. */
  payload?: Json;
  metadata: JsonObject;
}

export interface FoldedStep {
  step: number;
  kind: StepKind;
  name: string;
  argsHash: string;
  callKey: string;
  repeatable: boolean;
  attempt: number;
  state: 'intended' | 'ok' | 'error';
  result: Json;
  error: ErrorNote | null;
  effects: Effect[];
  /** Labels of untrusted origin that the result carries. */
  taint: string[];
  at: number;
  /** Number of the entry that holds its intent; 0 where it had none. */
  seq: number;
  /** Number of the entry that holds its result; 0 before it has one. */
  endSeq: number;
  /** The most it can cost, until it has ended. */
  charge?: Charge;
  /** What a person made of its arguments. */
  args?: Json;
  /** The task of the other side that does it, until it has ended. */
  task?: string;
  /** The session of the other side that it may be bound to. */
  taskSession?: string;
}

export interface Parking {
  step: number;
  why: 'question' | 'in_doubt' | 'approval' | 'top_up' | 'timer' | 'retry';
  until: number | null;
  item: string | null;
}

/** What a run that was forked from another has of it. */
export interface ForkOrigin {
  run: string;
  step: number;
  seed: string;
  event: { id: string; kind: TriggerKind; at: number };
  startedAt: number;
  opening: { role: 'system' | 'user' | 'assistant'; content: string }[] | null;
}

/** A run that has not settled. */
export interface OpenRun {
  id: string;
  /** Left out where the run is of its own. */
  fork?: ForkOrigin;
  event: string;
  attempt: number;
  startedAt: number;
  definition: string;
  taint: string[];
  steps: Map<number, FoldedStep>;
  /** Context values as they were when the run began, of keys that others have changed since; null for "was not there". */
  base: Map<string, { value: Json } | null>;
  /** How often it was about to write over what others had changed meanwhile; left out: never. */
  clashes?: number;
  parked: Parking | null;
  /** What people wrote to the process that this run is shown; left out where there is nothing. */
  letters?: Letter[];
  answers: Map<number, { answer: Json; by: string }>;
  /** What a person said about a step, by `step:kind of item`; `hash` is that of the arguments they saw. */
  verdicts: Record<string, { answer: Json; by: string; hash: string }>;
  usage: Usage;
  spent: Spent;
  /** Added to the limits of this run. */
  toppedUp: Record<string, number>;
  /** Warnings that were given about this run. */
  told: string[];
  /**
   * How much it is suspected of making the program crash: grows when the program ended without warning during it, more
   * so when it was not waiting for anybody's answer, and is forgotten with the next step that ends.
   */
  suspicion: number;
}

export interface ContextCell {
  value: Json;
  version: number;
  at: number;
  by: string;
  /** Labels of untrusted origin of the run that wrote it. */
  taint?: string[];
}

/** A key of the context that a person has kept from the agent's writing. */
export interface ContextLock {
  key: string;
  by: string;
  at: number;
  reason?: string;
}

/** What a settled run told the world that has not been delivered yet. */
export interface Outgoing {
  seq: number;
  at: number;
  /** Left out: 0. After a take-over another entry may have the same number, so ids tell them apart by this. */
  epoch?: number;
  run: string;
  effects: Effect[];
  /** Labels of untrusted origin of the run that said it. */
  taint?: string[];
  /** What became of a message that the broker had handed to this process. */
  ended?: MessageEnd;
}

export interface MessageEnd {
  message: string;
  /** Which attempt at the message it was; an older one does not count any more. */
  attempt: number;
  outcome: 'done' | 'dead' | 'cancelled' | 'superseded' | 'expired';
  reason: string;
}

export interface OpenItem {
  item: InboxItem;
  run: string;
  step: number;
  at: number;
  /** A person put it out of the way until then (epoch ms); left out: it is in the way. */
  snoozedUntil?: number;
}

export interface MissionRecord {
  /** Hashes of what it is for, and of all its settings. */
  objective: string;
  settings: string;
  state: 'active' | 'completed' | 'failed';
  reason: string;
  startedAt: number;
  endedAt: number | null;
  /** Runs that began, and those that settled since it was judged last. */
  invocations: number;
  unjudged: number;
  /** The newest, oldest first. */
  evaluations: (MissionEvaluation & { at: number })[];
}

/** What a webhook is to be told, until it has taken it. */
export interface OpenEscalation {
  at: number;
  url: string;
  secret?: string;
  body: JsonObject;
}

/** A standing approval: of every call of a tool, or of the call with exactly these arguments. */
export interface Grant {
  tool: string;
  call: string | null;
  by: string;
  at: number;
}

export interface HealthRecord {
  /** The newest settled runs: how many characters each answered, -1 where it failed. */
  endings: number[];
  /** When each kind of anomaly was last told of, and whether it is over. */
  anomalies: Record<string, { at: number; over: boolean }>;
}

/** Everything that is known of a process: the fold of its entries (`fold.ts`). */
export interface Snapshot {
  process: string;
  /** Number of the newest entry that is in it; 0 before the first. */
  seq: number;
  /** Number of the `process.created` entry of the present life; 0 before the first. */
  life: number;
  deleted: boolean;
  /** Left out where it never was; also kept when it was restored. */
  deletedAt?: number;
  deletedBy?: string;
  /** Whether the program that ran it last let it go in order. */
  released: boolean;
  state: ProcessState;
  stateReason: string;
  stateSince: number;
  stateBy: string;
  error: ErrorNote | null;
  definition: Definition | null;
  version: number;
  /** Versions of the definition that are kept, oldest first; the last is the one in force. */
  versions: VersionRecord[];
  /** The agent that brought it into the world. */
  parent: { process: string; run: string; key: string } | null;
  /** Agents that it brought into the world, the oldest first. */
  children: { name: string; run: string; at: number }[];
  /** Earlier definitions that open runs still go by. */
  pinned: Map<string, Definition>;
  createdAt: number;
  updatedAt: number;
  /** When a person last started it; what was planned before then is nobody's loss. */
  startedAt: number;
  queue: Map<string, QueuedEvent>;
  /** How many events of each priority, 0 to 9, are in the queue. */
  priorities: number[];
  runs: Map<string, OpenRun>;
  items: Map<string, OpenItem>;
  /** What people wrote to it that it has not seen, or is to see every time. */
  letters: Map<string, Letter>;
  context: Map<string, ContextCell>;
  /** Keys that the agent may not write, the newest lock last; left out: none. */
  contextLocks?: ContextLock[];
  conversation: ConversationMessage[];
  outbox: Map<number, Outgoing>;
  /** What settled runs and people changed in long-term memory that it does not have yet. */
  memoryOutbox: Map<number, Outgoing>;
  /** Newest instant of each cron trigger that became an event or was noted. */
  instants: Map<string, number>;
  /** What triggers keep: for each of them, facts by name. */
  remembered: Map<string, Map<string, Json>>;
  counts: { accepted: number; done: number; dead: number; cancelled: number; superseded: number; runs: number };
  usage: Usage;
  consecutiveFailures: number;
  /** Restarts by the restart policy since the last run that was done. */
  restarts: number;
  /** When the restart policy started it, the newest five times. */
  restartedAt: number[];
  lastRun: { id: string; outcome: 'done' | 'failed' | 'cancelled'; at: number } | null;
  /** What was used in the present day of the process's budget, and of the node's. */
  day: SpentDay;
  nodeDay: SpentDay;
  /** How healthy it has been. */
  health: HealthRecord;
  /** What need not be asked for again. */
  grants: Grant[];
  /** Labels of untrusted origin of everything that is in the conversation, or was and may have left its mark. */
  conversationTaint: string[];
  mission: MissionRecord | null;
  /** By the number of the entry that made them. */
  escalations: Record<string, OpenEscalation>;
}

export const noUsage = (): Usage => ({ modelCalls: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 });

export function emptySnapshot(process: string): Snapshot {
  return {
    process,
    seq: 0,
    life: 0,
    deleted: false,
    released: true,
    state: 'created',
    stateReason: '',
    stateSince: 0,
    stateBy: '',
    error: null,
    definition: null,
    version: 0,
    versions: [],
    parent: null,
    children: [],
    pinned: new Map(),
    createdAt: 0,
    updatedAt: 0,
    startedAt: 0,
    queue: new Map(),
    priorities: new Array<number>(10).fill(0),
    runs: new Map(),
    items: new Map(),
    letters: new Map(),
    context: new Map(),
    conversation: [],
    outbox: new Map(),
    memoryOutbox: new Map(),
    instants: new Map(),
    remembered: new Map(),
    counts: { accepted: 0, done: 0, dead: 0, cancelled: 0, superseded: 0, runs: 0 },
    usage: noUsage(),
    consecutiveFailures: 0,
    restarts: 0,
    restartedAt: [],
    lastRun: null,
    day: emptyDay(),
    nodeDay: emptyDay(),
    health: { endings: [], anomalies: {} },
    grants: [],
    conversationTaint: [],
    mission: null,
    escalations: {},
  };
}

const mapKeys = [
  'pinned',
  'queue',
  'runs',
  'items',
  'letters',
  'context',
  'outbox',
  'memoryOutbox',
  'instants',
  'remembered',
] as const;
const runMapKeys = ['steps', 'base', 'answers'] as const;

/** The snapshot as plain JSON, for a checkpoint. Maps become lists of pairs, in their order. */
export function snapshotToJson(snapshot: Snapshot): JsonObject {
  const plain: Record<string, unknown> = { ...snapshot };
  for (const key of mapKeys) plain[key] = [...snapshot[key]];
  plain['runs'] = [...snapshot.runs].map(([id, run]) => {
    const flat: Record<string, unknown> = { ...run };
    for (const key of runMapKeys) flat[key] = [...run[key]];
    return [id, flat];
  });
  plain['remembered'] = [...snapshot.remembered].map(([trigger, facts]) => [trigger, [...facts]]);
  return plain as JsonObject;
}

/** Takes the JSON apart again; what it holds afterwards shares nothing with `json` that the fold changes. */
export function snapshotFromJson(json: JsonObject): Snapshot {
  const plain: Record<string, unknown> = { ...emptySnapshot(''), ...structuredClone(json) };
  for (const key of mapKeys) plain[key] = new Map(plain[key] as [never, never][]);
  for (const run of (plain as unknown as Snapshot).runs.values()) {
    for (const key of runMapKeys)
      (run as unknown as Record<string, unknown>)[key] = new Map(run[key] as unknown as [never, never][]);
    run.verdicts ??= {};
    run.spent ??= nothingSpent();
    run.toppedUp ??= {};
    run.told ??= [];
  }
  const remembered = plain['remembered'] as Map<string, unknown>;
  for (const [trigger, facts] of remembered) remembered.set(trigger, new Map(facts as [string, Json][]));
  return plain as unknown as Snapshot;
}

/** Equal for equal states, whichever way they were reached. */
export function snapshotHash(snapshot: Snapshot): string {
  return hashOf(snapshotToJson(snapshot));
}
