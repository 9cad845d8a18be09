import type { Json, JsonObject } from '../../shared/json.ts';
import type { ProcessState } from '../../shared/lifecycle.ts';
import type { RuntimeNotice } from '../../shared/notices.ts';
import type { PlacementConfig } from '../../shared/placement-config.ts';
import type { EmittedEvent } from '../journal/emitted.ts';
import type { Position } from './positions.ts';

/** A process that lives on this node. */
export interface LocalProcess {
  readonly name: string;
  readonly state: ProcessState;
  readonly placement: PlacementConfig;
  /** What it needs of a node beyond what `placement` says: secrets it names, folders it mounts, tool servers it starts. */
  readonly needs: ImpliedNeeds;
  /** What waits in its queue. */
  readonly waiting: number;
  /** Whether a call is under way that must not be made twice. */
  readonly isAtRisk: boolean;
  /** Whether all it can do may be done twice: what `eager` asks for. */
  readonly isRepeatable: boolean;
  readonly hooks: readonly string[];
  readonly taker: { readonly triggers: readonly { id: string; pattern: string }[]; readonly capacity: number };
}

export interface ImpliedNeeds {
  readonly secrets: readonly string[];
  readonly paths: readonly string[];
  readonly commands: readonly string[];
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
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly bodyBase64: string;
  readonly remoteAddress: string;
  /** When it came, by the clock of the node that took it (epoch ms). */
  readonly receivedAt: number;
}

export interface HookReply {
  readonly status: number;
  readonly body: JsonObject;
}

/** What crossing nodes needs of the runtime of its own node; a runtime gives it (`runtime/node-side.ts`). */
export interface LocalNode {
  processes(): readonly LocalProcess[];
  process(name: string): LocalProcess | undefined;
  /** Hands events of another node to everyone here who listens. Resolves when they have them for good. */
  publish(
    publisher: string,
    at: Position & { time: number },
    events: readonly EmittedEvent[],
    peer: string,
  ): Promise<void>;
  /** The newest entry of a publisher of this node up to which everyone here has everything. */
  handedOn(publisher: string): number;
  /** Hands what entries of a publisher of this node told once more to everyone here; who has it knows it. */
  handOnAgain(events: readonly EmittedEvent[], at: Position & { time: number }): Promise<void>;
  joinTaker(taker: FarTaker): () => void;
  settle(end: HandedEnd): Promise<void>;
  /** Puts a message into the queue of a process here. @throws RuntimeError `PROCESS_NOT_FOUND` and what its queue says. */
  hand(process: string, message: HandedJson, trigger: string | null): Promise<HandAnswer>;
  receive(process: string, hookPath: string, request: HookRequest): Promise<HookReply>;
  /** Takes up a process whose journal stands in this node's store. */
  adopt(process: string): Promise<void>;
  /**
   * Lets go of a process in order, as at the end of a program: its step is finished or broken off after `drainMs`, and
   * its journal is complete when this resolves.
   */
  dismiss(process: string, drainMs: number): Promise<void>;
  /** Its ownership is over: what is known of it is given up, without another word to its journal. */
  abandon(process: string): Promise<void>;
  /** What this node lacks of what a process needs, one sentence each. */
  lacks(needs: ImpliedNeeds, placement: PlacementConfig, process: string): string[];
  /** Calls back when what `processes` gives has changed. */
  onChange(listener: () => void): () => void;
  say(notice: Pick<RuntimeNotice, 'kind' | 'process' | 'state' | 'text'>): void;
  log(level: 'info' | 'warn' | 'error', message: string, details: { [key: string]: Json }): void;
}

/** The stream of what people publish through a node, as its peers know it. */
export function nodePublisher(node: string): string {
  return `@node:${node}`;
}
