import type { EntryBody, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { Json } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Admission } from '../../triggers/admission.ts';
import type { Wake, WakeAnswer, WakesAnswer } from '../../triggers/trigger.ts';
import type { Journaled } from '../journaled.ts';

/** How many events may wait in one process. */
export const queueLimit = 10_000;

/** What the queue makes of one arriving event. */
export interface Entrance {
  admission: Admission;
  /** Events of one lane are worked on one after another. */
  lane?: string | undefined;
}

/** What was let in and is to be appended. */
interface Entering {
  id: string;
  wake: Wake;
  admission: Admission;
  entries: NewEntry[];
}

export interface IntakeHost {
  /** Whether what becomes of a trigger's events depends on none that came just before. */
  standsAlone(trigger: string): boolean;
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
  readonly #fresh = new Map<string, (key: string) => Promise<WakeAnswer>>();
  /** Payloads of events that are not durable yet, so cannot be read back. */
  readonly #payloads = new Map<string, Json>();

  constructor(journaled: Journaled, clock: Clock, host: IntakeHost) {
    this.#journaled = journaled;
    this.#clock = clock;
    this.#host = host;
  }

  /** @throws RuntimeError `QUEUE_FULL`, `PROCESS_NOT_FOUND`, or what the journal throws: then nothing was accepted. */
  async accept(wake: Wake, redelivers?: string): Promise<WakeAnswer> {
    const key = this.#keyOf(wake);
    const twin = this.#fresh.get(key);
    if (twin) {
      const answer = await twin(key);
      return answer.filtered ? answer : { eventId: answer.eventId, duplicate: true };
    }
    // Before anything is waited for, so that two who bring the same at the same time find each other.
    const first = this.#acceptFirst(key, wake, redelivers);
    this.#fresh.set(key, () => first);
    try {
      return { ...(await first) };
    } finally {
      this.#fresh.delete(key);
    }
  }

