import type { PlacementConfig } from './config/placement-config.ts';
import type { JsonObject } from './json.ts';
import type { ProcessState } from './lifecycle.ts';

/** What a runtime and the cluster tell each other about what crosses nodes. */

/** A process that lives on this node. */
export interface LocalProcess {
  readonly name: string;
  readonly state: ProcessState;
  readonly placement: PlacementConfig;
  /** What it needs of a node beyond what `placement` says: secrets it names, folders it mounts, tool servers it starts. */
  readonly needs: ImpliedNeeds;
  /** Names of those secrets it needs that are in its vault here, and can go along with it. */
  readonly carries?: readonly string[];
  /** The agent that created it, and how it tells of it (`list_processes`); left out: a person did. */
  readonly child?: { readonly parent: string; readonly shown: JsonObject };
  /** What waits in its queue. */
  readonly waiting: number;
  /** Whether a call is under way that must not be made twice. */
  readonly isAtRisk: boolean;
  /** Whether all it can do may be done twice: what `eager` asks for. */
  readonly isRepeatable: boolean;
  readonly hooks: readonly string[];
  readonly taker: { readonly triggers: readonly { id: string; pattern: string }[]; readonly capacity: number };
}

/** A model that an agent may ask, without its key. */
export interface ModelNeed {
  readonly id: string;
  /** Where its manifest says that it is. */
  readonly baseUrl?: string;
  /** Whether its manifest brings the key along. */
  readonly hasKey: boolean;
}

export interface ImpliedNeeds {
  readonly secrets: readonly string[];
  readonly paths: readonly string[];
  readonly commands: readonly string[];
  /** One of these; the first that can be asked is. Left out: it needs none, or comes from a node that does not say. */
  readonly models?: readonly ModelNeed[];
}

/** What became of a handed message. */
export interface HandedEnd {
  readonly message: string;
  readonly attempt: number;
  readonly outcome: 'done' | 'dead' | 'cancelled' | 'superseded' | 'expired';
  readonly reason: string;
}

/** A message on its way to a process of another node, as JSON. */
export type HandedJson = JsonObject & { readonly id: string; readonly handing: number };

/** A process of another node, as the broker of this one sees it. */
export interface FarTaker {
  readonly process: string;
  readonly triggers: readonly { id: string; pattern: string }[];
  capacity(): number;
  load(): number;
  take(message: HandedJson, trigger: string | null): Promise<{ filtered?: boolean }>;
}

export interface HandAnswer {
  readonly filtered: boolean;
  /** Set where it had been taken before, and has ended since. */
  readonly ended: HandedEnd | null;
}

/** A request to a webhook as it came in, so that the owner can judge its signature byte for byte. */
export interface HookRequest {
  /** The path of the trigger it is for. */
  readonly hookPath: string;
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly bodyBase64: string;
  readonly remoteAddress: string;
  /** When it came, by the clock of the node that took it (epoch ms). */
  readonly receivedAt: number;
  /** Tells it from all others, however often it is brought. */
  readonly onceId?: string;
}

export interface HookReply {
  readonly status: number;
  readonly body: JsonObject;
}

/** A secret on its way from one vault to another. Times are epoch ms. */
export interface CarriedSecret {
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly setAt: number;
  readonly ttlMs: number | null;
  readonly source: 'manifest' | 'api';
}
