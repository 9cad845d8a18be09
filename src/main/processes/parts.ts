import type { ProcessConfig } from '../../shared/config/process-config.ts';
import type { TriggerConfig } from '../../shared/config/trigger-config.ts';
import type { Definition } from '../../shared/entries/journal-entries.ts';
import type { RuntimeError } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { ManifestEdit } from '../../shared/self-change.ts';
import type { Agent } from '../agent/agent.ts';
import type { Family, OpenGround } from '../agent/meta-tools/open-mode.ts';
import type { Tool } from '../agent/tool.ts';
import type { TokenShelf } from '../agent/tools/mcp/sign-in.ts';
import type { Renewal } from '../agent/tools/toolbox.ts';
import type { Memories } from '../context/memory/memories.ts';
import type { Governance } from '../governance/governance.ts';
import type { Guard, GuardedProcess, Halt } from '../governance/guard.ts';
import type { Outgoing } from '../journal/fold/snapshot.ts';
import type { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import type { MessageBroker } from '../messaging/message-broker.ts';
import type { Pause } from '../triggers/cron/pause-windows.ts';
import type { TimeTrust } from '../triggers/cron/time-trust.ts';
import type { Trigger, TriggerHost } from '../triggers/trigger.ts';
import type { Ownership } from './ownership.ts';
import type { JournalOutage } from './survival/outage.ts';

/** The tools of one definition of a process. */
export interface Toolbox {
  readonly tools: readonly Tool[];
  /** @throws RuntimeError `TOOL_UNKNOWN`, `TOOL_ARGS_INVALID`, `TOOL_CHANGED`. */
  resolve(name: string, args: Json): Tool;
  /** Asks tool servers what they offer; says which could not be asked. */
  ready(signal: AbortSignal): Promise<{ source: string; error: RuntimeError }[]>;
  /** Replaces servers that hold an earlier value of a secret; left out: it has none. */
  renew?(secret: string, signal: AbortSignal): Promise<Renewal[]>;
  /** Names of the servers that it uses now; left out: it has none. */
  readonly joined?: readonly string[];
  /** Uses those of these servers that it has, so that they go on when whoever started them lets go. */
  join?(servers: readonly string[]): Promise<void>;
  close(): void;
}

/** What a process remembers of the tools that servers offered it, so that a change is noticed. */
export interface ToolMemory {
  /** Hashes by server and tool. */
  readonly approved: Readonly<Record<string, Readonly<Record<string, string>>>>;
  onTools(server: string, hashes: Record<string, string>): void;
  /** Puts in the value of `secret://name`, for a server that is about to be started. */
  reveal?(text: string): string;
  /** Where a server that is signed in to keeps its tokens. */
  shelf?(server: string): TokenShelf;
  /** A person has to open the link to sign in; null: they have. */
  onSignIn?(server: string, link: string | null): void;
}

/** Everything a process needs from outside, made once per node and shared by all of them. */
export interface ProcessParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Whether the clock can be gone by. */
  readonly time: TimeTrust;
  /** What keeps schedules from waking a process at an instant; left out: nothing ever does. */
  pausedAt?(process: string, instant: number): Pause | null;
  /** Whether this node may work on a process. */
  readonly ownership: Ownership;
  readonly broker: MessageBroker;
  /** Long-term memory of all processes. */
  readonly memories: Memories;
  /** Where those wait whose journal cannot be written. */
  readonly outage: JournalOutage;
  /** `reveal` gives the value of `secret://name`, when it is used. */
  buildAgent(process: string, config: ProcessConfig, reveal?: (text: string) => string): Promise<Agent>;
  /** `open`: what the tools see by which the agent changes itself; left out, it has none. */
  buildToolbox(process: string, config: ProcessConfig, memory: ToolMemory, open?: OpenGround): Toolbox;
  /** A run has ended, well or not: what was kept open for it can be closed. */
  endRun(run: string): void;
  /** What limits the process; none enabled: an empty list, which costs nothing. */
  buildGuards(process: GuardedProcess, config: ProcessConfig, halt: (verdict: Halt) => void): readonly Guard[];
  readonly governance: Pick<Governance, 'vault' | 'vaultIfAny' | 'edition' | 'budget'>;
  createTrigger(config: TriggerConfig & { id: string }, host: TriggerHost): Trigger;
  /** @throws RuntimeError whatever is wrong with the settings of a trigger that can be known before it is used. */
  checkTrigger(config: TriggerConfig & { id: string }): void;
  /** Hands on what a settled run told the world. Resolves when every receiver has it for good; may be asked again. */
  deliver(process: string, outgoing: Outgoing): Promise<void>;
  /** Other agents, as far as this one may know of them and create them; left out: there are none. */
  family?(process: string): Family | null;
  /** Makes edits in the text of a manifest, comments and all; null where that does not give what is wanted. */
  readonly editText?: ((text: string, edits: readonly ManifestEdit[], wanted: JsonObject) => string | null) | undefined;
  /** Text of a model as it comes; left out where nobody watches, since streaming costs time. */
  readonly onText?: ((process: string, run: string, step: number, text: string) => void) | undefined;
  /** The program that ran before this one crashed by itself; a killed one did not. */
  readonly crashed: boolean;
  /** Why nothing ran until this program began, for a person. */
  readonly away: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The journal refused to keep something of this process. */
  readonly onBroken?: (process: string, error: RuntimeError) => void;
  /** @throws RuntimeError `PEER_BACKLOG_FULL` when other nodes have not taken what was published; left out: none are told. */
  readonly mayPublish?: () => void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, details: JsonObject): void;
}

/** A definition that has been read: what the process does while it goes by it. */
export interface Ability {
  readonly definition: Definition;
  readonly config: ProcessConfig;
}

/** What it takes to work by one definition. */
export interface Workplace extends Ability {
  readonly agent: Agent;
  readonly toolbox: Toolbox;
}
