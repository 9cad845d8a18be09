import type { TriggerKind } from '../../shared/entries/journal-entries.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import type { Pause } from './cron/pause-windows.ts';
import type { TimeTrust } from './cron/time-trust.ts';

/** One waking, as a trigger hands it on. The same `dedupeKey` of one process is the same event, for ever. */
export interface Wake {
  trigger: string;
  kind: TriggerKind;
  dedupeKey: string;
  payload: Json;
  metadata: JsonObject;
  /** Labels of untrusted origin, such as `webhook:github`; empty where a person or the runtime made the event. */
  taint: string[];
  /** Its place in the queue, 0 to 9, where no trigger's settings say one. */
  priority?: number;
  /** Epoch ms after which it is of no use any more. */
  expiresAt?: number;
  /** It may not begin before then, and why, for a person. */
  hold?: { until: number; reason: string };
  /** It is to happen once, at this time, which a person set. */
  setFor?: number;
}

/** `eventId` is durable when this is given. `parked` says why the event waits, when the process is not running. */
export interface WakeAnswer {
  eventId: string;
  duplicate: boolean;
  parked?: string;
  /** True when the filter of the trigger let it pass by: nothing was stored and `eventId` is empty. */
  filtered?: boolean;
}

/** What became of several wakes: so many of the first are durable, and why the next one is not, if there is one. */
export interface WakesAnswer {
  taken: number;
  reason?: unknown;
}

export interface Occurrence {
  outcome: 'coalesced' | 'skipped' | 'missed';
  /** First and newest instant (epoch ms) and how many there were. */
  first: number;
  instant: number;
  count: number;
  reason: string;
}

/** What a trigger may ask of the process it wakes; the only things it is given. */
export interface TriggerHost {
  readonly process: string;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Whether the clock can be gone by; left out: it always can. */
  readonly time?: TimeTrust;
  /** @throws RuntimeError `QUEUE_FULL`, `NODE_CLOSING`, or what the journal throws: then nothing was accepted. */
  wake(wake: Wake): Promise<WakeAnswer>;
  /** Several that came at once, in order. @throws what the journal throws: then none was accepted. */
  wakeAll(wakes: readonly Wake[]): Promise<WakesAnswer>;
  /** Records planned occurrences that did not become events, with the reason. */
  note(trigger: string, occurrence: Occurrence): Promise<void>;
  /** Ids of this trigger's events that have not ended, oldest first. */
  open(trigger: string): string[];
  /** Those of `open` whose run has not begun. */
  waiting(trigger: string): string[];
  cancel(eventId: string, reason: string): Promise<void>;
  /**
   * The instant of this trigger that was recorded last, as an event or in a note (epoch ms). Last by the order of the
   * journal, not the highest: after the clock was wrong by years, the schedule goes on from what it did since.
   */
  lastInstant(trigger: string): number | null;
  /** Why the process did not listen until now, for a person: "the node was off", "the process was stopped". */
  readonly away: string;
  /** What `remember` kept for this trigger, as it stands. */
  remembered(trigger: string): Promise<JsonObject>;
  /** Sets each of these facts, or forgets it where the value is null. Durable when it resolves. */
  remember(trigger: string, facts: JsonObject): Promise<void>;
  /** What keeps schedules from waking the process at an instant; null, or left out: nothing. */
  pausedAt?(instant: number): Pause | null;
  /** Epoch ms at which the trigger came to be: instants before it were never planned. */
  since(trigger: string): number;
  log(message: string, details?: JsonObject): void;
}

/** Something that wakes a process. Built from its settings by `createTrigger`. */
export interface Trigger {
  readonly id: string;
  readonly type: string;
  /** Epoch ms, or null where it cannot be known. */
  nextFiring(): number | null;
  /** One line for a person. */
  summary(): string;
  /** Starts to listen; takes care first of what happened while it did not. @throws RuntimeError when it cannot. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A request to a webhook, before anything has been parsed. Header names are lower-case. */
export interface WebhookRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Buffer;
  remoteAddress: string;
  /** When it came (epoch ms), where another node of the cluster took it in; left out: now. */
  receivedAt?: number;
  /** What tells it from all others, where another node may bring it twice. */
  onceId?: string;
}

export interface WebhookReply {
  status: number;
  body: JsonObject;
  headers?: Record<string, string>;
}

/** A trigger that HTTP requests are handed to. */
export interface WebhookReceiver extends Trigger {
  readonly path: string;
  /** @throws RuntimeError `SIGNATURE_INVALID`, `SOURCE_NOT_ALLOWED`, `CONTENT_TYPE`, or what `wake` throws. */
  receive(request: WebhookRequest): Promise<WebhookReply>;
}