  /** Several that came at once, in order. They become durable together. @throws as `accept`, where none was accepted. */
  async acceptAll(wakes: readonly Wake[]): Promise<WakesAnswer> {
    const keys = wakes.map((wake) => this.#keyOf(wake));
    const isPlain =
      new Set(keys).size === keys.length &&
      wakes.every(({ trigger }, index) => this.#host.standsAlone(trigger) && !this.#fresh.has(keys[index] as string));
    if (!isPlain) {
      const outcomes = await Promise.allSettled(wakes.map((wake) => this.accept(wake)));
      const taken = outcomes.findIndex(({ status }) => status === 'rejected');
      const failed = outcomes[taken];
      return failed?.status === 'rejected' ? { taken, reason: failed.reason } : { taken: wakes.length };
    }
    const all = this.#acceptTogether(wakes, keys);
    const answer = async (key: string) => (await all).answerOf(keys.indexOf(key));
    for (const key of keys) this.#fresh.set(key, answer);
    try {
      return (await all).outcome;
    } finally {
      for (const key of keys) this.#fresh.delete(key);
    }
  }

  async #acceptTogether(
    wakes: readonly Wake[],
    keys: readonly string[],
  ): Promise<{ outcome: WakesAnswer; answerOf(index: number): Promise<WakeAnswer> }> {
    const seen = await Promise.all(keys.map((key) => this.#journaled.find(key)));
    const entering: (Entering | undefined)[] = [];
    const outcome: WakesAnswer = { taken: wakes.length };
    let ahead = 0;
    for (const [index, wake] of wakes.entries()) {
      try {
        const entered =
          seen[index] === undefined ? this.#enter(keys[index] as string, wake, undefined, ahead) : undefined;
        if (entered) ahead++;
        entering.push(entered);
      } catch (reason) {
        Object.assign(outcome, { taken: index, reason });
        break;
      }
    }
    const entered = entering.filter((one) => one !== undefined);
    if (entered.length > 0) await this.#append(entered);
    const answerOf = async (index: number): Promise<WakeAnswer> => {
      const before = seen[index];
      if (before !== undefined) return { eventId: await this.#eventOf(before), duplicate: true };
      if (index >= outcome.taken) throw outcome.reason;
      const id = entering[index]?.id;
      return id === undefined ? passedBy() : { eventId: id, duplicate: false };
    };
    return { outcome, answerOf };
  }

  async #acceptFirst(key: string, wake: Wake, redelivers: string | undefined): Promise<WakeAnswer> {
    const seen = await this.#journaled.find(key);
    if (seen !== undefined) return { eventId: await this.#eventOf(seen), duplicate: true };
    const entered = this.#enter(key, wake, redelivers);
    if (!entered) return passedBy();
    await this.#append([entered]);
    return { eventId: entered.id, duplicate: false };
  }

  #keyOf({ dedupeKey }: Wake): string {
    const { deleted, life, process } = this.#journaled.snapshot;
    if (deleted) throw new RuntimeError('PROCESS_NOT_FOUND', `"${process}" has been deleted.`);
    return `${life}/${dedupeKey}`;
  }

  /** The payload of an open event. */
  async payloadOf(event: { id: string; seq: number; payload?: Json }): Promise<Json> {
    if (event.payload !== undefined) return event.payload;
    const fresh = this.#payloads.get(event.id);
    if (fresh !== undefined) return fresh;
    return (await this.#acceptedEntry(event.seq))?.payload ?? null;
  }

  /**
   * Undefined: its trigger lets it pass by. `ahead`: how many enter together with it, before it.
   * @throws RuntimeError `QUEUE_FULL`
   */
  #enter(key: string, wake: Wake, redelivers?: string, ahead = 0): Entering | undefined {
    const { queue, process } = this.#journaled.snapshot;
    const entrance = this.#host.entranceOf(wake);
    // What a person sends again is wanted now: no filter, debounce or limit is asked.
    const admission = redelivers === undefined ? held(entrance.admission, wake) : atOnce(entrance.admission);
    if (!admission.admit) return undefined;
    const waiting = queue.size + ahead;
    if (waiting >= queueLimit)
      throw new RuntimeError('QUEUE_FULL', `${queueLimit} events wait in "${process}" already.`, { waiting });
    const id = newId('evt', this.#clock.now());
    return { id, wake, admission, entries: acceptedEntries(id, key, wake, { ...entrance, admission }, redelivers) };
  }

  async #append(entering: readonly Entering[]): Promise<void> {
    for (const { id, wake } of entering) this.#payloads.set(id, wake.payload);
    try {
      const durable = this.#journaled.append(
        'accept-event',
        entering.flatMap(({ entries }) => entries),
      );
      for (const { id, wake, admission } of entering) this.#host.onAccepted(id, wake, admission);
      await durable;
    } finally {
      for (const { id } of entering) this.#payloads.delete(id);
    }
  }

  async #eventOf(seq: number): Promise<string> {
    return (await this.#acceptedEntry(seq))?.id ?? '';
  }

  async #acceptedEntry(seq: number): Promise<EntryBody<'event.accepted'> | undefined> {
    const [entry] = await this.#journaled.read(this.#journaled.process, { after: seq - 1, limit: 1 });
    return entry?.kind === 'event.accepted' ? entry.body : undefined;
  }
}

function acceptedEntries(
  id: string,
  key: string,
  { trigger, kind, dedupeKey, payload, metadata, taint, hold, setFor }: Wake,
  { admission: { priority, notBefore, expiresAt, supersedes }, lane }: Entrance,
  redelivers: string | undefined,
): NewEntry[] {
  const body: EntryBody<'event.accepted'> = {
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
  if (lane !== undefined) body.lane = lane;
  if (redelivers !== undefined) body.redelivers = redelivers;
  else if (setFor !== undefined) body.setFor = setFor;
  const accepted: NewEntry[] = [{ kind: 'event.accepted', body, key }];
  if (hold && notBefore === hold.until)
    accepted.push({ kind: 'event.delayed', body: { id, until: hold.until, reason: hold.reason } });
  if (supersedes.length === 0) return accepted;
  const ended = supersedes.map(
    (older): NewEntry => ({
      kind: 'event.ended',
      body: {
        id: older,
        outcome: 'superseded',
        reason: `a newer event of ${trigger} came within its debounce time`,
        by: 'runtime',
      },
    }),
  );
  return [...ended, ...accepted];
}

function passedBy(): WakeAnswer {
  return { eventId: '', duplicate: false, filtered: true };
}

/** What its trigger holds back waits at least until then. */
function held(admission: Admission, { hold }: Wake): Admission {
  return hold && hold.until > (admission.notBefore ?? 0) ? { ...admission, notBefore: hold.until } : admission;
}

function atOnce({ priority }: Admission): Admission {
  return { admit: true, priority, notBefore: null, expiresAt: null, supersedes: [] };
}
