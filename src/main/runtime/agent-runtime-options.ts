import type { JsonObject } from '../../shared/json.ts';
import type { HighWaterMark } from '../journal/high-water.ts';
import type { Journal } from '../journal/journal.ts';
import type { PartsOptions } from '../processes/default-parts.ts';
import type { Database } from '../store/database.ts';
import type { OtherNodes } from './keeping/erasure-elsewhere.ts';

export interface AgentRuntimeOptions {
  /** Left out: in memory. */
  journal?: Journal;
  /** Where the read models are, if the journal itself keeps them; left out: in memory, beside the journal. */
  database?: Database;
  parts?: Omit<PartsOptions, 'deliver' | 'onText' | 'pausedAt'>;
  version?: string;
  /** Who this node is among others; left out: an id that the journal keeps. */
  nodeId?: string;
  /** The newest entry of a process that no other node needs any more. */
  heldFrom?: (process: string) => number;
  /** The other nodes of its cluster, which forget what is forgotten here. */
  others?: OtherNodes;
  /** Whether a process whose journal is here lives on another node; asked when the runtime opens. */
  isElsewhere?: (process: string) => boolean;
  /** Asked before a process is made. @throws RuntimeError `NAME_TAKEN` where a process of another node has the name. */
  assertNameFree?: (name: string) => void | Promise<void>;
  /** Agents of other nodes that an agent created, as it is shown them. */
  childrenElsewhere?: (parent: string) => readonly JsonObject[];
  /** Starts with nothing running. */
  safeMode?: boolean;
  /** Why it does, where it is not for crashes. */
  safeReason?: string;
  /** What of the past of the data folder is missing, in one sentence. */
  lost?: string;
  onLeaveSafeMode?: () => void;
  /** What is known outside the journal of what it held (`journal/high-water.ts`). */
  marks?: Pick<HighWaterMark, 'assertWhole' | 'accept' | 'losses' | 'rolledBack'>;
  /** Folder of the templates that come with the program. */
  templatesDir?: string;
  /** Streams the text of models to watchers, while there are any. */
  streamText?: boolean;
}
