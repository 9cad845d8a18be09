import type { Json } from '../../shared/json.ts';
import type { OpenMessage } from './broker-fold.ts';
import { matches } from './topic-pattern.ts';

/** A message on its way to a taker. */
export interface HandedMessage {
  id: string;
  topic: string;
  sender: string;
  content: Json;
  replyTo: string | null;
  correlation: string | null;
  /** Epoch ms. */
  sentAt: number;
  expiresAt: number | null;
  /** Counts every time it was handed out, from 1. */
  handing: number;
  /** Labels of untrusted origin of what it was made from; left out: none. */
  taint?: readonly string[];
}

/** A message as it is handed over this time. */
export function handedOf(message: OpenMessage, content: Json): HandedMessage {
  const { id, topic, sender, replyTo, correlation, at: sentAt, expiresAt, handings: handing, taint } = message;
  const handed = { id, topic, sender, content, replyTo, correlation, sentAt, expiresAt, handing };
  return taint ? { ...handed, taint } : handed;
}

/** A process, as the broker sees it. */
export interface Taker {
  readonly process: string;
  /** How many messages it can work on at a time; 0 while it does not work. */
  capacity(): number;
  /** How much waits in its queue. */
  load(): number;
  /** Puts the message into its queue, once per handing; durable when it resolves. `trigger` is what subscribed, if anything did. */
  take(message: HandedMessage, trigger: string | null): Promise<{ filtered?: boolean }>;
}

/** A trigger of a process that wants messages of the topics its pattern names. */
export interface Subscription {
  process: string;
  trigger: string;
  pattern: string;
}

export interface Candidate {
  taker: Taker;
  trigger: string | null;
}

/** Who may have a message: the one it is addressed to, whatever that subscribes, or everyone who takes from its topic. */
export function candidatesFor(
  { topic, to }: OpenMessage,
  takers: ReadonlyMap<string, Taker>,
  subscriptions: Iterable<Subscription>,
): Candidate[] {
  if (to !== null) {
    const taker = takers.get(to);
    return taker ? [{ taker, trigger: null }] : [];
  }
  const found = new Map<string, Candidate>();
  for (const { process, trigger, pattern } of subscriptions) {
    const taker = takers.get(process);
    if (taker && !found.has(process) && matches(pattern, topic)) found.set(process, { taker, trigger });
  }
  return [...found.values()];
}

/** Who has not failed at it yet, then who has least to do, then who has not had one for longest. */
export function fairest(
  message: OpenMessage,
  candidates: readonly Candidate[],
  declined: ReadonlySet<string> | undefined,
  lastTurns: ReadonlyMap<string, number>,
): Candidate | undefined {
  let best: { candidate: Candidate; rank: number[] } | undefined;
  for (const candidate of candidates) {
    const { process } = candidate.taker;
    if (declined?.has(process)) continue;
    const rank = [message.failedBy.includes(process) ? 1 : 0, candidate.taker.load(), lastTurns.get(process) ?? 0];
    if (!best || isBefore(rank, best.rank)) best = { candidate, rank };
  }
  return best?.candidate;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) if (value !== b[index]) return value < (b[index] as number);
  return false;
}
