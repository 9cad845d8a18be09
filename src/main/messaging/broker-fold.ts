import type { EntryBody, EntryKind, JournalEntry } from '../../shared/entries/journal-entries.ts';
import type { Json, JsonObject } from '../../shared/json.ts';

/** A message that nobody has done with yet. */
export interface OpenMessage {
  id: string;
  /** Number of its `message.sent` entry. */
  seq: number;
  at: number;
  topic: string;
  to: string | null;
  sender: string;
  replyTo: string | null;
  correlation: string | null;
  expiresAt: number | null;
  /** Counted ones: a taker worked on it and failed. */
  attempts: number;
  /** How often it was handed out; also tells the waking of one time from those of others. */
  handings: number;
  notBefore: number;
  /** Who has it now. */
  taker: { process: string; trigger: string } | null;
  /** Who tried and failed; others go first. */
  failedBy: string[];
  /** Left out where it is large: then it is read from its entry. */
  content?: Json;
  /** Labels of untrusted origin of what it was made from. */
  taint?: string[];
}

/** What the broker knows: the fold of the entries of its stream. Order is the order of sending. */
export interface BrokerState {
  seq: number;
  open: Map<string, OpenMessage>;
}

/** Contents above this many characters as JSON are not kept in memory while they wait. */
const inlineChars = 2_048;

export const emptyBroker = (): BrokerState => ({ seq: 0, open: new Map() });

type Change<K extends EntryKind> = (state: BrokerState, body: EntryBody<K>, entry: JournalEntry<K>) => void;

const changes: { [K in EntryKind]?: Change<K> } = {
  'message.sent'({ open }, body, { seq, at }) {
    const message: OpenMessage = {
      id: body.id,
      seq,
      at,
      topic: body.topic,
      to: body.to ?? null,
      sender: body.sender,
      replyTo: body.replyTo ?? null,
      correlation: body.correlation ?? null,
      expiresAt: body.expiresAt,
      attempts: 0,
      handings: 0,
      notBefore: 0,
      taker: null,
      failedBy: [],
    };
    if (body.taint) message.taint = body.taint;
    if (JSON.stringify(body.content).length <= inlineChars) message.content = body.content;
    open.set(body.id, message);
  },
  'message.handed'({ open }, { id, process, trigger, attempt }) {
    const message = open.get(id);
    if (!message) return;
    message.taker = { process, trigger };
    message.handings = attempt;
  },
  'message.returned'({ open }, { id, process, counted, until }) {
    const message = open.get(id);
    if (!message) return;
    message.taker = null;
    message.notBefore = until;
    if (!counted) return;
    message.attempts++;
    if (!message.failedBy.includes(process)) message.failedBy.push(process);
  },
  'message.ended'({ open }, { id }) {
    open.delete(id);
  },
};

/** Brings the state up to and including `entry`. Pure; the same live and in replay. */
export function applyToBroker(state: BrokerState, entry: JournalEntry): void {
  state.seq = entry.seq;
  const change = changes[entry.kind] as Change<EntryKind> | undefined;
  if (change && !('erased' in entry.body)) change(state, entry.body as never, entry as never);
}

export function brokerToJson(state: BrokerState): JsonObject {
  return { seq: state.seq, open: [...state.open.values()] } as unknown as JsonObject;
}

export function brokerFromJson(json: JsonObject): BrokerState {
  const messages = structuredClone(json['open']) as unknown as OpenMessage[];
  return { seq: json['seq'] as number, open: new Map(messages.map((message) => [message.id, message])) };
}
