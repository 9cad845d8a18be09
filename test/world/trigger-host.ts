import { Alarm } from '../../src/main/lib/alarm.ts';
import type { Clock } from '../../src/main/lib/clock.ts';
import type { Occurrence, TriggerHost, Wake, WakeAnswer } from '../../src/main/triggers/trigger.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { JsonObject } from '../../src/shared/json.ts';

export interface AcceptedEvent extends Wake {
  id: string;
  acceptedAt: number;
  state: 'waiting' | 'running' | 'ended';
  cancelled?: string;
}

/**
 * What a process remembers for its triggers, and survives every kill. Triggers get a session of it; `kill` ends the
 * session the way a crash does: nothing more is stored, and nobody is told.
 */
export class TriggerWorld {
  readonly events: AcceptedEvent[] = [];
  readonly notes: (Occurrence & { trigger: string })[] = [];
  readonly logs: string[] = [];
  readonly facts = new Map<string, JsonObject>();
  readonly #instants = new Map<string, number>();
  readonly #keys = new Map<string, AcceptedEvent>();
  readonly clock: Clock;
  readonly #bornAt: number;
  #session: { alive: boolean; alarm: Alarm } | undefined;
  /** Asked before each wake; what it throws, `wake` throws. */
  refuse: (wake: Wake) => RuntimeError | undefined = () => undefined;
  /** Run on their own as soon as they are accepted, when true. */
  runAtOnce = false;
  parked: string | undefined;
  filter: (wake: Wake) => boolean = () => true;

  constructor(clock: Clock) {
    this.clock = clock;
    this.#bornAt = clock.now();
  }

  session(away = 'the node was off'): TriggerHost {
    this.kill();
    const session = { alive: true, alarm: new Alarm(this.clock) };
    this.#session = session;
    const commit = async <T>(write: () => T): Promise<T> => {
      await Promise.resolve();
      if (!session.alive) return new Promise(() => {});
      return write();
    };
    return {
      process: 'p',
      clock: this.clock,
      alarm: session.alarm,
      away,
      wake: (wake) => commit(() => this.#accept(wake)),
      wakeAll: async (wakes) => {
        for (const [taken, wake] of wakes.entries()) {
          try {
            await commit(() => this.#accept(wake));
          } catch (reason) {
            return { taken, reason };
          }
        }
        return { taken: wakes.length };
      },
      note: (trigger, occurrence) =>
        commit(() => {
          this.notes.push({ trigger, ...occurrence });
          this.#instants.set(trigger, occurrence.instant);
        }),
      open: (trigger) => this.#open(trigger).map(({ id }) => id),
      waiting: (trigger) => this.#open(trigger).flatMap(({ id, state }) => (state === 'waiting' ? [id] : [])),
      cancel: (id, reason) =>
        commit(() => {
          const event = this.event(id);
          event.state = 'ended';
          event.cancelled = reason;
        }),
      lastInstant: (trigger) => this.#instants.get(trigger) ?? null,
      since: () => this.#bornAt,
      remembered: async (trigger) => ({ ...this.facts.get(trigger) }),
      remember: (trigger, facts) =>
        commit(() => {
          const kept = { ...this.facts.get(trigger), ...facts };
          for (const [key, value] of Object.entries(kept)) if (value === null) delete kept[key];
          this.facts.set(trigger, kept);
        }),
      log: (message) => this.logs.push(message),
    };
  }

  kill(): void {
    if (!this.#session) return;
    this.#session.alive = false;
    this.#session.alarm.close();
    this.#session = undefined;
  }

  event(id: string): AcceptedEvent {
    const event = this.events.find((candidate) => candidate.id === id);
    if (!event) throw new RuntimeError('TRIGGER_EVENT_NOT_FOUND', `No event ${id}.`);
    return event;
  }

  /** Every instant that is accounted for, as an event or in a note; an instant recorded twice is there twice. */
  get instants(): number[] {
    return this.events
      .filter((event) => event.kind === 'cron')
      .map((event) => Number(event.dedupeKey.split(':').at(-1)));
  }

  #open(trigger: string): AcceptedEvent[] {
    return this.events.filter((event) => event.trigger === trigger && event.state !== 'ended');
  }

  #accept(wake: Wake): WakeAnswer {
    const refusal = this.refuse(wake);
    if (refusal) throw refusal;
    const twin = this.#keys.get(wake.dedupeKey);
    if (twin) return { eventId: twin.id, duplicate: true };
    if (!this.filter(wake)) return { eventId: '', duplicate: false, filtered: true };
    const id = `evt_${this.events.length + 1}`;
    const event: AcceptedEvent = {
      ...wake,
      id,
      acceptedAt: this.clock.now(),
      state: this.runAtOnce ? 'ended' : 'waiting',
    };
    this.events.push(event);
    this.#keys.set(wake.dedupeKey, event);
    if (wake.kind === 'cron') this.#instants.set(wake.trigger, Number(wake.dedupeKey.split(':').at(-1)));
    return { eventId: id, duplicate: false, ...(this.parked ? { parked: this.parked } : {}) };
  }
}
