import { hash } from 'node:crypto';
import type { CronTrigger as CronSettings } from '../../../shared/config/trigger-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Trigger, TriggerHost } from '../trigger.ts';
import { type Firing, planFirings, wanted } from './cron-plan.ts';
import { HeldNote } from './held-note.ts';
import { type CronSchedule, readCron } from './next-cron-time.ts';
import { heldBy, type Pause, skippedBy } from './pause-windows.ts';
import { Zones } from './zone-spans.ts';

/** Pause windows that are passed over in looking for the next firing. */
const mostPauses = 400;
/** A clock that is set back by less than this is waited for; by more, it had been wrong before. */
const trustMs = 24 * 3_600_000;

/**
 * Wakes at the instants of a schedule.
 *
 * K1. One question is asked at the start, at every alarm and after every jump of the clock: what became due since the
 *     instant that was recorded last? There is no other way to fire, and no other way to notice what was missed.
 * K2. Every instant after the trigger came to be is recorded once: as an event, or in a note that says why not.
 * K3. An instant counts as recorded when the host says so. Until then it is asked about again.
 * K4. Nothing is asked of a clock that is evidently wrong; what became due meanwhile is asked about afterwards.
 */
export class CronTrigger implements Trigger {
  readonly type = 'cron';
  readonly id: string;
  readonly #settings: CronSettings;
  readonly #host: TriggerHost;
  readonly #schedule: CronSchedule;
  readonly #jitterMs: number;
  readonly #held: HeldNote;
  /** Instants up to this one are recorded. */
  #recorded = 0;
  #undoAlarm = () => {};
  #undoWatch: () => unknown = () => {};
  #undoTrust: () => unknown = () => {};
  #looking: Promise<void> | undefined;
  #askedAgain = false;
  #running = false;
  #away: string | undefined;
  #hole = '';
  #failures = 0;

  /** @throws RuntimeError `CRON_INVALID`, `TZ_UNKNOWN` */
  constructor(settings: CronSettings & { id: string }, host: TriggerHost, zones = new Zones()) {
    this.id = settings.id;
    this.#settings = settings;
    this.#host = host;
    this.#schedule = readCron(settings.cronExpression, settings.cronTimezone, zones);
    this.#jitterMs = toMs(settings.jitter);
    this.#held = new HeldNote(settings.id, host);
  }

