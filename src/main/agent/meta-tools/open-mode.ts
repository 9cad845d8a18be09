import type { BudgetLimit } from '../../../shared/config/governance-config.ts';
import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { MetaToolName } from '../../../shared/open-mode.ts';
import type { Tool } from '../tool.ts';

/** How one limit stands for the agent that asks. */
export interface LimitStanding {
  limit: BudgetLimit;
  scope: 'run' | 'day' | 'node';
  unit: string;
  cap: number;
  used: number;
}

export interface MissionStanding {
  objective: string;
  successCriteria: string;
  state: 'none' | 'active' | 'completed' | 'failed';
  reason: string;
  runs: number;
  /** The newest judgement. */
  judged: { at: number; achieved: boolean; confidence: number; reasoning: string; progress: string } | null;
}

export interface ChildProcess {
  name: string;
  state: string;
  reason: string;
  model: string;
  waiting: number;
  runs: number;
  lastRun: string | null;
  /** Where it lives, if not on the node of the one that asks. */
  node?: string;
}

/** Other processes, as far as an agent may know of them; a process without a runtime has none. */
export interface Family {
  /** Names that are in use, or were. */
  isTaken(name: string): boolean;
  names(): readonly string[];
  children(): ChildProcess[];
}

/** What the meta-tools of one process see of it. They change nothing here: what they do are effects of their run. */
export interface OpenMode {
  readonly process: string;
  /** Settings of the definition that its runs go by. */
  readonly config: ProcessConfig;
  /** The manifest in force, as it is written: without values of variables. */
  manifest(): JsonObject;
  /** What the user wrote, whatever the agent has made of it since. */
  written(): JsonObject;
  version(): number;
  /** Changes the agent made since the user wrote last. */
  changes(): number;
  /** Epoch ms of each agent it created. */
  spawned(): readonly { name: string; at: number }[];
  secrets(): readonly { name: string; expired: boolean; expiresAt: number | null }[];
  budget(run: string): readonly LimitStanding[] | null;
  mission(): MissionStanding | null;
  family(): Family | null;
  now(): number;
  /** All tools it has, these included. */
  tools(): readonly Tool[];
  /** The tools of memory, by name. */
  readonly memoryTools: readonly Tool[];
  /** Reads a manifest as the runtime would. @throws RuntimeError what is wrong with it. */
  read(manifest: JsonObject): ProcessConfig;
  /** Compiles a script without running it. @throws RuntimeError `SCRIPT_INVALID`. */
  checkScript(code: string): Promise<void>;
}

/** What its own process gives of that; the rest comes from where tools are made. */
export type OpenGround = Omit<OpenMode, 'memoryTools' | 'tools' | 'checkScript'>;

/** One meta-tool: when there is one, and how it is made. */
export interface MetaTool {
  readonly name: MetaToolName;
  isPermitted(mode: OpenMode): boolean;
  make(mode: OpenMode): Tool;
}
