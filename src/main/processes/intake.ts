import { RuntimeError } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { EntryBody } from '../../shared/journal-entries.ts';
import type { Json } from '../../shared/json.ts';
import type { Clock } from '../lib/clock.ts';
import type { Admission } from '../triggers/admission.ts';
import type { Wake, WakeAnswer } from '../triggers/trigger.ts';
import type { Journaled } from './journaled.ts';

/** How many events may wait in one process. */
export const queueLimit = 10_000;

/** What the queue makes of one arriving event. */
export interface Entrance {
  admission: Admission;
  /** Events of one lane are worked on one after another. */
  lane?: string | undefined;
}

export interface IntakeHost {
  entranceOf(wake: Wake): Entrance;
  /** It is in the queue from now on, though not durable yet. */
  onAccepted(id: string, wake: Wake, admission: Admission): void;
}

/**
 * The one way into a process's queue.
 *
 * Invariants:
 *   I1. An event is durable before whoever brought it hears that it was accepted.
 *   I2. A dedupe key is accepted once in a process's life, ever; the second asker gets the first one's event.
 */
export class Intake {
  readonly #journaled: Journaled;
  readonly #clock: Clock;
  readonly #host: IntakeHost;
  /** What is being accepted, by key. */
  readonly #fresh = new Map<string, Promise<WakeAnswer>>();
  /** Payloads of events that are not durable yet, so cannot be read back. */
  readonly #payloads = new Map<string, Json>();

  constructor(journaled: Journaled, clock: Clock, host: IntakeHost) {
    this.#journaled = journaled;
    this.#clock = clock;
    this.#host = host;
  }

  /** @throws RuntimeError `QUEUE_FULL`, `PROCESS_NOT_FOUND`, or what the journal throws: then nothing was accepted. */
  async accept(wake: Wake, redelivers?: string): Promise<WakeAnswer> {
    const { snapshot } = this.#journaled;
    if (snapshot.deleted) throw new RuntimeError('PROCESS_NOT_FOUND', `"${snapshot.process}" has been deleted.`);
    const key = `${snapshot.life}/${wake.dedupeKey}`;
    const twin = this.#fresh.get(key);
    if (twin) {
      const answer = await twin;
      return answer.filtered ? answer : { eventId: answer.eventId, duplicate: true };
    }
    // Before anything is waited for, so that two who bring the same at the same time find each other.
    const first = this.#acceptFirst(key, wake, redelivers);
    this.#fresh.set(key, first);
    try {
      return { ...(await first) };
    } finally {
      this.#fresh.delete(key);
    }
  }

  async #acceptFirst(key: string, wake: Wake, redelivers: string | undefined): Promise<WakeAnswer> {
    const { snapshot } = this.#journaled;
    const seen = await this.#journaled.find(key);
    if (seen !== undefined) return { eventId: await this.#eventOf(seen), duplicate: true };
    const entrance = this.#host.entranceOf(wake);
    // What a person sends again is wanted now: no filter, debounce or limit is asked.
    const admission = redelivers === undefined ? entrance.admission : atOnce(entrance.admission);
    if (!admission.admit) return { eventId: '', duplicate: false, filtered: true };
    if (snapshot.queue.size >= queueLimit) {
      throw new RuntimeError('QUEUE_FULL', `${queueLimit} events wait in "${snapshot.process}" already.`, {
        waiting: snapshot.queue.size,
      });
    }
    const id = newId('evt', this.#clock.now());
    try {
      const durable = this.#append(id, key, wake, { ...entrance, admission }, redelivers);
      this.#host.onAccepted(id, wake, admission);
      await durable;
    } finally {
      this.#payloads.delete(id);
    }
    return { eventId: id, duplicate: false };
  }

  /** The payload of an open event. */
  async payloadOf(event: { id: string; seq: number; payload?: Json }): Promise<Json> {
    if (event.payload !== undefined) return event.payload;
    const fresh = this.#payloads.get(event.id);
    if (fresh !== undefined) return fresh;
    return (await this.#acceptedEntry(event.seq))?.payload ?? null;
  }

  #append(
    id: string,
    key: string,
    wake: Wake,
    { admission, lane }: Entrance,
    redelivers: string | undefined,
  ): Promise<void> {
    const { trigger, kind, dedupeKey, payload, metadata, taint } = wake;
    const { priority, notBefore, expiresAt, supersedes } = admission;
    this.#payloads.set(id, payload);
    const accepted: EntryBody<'event.accepted'> = {
      id,
      trigger,
      kind,
      dedupeKey,
      payload,
      metadata,
      taint,
      priority,
      notBefore,
      expiresAt,
    };
    if (lane !== undefined) accepted.lane = lane;
    if (redelivers !== undefined) accepted.redelivers = redelivers;
    const ended = supersedes.map((older) => ({
      kind: 'event.ended' as const,
      body: {
        id: older,
        outcome: 'superseded' as const,
        reason: `a newer event of ${trigger} came within its debounce time`,
        by: 'runtime',
      },
    }));
    return this.#journaled.append('accept-event', [...ended, { kind: 'event.accepted' as const, body: accepted, key }]);
  }

  async #eventOf(seq: number): Promise<string> {
    return (await this.#acceptedEntry(seq))?.id ?? '';
  }

  async #acceptedEntry(seq: number): Promise<EntryBody<'event.accepted'> | undefined> {
    const [entry] = await this.#journaled.read(this.#journaled.process, { after: seq - 1, limit: 1 });
    return entry?.kind === 'event.accepted' ? entry.body : undefined;
  }
}

function atOnce({ priority }: Admission): Admission {
  return { admit: true, priority, notBefore: null, expiresAt: null, supersedes: [] };
}