  nextFiring(): number | null {
    if (this.#host.time?.suspicion) return null;
    let next = this.#schedule.next(Math.max(this.#recorded, this.#host.clock.now()));
    for (let looks = 0; next !== null && looks < mostPauses; looks++) {
      const pause = this.#host.pausedAt?.(next);
      if (!pause) break;
      if (pause.window.policy === 'hold') return pause.until;
      next = this.#schedule.next(pause.until - 1);
    }
    return next === null ? null : next + this.#jitterOf(next);
  }

  summary(): string {
    return this.#schedule.describe();
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const last = this.#host.lastInstant(this.id);
    this.#recorded = Math.max(last ?? 0, this.#host.since(this.id));
    this.#running = true;
    this.#away = this.#host.away;
    this.#undoWatch = this.#host.alarm.onJump((jumpedMs) => {
      if (jumpedMs > 0) this.#hole ||= 'the computer slept or the clock was set forward';
      void this.#look();
    });
    this.#undoTrust = this.#host.time?.onChange(() => void this.#look()) ?? (() => {});
    await this.#look();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#undoAlarm();
    this.#undoWatch();
    this.#undoTrust();
    await this.#looking;
    try {
      await this.#held.flush();
    } catch (thrown) {
      // What it said is due again at the next start.
      this.#host.log(`A note was not written: ${asError(thrown).message}`, { trigger: this.id });
    }
  }

  /** One look at a time; what is asked meanwhile is looked at afterwards. Never rejects. */
  #look(): Promise<void> {
    this.#askedAgain = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#askedAgain && this.#running) {
      this.#askedAgain = false;
      try {
        if (this.#host.time?.look()) {
          this.#hole = 'the clock of the computer was not to be trusted';
          continue;
        }
        await this.#recordDue();
        [this.#failures, this.#away, this.#hole] = [0, undefined, ''];
      } catch (thrown) {
        this.#failed(asError(thrown));
      }
    }
    if (this.#running) this.#arm();
  }

  async #recordDue(): Promise<void> {
    const now = this.#host.clock.now();
    this.#distrustTheFuture(now);
    const due = this.#schedule.due(this.#recorded, this.#ripeUpTo(now), wanted(this.#settings, this.#jitterMs));
    const plan = planFirings(due, now, this.#settings, {
      jitterMs: this.#jitterMs,
      away: this.#away,
      hole: this.#hole || 'the node did not come round to it in time',
    });
    for (const note of plan.notes) {
      await this.#held.flush();
      await this.#host.note(this.id, note);
      this.#recorded = note.instant;
    }
    for (const firing of plan.firings) {
      if (!this.#running) return;
      await this.#fire(firing);
      this.#recorded = firing.instant;
    }
    await this.#held.flushIfDue();
  }

  async #fire({ instant, missed, caughtUp }: Firing): Promise<void> {
    const pause = this.#host.pausedAt?.(instant);
    if (pause && (await this.#isLeftOut(instant, pause))) return;
    if (!caughtUp && (await this.#overlaps(instant))) return;
    await this.#held.flush();
    const { cronExpression: cron_expression, cronTimezone: timezone } = this.#settings;
    const answer = await this.#host.wake({
      trigger: this.id,
      kind: 'cron',
      dedupeKey: `cron:${this.id}:${instant}`,
      payload: { scheduled_time: new Date(instant).toISOString(), cron_expression, timezone, missed },
      metadata: { lateness_ms: this.#host.clock.now() - instant },
      taint: [],
      ...(pause ? { hold: { until: pause.until, reason: heldBy(pause.window) } } : {}),
    });
    if (answer.filtered) await this.#held.add('skipped', instant, 'its filter let it pass by');
  }

  /** Whether a pause window keeps this instant from becoming an event; it has been noted then. */
  async #isLeftOut(instant: number, { window }: Pause): Promise<boolean> {
    if (window.policy === 'skip') {
      await this.#held.add('skipped', instant, skippedBy(window));
      return true;
    }
    if (this.#host.waiting(this.id).length === 0) return false;
    await this.#held.add('coalesced', instant, `an earlier firing is ${heldBy(window)}`);
    return true;
  }

  /** Whether the overlap rule keeps this instant from becoming an event; it has been noted then. */
  async #overlaps(instant: number): Promise<boolean> {
    switch (this.#settings.overlap) {
      case 'queue_all':
        return false;
      case 'skip':
        if (this.#host.open(this.id).length === 0) return false;
        await this.#held.add('skipped', instant, 'an earlier firing had not ended');
        return true;
      case 'queue_one':
        if (this.#host.waiting(this.id).length === 0) return false;
        await this.#held.add('coalesced', instant, 'an earlier firing was waiting already');
        return true;
      case 'cancel_previous':
        for (const earlier of this.#host.open(this.id)) {
          await this.#host.cancel(earlier, `the firing of ${new Date(instant).toISOString()} takes its place`);
        }
        return false;
    }
  }

  /** Everything up to here has waited out its jitter. Firings keep their order, so the first that has not ends it. */
  #ripeUpTo(now: number): number {
    if (this.#jitterMs === 0) return now;
    let ripe = Math.max(this.#recorded, now - this.#jitterMs);
    for (let next = this.#schedule.next(ripe); next !== null; next = this.#schedule.next(next)) {
      if (next + this.#jitterOf(next) > now) break;
      ripe = next;
    }
    return ripe;
  }

  /** Always the same for one instant: so a restart neither draws again nor fires it early. */
  #jitterOf(instant: number): number {
    if (this.#jitterMs === 0) return 0;
    const drawn = hash('sha256', `${this.#host.process} ${this.id} ${instant}`, 'buffer').readUInt32BE();
    return Math.floor((drawn / 2 ** 32) * this.#jitterMs);
  }

  /** The clock stood years ahead once: what was recorded then must not silence the schedule for years. */
  #distrustTheFuture(now: number): void {
    if (this.#recorded <= now + trustMs) return;
    const recorded = new Date(this.#recorded).toISOString();
    this.#host.log('The clock had been ahead; the schedule goes on from now.', { trigger: this.id, recorded });
    this.#recorded = now;
  }

  #failed(error: Error): void {
    if (error instanceof RuntimeError && error.code === 'QUEUE_FULL') this.#hole = 'the queue was full';
    else this.#hole ||= this.#away ?? `it could not be stored: ${error.message}`;
    this.#away = undefined;
    this.#failures++;
    this.#host.log(`Cron trigger "${this.id}" will look again: ${error.message}`, { trigger: this.id });
  }

  #arm(): void {
    this.#undoAlarm();
    const at = this.#nextLook();
    if (at !== null) this.#undoAlarm = this.#host.alarm.at(at, () => void this.#look());
  }

  #nextLook(): number | null {
    if (this.#host.time?.suspicion) return null;
    const now = this.#host.clock.now();
    if (this.#failures > 0) return now + backoffMs(this.#failures, 1_000, 30_000);
    const next = this.#schedule.next(this.#recorded);
    const flush = this.#held.flushAt(now);
    if (next === null) return flush;
    const ripe = next + this.#jitterOf(next);
    return flush === null ? ripe : Math.min(ripe, flush);
  }
}
