import { asError, RuntimeError } from '../../shared/errors.ts';
import { assertTransition, isAtRest, isWorking, type ProcessState } from '../../shared/lifecycle.ts';
import type { Halt } from '../governance/guard.ts';
import type { Snapshot } from '../journal/fold/snapshot.ts';
import type { Taker } from '../messaging/taker.ts';
import { messageWake } from '../triggers/message-trigger.ts';
import type { Wake, WakeAnswer } from '../triggers/trigger.ts';
import { noteOf } from './error-note.ts';
import { isNotOurs } from './journaled.ts';
import type { ProcessParts } from './parts.ts';
import type { Readiness } from './queue/trigger-desk.ts';
import type { Pass } from './steps/step-spec.ts';
import type { Outage } from './survival/outage.ts';
import { recoveryEntries, resumingEntries } from './survival/recovery.ts';
import { decideRestart } from './survival/restart-policy.ts';
import type { Workings } from './workings.ts';

/** How long a step that works is given when its process is stopped. */
const usualDrainMs = 20_000;

export interface LifeHost {
  /** Reads the journal and says whether the process can be used as it is defined. */
  read(): Promise<void>;
  wake(wake: Wake): Promise<WakeAnswer>;
  /** Takes back what the agent made of itself, where that is what does not work; whether there is something else now. */
  takeBack(thrown: unknown): Promise<boolean>;
  /** Whether it goes by what the agent made of itself: that is tried before it is relied on. */
  isOwnMaking(): boolean;
}

/** The eight states of a process: what changes them, and what that does to its parts. */
export class Life {
  readonly #workings: Workings;
  readonly #parts: ProcessParts;
  readonly #host: LifeHost;
  #turn: Promise<unknown> = Promise.resolve();
  #loaded = false;
  #attached = false;
  #reloading: Promise<void> | undefined;
  #held: { shown: Outage; error: RuntimeError | undefined } | undefined;
  #cancelRestart: (() => void) | undefined;
  #leaveBroker: (() => void) | undefined;

  constructor(workings: Workings, host: LifeHost) {
    this.#workings = workings;
    this.#parts = workings.parts;
    this.#host = host;
  }

