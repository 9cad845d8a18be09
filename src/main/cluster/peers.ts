import type { Json } from '../../shared/json.ts';

/** What a peer may do here; given when it was paired. `member` may own processes, `hub` also arbitrates. */
export type PeerRole = 'observe' | 'operate' | 'member' | 'hub';

/** A question from a paired node. `from` is proven by its key, never taken from what it says. */
export interface PeerRequest {
  readonly from: string;
  readonly role: PeerRole;
  readonly body: Json;
  readonly signal: AbortSignal;
}

/** Answers one kind of question. What it throws reaches the asker as the same RuntimeError. */
export type PeerAnswer = (request: PeerRequest) => Promise<Json>;

/** A node that this one is paired with. */
export interface Peer {
  readonly node: string;
  readonly name: string;
  readonly role: PeerRole;
}

export interface AskOptions {
  /** Of the whole question, 10 s unless told otherwise. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** It may be answered twice without harm, so it is asked once more where the line dies under it. */
  readonly isRepeatable?: boolean;
}

/** Of one question or answer, as JSON. */
export const maxMessageBytes = 16 * 1024 * 1024;

/**
 * The other nodes of the cluster, as questions and answers between proven keys. Everything that nodes say to each other
 * goes through here: mutual TLS in a program, a stand-in in tests that can cut, slow and lose.
 */
export interface Peers {
  /** This node. */
  readonly self: string;
  /** Those it is paired with, reachable or not. */
  list(): readonly Peer[];
  /**
   * Asks one node; 10 s at most unless told otherwise. A question may have been answered there even when this throws:
   * who asks again must be idempotent. A node may ask itself, as a `hub`: who asks the arbiter need not know where it is.
   * Questions and answers hold 16 MiB of JSON at most.
   * @throws RuntimeError `PEER_UNKNOWN` (not paired here), `PEER_UNREACHABLE` (also when given up), `PEER_REFUSED` (not
   * paired there), `ROLE_REQUIRED`, `NOT_SUPPORTED` (nobody answers that), `BODY_TOO_LARGE`, or what the other threw.
   */
  ask(node: string, question: string, body: Json, options?: AskOptions): Promise<Json>;
  /** Answers `question` from now on, for peers whose role is at least `least`. Returns what undoes it. */
  answer(question: string, least: PeerRole, answer: PeerAnswer): () => void;
  /** Calls back when a peer was paired, revoked or given another role. Returns what undoes it. */
  onChange(listener: () => void): () => void;
}
