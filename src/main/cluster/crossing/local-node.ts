import type { PlacementConfig } from '../../../shared/config/placement-config.ts';
import type {
  CarriedSecret,
  FarTaker,
  HandAnswer,
  HandedEnd,
  HandedJson,
  HookReply,
  HookRequest,
  ImpliedNeeds,
  LocalProcess,
} from '../../../shared/crossing.ts';
import type { CarriedErasure, ErasureFinding } from '../../../shared/erasure-receipt.ts';
import type { Json } from '../../../shared/json.ts';
import type { RuntimeNotice } from '../../../shared/notices.ts';
import type { EmittedEvent } from '../../journal/fold/emitted.ts';
import type { Position } from './positions.ts';

/** Pause windows as nodes compare them; null: none was ever set. */
export interface SharedPauses {
  readonly digest: string | null;
  readonly kept: Json;
  /** Takes in what another node keeps: of each window the later one. @throws RuntimeError `REQUEST_INVALID`. */
  merge(theirs: Json, from: string): Promise<void>;
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
  /** Puts a message into the queue of a process here; `peer`: the node it came from. @throws RuntimeError `PROCESS_NOT_FOUND` and what its queue says. */
  hand(process: string, message: HandedJson, trigger: string | null, peer: string | null): Promise<HandAnswer>;
  receive(process: string, request: HookRequest): Promise<HookReply>;
  /** Takes up a process whose journal stands in this node's store. */
  adopt(process: string): Promise<void>;
  /**
   * Lets go of a process in order, as at the end of a program: its step is finished or broken off after `drainMs`, and
   * its journal is complete when this resolves.
   */
  dismiss(process: string, drainMs: number): Promise<void>;
  /** Its ownership is over: what is known of it is given up, without another word to its journal. */
  abandon(process: string): Promise<void>;
  /** A process may work that could not before: its lease has come, or come back. */
  goOn(process: string): void;
  /** Its lease can no longer be counted on: what is under way is broken off, and goes on where it was with `goOn`. */
  breakOff(process: string): void;
  /** Calls back when a message that another node handed over has ended here. */
  onHandedEnd(listener: (end: HandedEnd) => void): () => void;
  /** Secrets of a process here, opened: for the moment in which they are sealed for another node. */
  openSecrets(process: string, names: readonly string[]): CarriedSecret[];
  /** Tells whether any of these secrets of a process here has changed: another text then. Empty for none. */
  versionsOf(process: string, secrets: readonly string[]): string;
  /** Puts secrets into the vault of a process that does not live here yet. */
  bringSecrets(process: string, secrets: readonly CarriedSecret[]): void;
  /** Forgets secrets of a process that does not live here. */
  forgetSecrets(process: string, names: readonly string[]): void;
  /** Takes out of what this node keeps beside journals what an agent of another was made to forget; what is left of it. */
  forgetForOthers(erasure: CarriedErasure): Promise<ErasureFinding[]>;
  /** A node is heard: it is told what to forget that it was not told yet. */
  forgetOn(node: string): void;
  /** What this node lacks of what a process needs, one sentence each. */
  lacks(needs: ImpliedNeeds, placement: PlacementConfig, process: string): Promise<string[]>;
  /** The pause windows that this node keeps. */
  readonly pauses: SharedPauses;
  /** Calls back when what `processes` gives has changed. */
  onChange(listener: () => void): () => void;
  say(notice: Pick<RuntimeNotice, 'kind' | 'process' | 'state' | 'text'>): void;
  log(level: 'info' | 'warn' | 'error', message: string, details: { [key: string]: Json }): void;
}

/** The stream of what people publish through a node, as its peers know it. */
export function nodePublisher(node: string): string {
  return `@node:${node}`;
}

/** Says that more is published than the cluster takes. */
export function sayBusy(local: Pick<LocalNode, 'say' | 'log'>, reason: string): void {
  local.log('warn', 'more is published than the cluster takes; nothing is lost, and it is brought later', { reason });
  local.say({ kind: 'cluster.changed', state: 'busy', text: reason });
}