  get #snapshot(): Readonly<Snapshot> {
    return this.#workings.journaled.snapshot;
  }

  get #state(): ProcessState {
    return this.#snapshot.state;
  }

  get isLoaded(): boolean {
    return this.#loaded;
  }

  /** Whether its triggers watch. */
  get isAttached(): boolean {
    return this.#attached;
  }

  get mayWork(): boolean {
    const { name, journaled } = this.#workings;
    return this.#attached && isWorking(this.#state) && !journaled.broken && this.#parts.ownership.owns(name);
  }

  /** A failed process still takes what others send it; one that was stopped only what is addressed to it by HTTP. */
  get readiness(): Readiness {
    if (this.#attached) return 'armed';
    return this.#state === 'failed' ? 'listening' : 'receiving';
  }

  /** Why it works on nothing although its state says that it does. */
  get halted(): Outage | null {
    const { broken } = this.#workings.journaled;
    if (!broken || isNotOurs(broken.code))
      return this.#held?.shown ?? this.#parts.ownership.awaited?.(this.#workings.name) ?? null;
    const since = this.#parts.outage.present?.since ?? this.#parts.clock.now();
    return { code: broken.code, message: broken.message, since };
  }

  hold(shown: Outage, error?: RuntimeError): void {
    this.#held = { shown, error };
  }

  letGo(): void {
    this.#held = undefined;
  }

  /** One change of life at a time, in the order they were asked for. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  load(): Promise<void> {
    return this.exclusive(() => this.#load());
  }

  /** As `exclusive`, when the journal has been read. */
  whenLoaded<T>(work: () => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      await this.#load();
      return work();
    });
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    await this.#host.read();
    this.#loaded = true;
  }

  start(by: string): Promise<void> {
    return this.exclusive(async () => {
      if (this.#held?.error) throw this.#held.error;
      await this.#load();
      this.#held = undefined;
      if (this.#attached || !isAtRest(this.#state)) {
        if (this.#attached) assertTransition(this.#workings.name, this.#state, 'starting');
        await this.#takeUp();
        if (this.#state !== 'stopped') return;
      }
      this.#cancelRestart?.();
      await this.#transition('starting', by === 'restart-policy' ? 'restarted after a failure' : 'started', by);
      await this.#begin();
    });
  }

  takeUp(): Promise<void> {
    return this.whenLoaded(() => this.#takeUp());
  }

  stop(by: string, reason: string): Promise<void> {
    return this.whenLoaded(async () => {
      this.#cancelRestart?.();
      if (this.#state === 'stopped') return;
      if (this.#state === 'created') return this.#transition('stopped', reason, by);
      if (this.#state === 'failed')
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${this.#workings.name}" has failed, so it is not working; start it, or delete it.`,
        );
      await this.#transition('stopping', reason, by);
      await this.detach();
      await this.#transition('stopped', reason, by);
      await this.#workings.journaled.checkpoint();
    });
  }

  async stopIfWorking(by: string, reason: string): Promise<void> {
    if (!isAtRest(this.#state)) await this.stop(by, reason);
  }

  suspend(by: string, reason: string): Promise<void> {
    return this.exclusive(async () => {
      await this.#transition('suspended', reason || 'suspended', by);
      this.#workings.loop.halt();
    });
  }

  resume(by: string): Promise<void> {
    return this.exclusive(async () => {
      if (this.#state !== 'suspended') {
        const { name } = this.#workings;
        assertTransition(name, this.#state, 'running');
        throw new RuntimeError(
          'TRANSITION_REFUSED',
          `"${name}" is ${this.#state}; only a suspended process can be resumed.`,
          { process: name, from: this.#state },
        );
      }
      await this.#transition('running', 'resumed', by);
      await this.#syncAwaiting();
      this.#workings.loop.pump();
    });
  }

  /** Something that was waited for has come, or waits no more. */
  async onSettled(): Promise<void> {
    await this.exclusive(() => this.#syncAwaiting());
    this.#workings.loop.pump();
  }

  /** Lets go of it in order, without changing its state; `gone`: for good, and why. */
  close(drainMs?: number, gone?: RuntimeError): Promise<void> {
    const { journaled, name } = this.#workings;
    return this.exclusive(async () => {
      this.#cancelRestart?.();
      if (this.#loaded) {
        await this.detach(drainMs);
        await journaled.release();
        this.#workings.close(this.#attached);
        this.#loaded = false;
      }
      journaled.giveUp(gone);
      // Last, since letting go of it may have been what could not be written.
      this.#parts.outage.forget(name);
    });
  }

  async #takeUp(): Promise<void> {
    const { state, life, released } = this.#snapshot;
    if (this.#attached || life === 0) return;
    if (!released || isWorking(state) || state === 'suspended') {
      await this.#workings.journaled.append(
        'recover-process',
        recoveryEntries(this.#snapshot, released ? 'restart' : this.#parts.crashed ? 'crash' : 'killed'),
      );
    }
    if (state === 'starting') return this.#begin();
    if (state === 'stopping') return this.#transition('stopped', 'stopped', 'runtime');
    if (state === 'failed') return this.#restartIfWanted();
    if (isWorking(state) || state === 'suspended') await this.#attachOrFail('when needed');
  }

  async #begin(): Promise<void> {
    await this.#attachOrFail('now');
    await this.#transition('running', 'started', 'runtime');
    await this.#syncAwaiting();
    this.#workings.loop.pump();
  }

  /** Agent and tools of a process that worked before are made with its first run: most of a thousand may not have one. */
  async #attachOrFail(build: 'now' | 'when needed'): Promise<void> {
    const { workplaces, loop, mailbox } = this.#workings;
    try {
      const { hash } = this.#workings.readAgain().definition;
      if (build === 'now' || this.#host.isOwnMaking()) await workplaces.get(hash);
      await workplaces.tell('session_start', { state: this.#state });
      this.#attached = true;
      await this.#workings.setReadiness('armed');
    } catch (thrown) {
      await this.detach();
      if (await this.#host.takeBack(thrown)) return this.#attachOrFail(build);
      await this.#transition('failed', asError(thrown).message, 'runtime', noteOf(thrown));
      throw thrown;
    }
    for (const { expiresAt } of this.#snapshot.queue.values()) if (expiresAt !== null) loop.expireAt(expiresAt);
    await mailbox.resume();
    this.#workings.handOn();
    this.#leaveBroker = this.#parts.broker.join(this.#taker());
    await this.#syncAwaiting();
    loop.pump();
  }

  /** How the broker sees it: it takes as many messages at a time as it may work on. */
  #taker(): Taker {
    return {
      process: this.#workings.name,
      capacity: () => {
        if (!this.mayWork) return 0;
        let parked = 0;
        for (const run of this.#snapshot.runs.values()) if (run.parked) parked++;
        return this.#workings.ability().config.concurrency + parked;
      },
      load: () => this.#snapshot.queue.size,
      take: (message, trigger) => this.#host.wake(messageWake(message, trigger ?? 'addressed')),
    };
  }

  /** Its triggers and runs rest; nothing of its state changes. */
  async detach(drainMs = usualDrainMs, readiness?: 'listening'): Promise<void> {
    const { desk, loop, workplaces } = this.#workings;
    this.#leaveBroker?.();
    this.#leaveBroker = undefined;
    // Without a gap: what others send meanwhile passes by whoever does not listen.
    await (readiness ? this.#workings.setReadiness(readiness) : desk.disarm());
    // From here on nothing begins: what waits is for whoever takes it up next, or letting go lasts as long as events come.
    const wasAttached = this.#attached;
    this.#attached = false;
    loop.halt();
    await loop.drained(drainMs);
    if (wasAttached) await workplaces.tell('session_end', { state: this.#state }).catch(() => {});
    workplaces.closeGuards();
  }

  #transition(to: ProcessState, reason: string, by: string, error?: ReturnType<typeof noteOf>): Promise<void> {
    const from = this.#state;
    assertTransition(this.#workings.name, from, to);
    const changed = this.#workings.journaled.append('change-state', [
      { kind: 'state.changed', body: { from, to, reason, by, ...(error ? { error } : {}) } },
    ]);
    if (isWorking(to)) this.#parts.broker.kick();
    return changed;
  }

  /** `awaiting` is what a running process is while anything of it waits for a person. */
  async #syncAwaiting(): Promise<void> {
    const waits = this.#snapshot.items.size > 0;
    if (this.#state === 'running' && waits) await this.#transition('awaiting', 'waits for you', 'runtime');
    else if (this.#state === 'awaiting' && !waits)
      await this.#transition('running', 'nothing waits any more', 'runtime');
  }

  afterPass(pass: Pass): void {
    this.#parts.broker.kick();
    if (pass.type === 'failed') void this.#failIfTooOften();
    const waits = this.#snapshot.items.size > 0;
    if (waits === (this.#state === 'running')) this.exclusive(() => this.#syncAwaiting()).catch(() => {});
  }

  /** What a guard demands: no further step begins, and the process says why. */
  halt({ become, code, reason: message }: Halt): void {
    this.#workings.loop.halt();
    const error = { code, message };
    this.exclusive(async () => {
      if (!isWorking(this.#state)) return;
      if (become === 'suspended') return this.#transition('suspended', message, 'governance', error);
      if (become === 'failed') {
        await this.#transition('failed', message, 'governance', error);
        return this.detach(usualDrainMs, 'listening');
      }
      await this.#transition('stopping', message, 'governance', error);
      await this.detach();
      await this.#transition('stopped', message, 'governance');
    }).catch(() => {});
  }

  #failIfTooOften(): Promise<void> {
    return this.exclusive(async () => {
      const { consecutiveFailures, state, lastRun } = this.#snapshot;
      const { maxConsecutiveFailures } = this.#workings.ability().config;
      if (consecutiveFailures < maxConsecutiveFailures || !isWorking(state)) return;
      const many = consecutiveFailures === 1 ? 'an event failed' : `${consecutiveFailures} events failed in a row`;
      const reason = `${many}; the last was ${lastRun?.id}`;
      if (await this.#host.takeBack(new RuntimeError('VERSION_FAILED', reason))) return;
      await this.#transition('failed', reason, 'runtime');
      await this.detach(usualDrainMs, 'listening');
      this.#restartIfWanted();
    }).catch(() => {});
  }

  #restartIfWanted(): void {
    const { restarts, stateSince, stateBy, restartedAt } = this.#snapshot;
    const { known, name } = this.#workings;
    if (stateBy !== 'runtime' || !known) return;
    const now = this.#parts.clock.now();
    const decision = decideRestart(known.config, restarts, Math.random, { restartedAt, now });
    if (!decision.restart) {
      if (known.config.restartPolicy !== 'never')
        this.#parts.log('warn', `"${name}" stays failed: ${decision.reason}`, { restarts });
      return;
    }
    this.#cancelRestart = this.#parts.alarm.at(stateSince + decision.inMs, () => {
      if (this.#state === 'failed') this.start('restart-policy').catch(() => {});
    });
  }

  /** The journal refused to keep something: what is in memory is ahead of it, so it is read again. */
  onBroken(error: RuntimeError): void {
    const { name, journaled, loop } = this.#workings;
    const { outage, log, onBroken } = this.#parts;
    log('error', `the journal of "${name}" could not be written`, { code: error.code, reason: error.message });
    loop.halt();
    onBroken?.(name, error);
    if (!this.#loaded) return;
    if (isNotOurs(error.code)) return void this.#giveUp(error);
    // What is shown meanwhile is what is kept.
    this.#reloading = journaled.reload().catch(() => {});
    outage.begin(name, error, () => this.exclusive(() => this.#goOn(error)));
  }

  /** Somebody else writes its journal: works no more on what it knows, and reads it anew when it is started. */
  #giveUp({ code, message }: RuntimeError): void {
    this.hold({ code, message, since: this.#parts.clock.now() });
    void this.exclusive(async () => {
      await this.detach();
      this.#loaded = false;
    });
  }

  /** Its journal may be writable again: reads it, and takes up what was under way. @throws when it is not. */
  async #goOn(error: RuntimeError): Promise<void> {
    if (!this.#loaded) return;
    const { journaled, loop } = this.#workings;
    await Promise.all([this.#reloading, loop.drained(usualDrainMs)]);
    await journaled.load();
    if (this.#snapshot.life === 0) return;
    const since = this.#parts.outage.present?.since ?? this.#parts.clock.now();
    await journaled.append('resume-journal', resumingEntries(journaled, error, since));
    if (!this.#attached) return this.#takeUp();
    if (this.#state === 'stopping') {
      await this.detach();
      return this.#transition('stopped', 'stopped', 'runtime');
    }
    if (this.#state === 'starting') await this.#transition('running', 'started', 'runtime');
    await this.#workings.setReadiness('armed');
    this.#workings.handOn();
    await this.#syncAwaiting();
    this.#parts.broker.kick();
    loop.pump();
  }
}
