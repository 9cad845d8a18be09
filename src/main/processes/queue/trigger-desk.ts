import type { TriggerConfig } from '../../../shared/config/trigger-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { QueuedEvent } from '../../journal/fold/snapshot.ts';
import type { Admission } from '../../triggers/admission.ts';
import type {
  Occurrence,
  Trigger,
  TriggerHost,
  Wake,
  WakeAnswer,
  WakesAnswer,
  WebhookReceiver,
} from '../../triggers/trigger.ts';
import type { Journaled } from '../journaled.ts';
import type { ProcessParts } from '../parts.ts';
import { AdmissionDesk } from './admission-desk.ts';

type IdTrigger = TriggerConfig & { id: string };

export interface TriggerDeskHost {
  readonly parts: ProcessParts;
  readonly journaled: Journaled;
  accept(wake: Wake): Promise<WakeAnswer>;
  acceptAll(wakes: readonly Wake[]): Promise<WakesAnswer>;
  cancel(eventId: string, reason: string): Promise<void>;
}

/**
 * How much of its triggers is at work. `receiving`: webhooks only, so that nothing sent to a process is lost, whatever
 * state it is in. `listening`: also events and messages. `armed`: all of them.
 */
export type Readiness = 'receiving' | 'listening' | 'armed';

const passive = new Set(['event', 'message']);

/** The triggers of one process. */
export class TriggerDesk {
  readonly #host: TriggerDeskHost;
  readonly #admissions: AdmissionDesk;
  #triggers: Trigger[] = [];
  #configs = new Map<string, IdTrigger>();
  #armed = false;
  #isMade = false;

  constructor(host: TriggerDeskHost) {
    this.#host = host;
    this.#admissions = new AdmissionDesk(() => host.journaled.snapshot);
  }

  get triggers(): readonly Trigger[] {
    return this.#triggers;
  }

  config(id: string): IdTrigger | undefined {
    return this.#configs.get(id);
  }

  /** @throws RuntimeError what is wrong with the trigger, if anything is. */
  check(config: IdTrigger): void {
    this.#host.parts.checkTrigger(config);
  }

  /** Replaces all triggers. @throws RuntimeError when one of them cannot be made or armed; the others are disarmed. */
  async replace(configs: readonly IdTrigger[], readiness: Readiness): Promise<void> {
    const before = this.#armed ? [...this.#triggers] : [];
    const past = await this.#past(AdmissionDesk.lookBack(configs), configs.length);
    try {
      const triggers = configs.map((config) => this.#host.parts.createTrigger(config, this.#triggerHost(config.id)));
      this.#configs = new Map(configs.map((config) => [config.id, config]));
      this.#triggers = triggers;
      this.#isMade = true;
      this.#admissions.replace(configs, past);
      this.#armed = readiness !== 'receiving';
      const started = this.#enabled().filter(({ type }) => readiness === 'armed' || passive.has(type));
      // The bus keeps nothing for those who come back: the new ones listen before the old ones leave.
      if (this.#armed)
        await Promise.all(started.filter(({ type }) => type === 'event').map((trigger) => trigger.start()));
      await this.#stop(before.splice(0));
      if (this.#armed)
        await Promise.all(started.filter(({ type }) => type !== 'event').map((trigger) => trigger.start()));
    } catch (thrown) {
      await this.#stop(before.filter((trigger) => !this.#triggers.includes(trigger)));
      await this.disarm();
      throw thrown;
    }
  }

  async disarm(): Promise<void> {
    if (!this.#armed) return;
    this.#armed = false;
    await this.#stop(this.#triggers);
  }

  async #stop(triggers: readonly Trigger[]): Promise<void> {
    await Promise.all(
      triggers.map((trigger) =>
        trigger.stop().catch((thrown: unknown) => {
          this.#host.parts.log('warn', `trigger ${trigger.id} did not stop in order`, {
            reason: asError(thrown).message,
          });
        }),
      ),
    );
  }

  /**
   * The webhook trigger that answers at `path`.
   * @throws RuntimeError `HOOK_NOT_FOUND`; `HOOK_NOT_READY` where it is not known yet which there are.
   */
  receiver(path: string): WebhookReceiver {
    const wanted = trimmed(path);
    const found = this.#enabled().find(
      (trigger): trigger is WebhookReceiver =>
        'receive' in trigger && trimmed((trigger as WebhookReceiver).path) === wanted,
    );
    if (found) return found;
    const { process } = this.#host.journaled;
    if (!this.#isMade) throw new RuntimeError('HOOK_NOT_READY', `"${process}" takes no webhooks yet.`, { process });
    throw new RuntimeError('HOOK_NOT_FOUND', `"${process}" has no webhook at /${wanted}.`, {
      path: wanted,
    });
  }

  standsAlone(trigger: string): boolean {
    return this.#admissions.standsAlone(trigger);
  }

  admissionOf(wake: Wake): Admission {
    return this.#admissions.admissionOf(wake, this.#host.parts.clock.now());
  }

  noteAccepted(id: string, wake: Wake, admission: Admission): void {
    this.#admissions.noteAccepted(id, wake, admission, this.#host.parts.clock.now());
  }

  /** The newest accepted events, oldest first; none where no rate limit wants to know. */
  async #past(count: number, triggers: number): Promise<{ trigger: string; id: string; at: number }[]> {
    if (count === 0) return [];
    const { journaled } = this.#host;
    const entries = await journaled.read(journaled.process, {
      kinds: ['event.accepted'],
      order: 'desc',
      limit: count * triggers,
    });
    return entries
      .reverse()
      .flatMap(({ kind, body, at }) =>
        kind === 'event.accepted' ? [{ trigger: body.trigger, id: body.id, at: body.notBefore ?? at }] : [],
      );
  }

  #enabled(): Trigger[] {
    return this.#triggers.filter(({ id }) => this.#configs.get(id)?.enabled !== false);
  }

  #triggerHost(id: string): TriggerHost {
    const { parts, journaled, accept, acceptAll, cancel } = this.#host;
    return {
      process: journaled.process,
      clock: parts.clock,
      alarm: parts.alarm,
      time: parts.time,
      wake: accept,
      wakeAll: acceptAll,
      cancel,
      note: (trigger: string, { outcome, first, instant, count, reason }: Occurrence) =>
        journaled.append('note-occurrence', [
          { kind: 'occurrence.noted', body: { trigger, outcome, first, instant, count, reason } },
        ]),
      open: (trigger) => openEvents(journaled, trigger).map((event) => event.id),
      waiting: (trigger) => openEvents(journaled, trigger).flatMap((event) => (event.run === null ? [event.id] : [])),
      lastInstant: (trigger) => journaled.snapshot.instants.get(trigger) ?? null,
      pausedAt: (instant) => parts.pausedAt?.(journaled.process, instant) ?? null,
      since: () => journaled.snapshot.startedAt || journaled.snapshot.createdAt,
      get away() {
        return journaled.snapshot.state === 'starting' ? 'the process was not running' : parts.away;
      },
      remembered: async (trigger) => Object.fromEntries(journaled.snapshot.remembered.get(trigger) ?? []),
      remember: (trigger, facts) =>
        journaled.append('remember-trigger', [{ kind: 'trigger.remembered', body: { trigger, facts } }]),
      log: (message: string, details: JsonObject = {}) =>
        parts.log('info', message, { process: journaled.process, trigger: id, ...details }),
    };
  }
}

function openEvents(journaled: Journaled, trigger: string): QueuedEvent[] {
  return [...journaled.snapshot.queue.values()].filter((event) => event.trigger === trigger);
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
