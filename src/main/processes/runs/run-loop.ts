import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { toMs } from '../../../shared/duration.ts';
import type { EntryBody, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { newId } from '../../../shared/ids.ts';
import type { RunLimits } from '../../../shared/views/run-limits.ts';
import { firstObjection } from '../../governance/guard.ts';
import { taintAtStart } from '../../journal/fold/governance-fold.ts';
import { lettersFor } from '../../journal/fold/letters.ts';
import type { OpenRun, QueuedEvent } from '../../journal/fold/snapshot.ts';
import { noteOf } from '../error-note.ts';
import type { Ability, Workplace } from '../parts.ts';
import { type ContextClash, clashEnding, clashError, localSteps, mostClashes } from '../prompts/context-clash.ts';
import type { Intake } from '../queue/intake.ts';
import { expired, nextWork } from '../queue/trigger-queue.ts';
import { askAboutEvent } from '../steps/step-hooks.ts';
import type { Pass } from '../steps/step-spec.ts';
import { decideRetry } from '../survival/restart-policy.ts';
import { makeRun, type RunsHost } from './make-run.ts';
import type { Run } from './run.ts';
import { settledEntry } from './settled-entry.ts';
import { trialAgent } from './tool-trial.ts';

export interface RunLoopHost extends RunsHost {
  readonly intake: Intake;
  /** Whether work may begin: the process runs. */
  mayWork(): boolean;
  ability(): Ability;
  workplace(hash: string): Promise<Workplace>;
  /** What the end of a run brings with it besides; `adopt` is called right after it was appended, before it is durable. */
  settle?(body: EntryBody<'run.settled'>): { entries: NewEntry[]; adopt(durable: Promise<void>): void } | null;
  /** After a run was parked, settled or put off. */
  afterPass(pass: Pass): void;
}

/** Takes events from the queue, oldest first, and works on as many at a time as the process may. */
export class RunLoop {
  readonly #host: RunLoopHost;
  /** Null while what the run needs is made ready. */
  readonly #active = new Map<string, Run | null>();
  readonly #passes = new Set<Promise<void>>();
  /** Since when each works, and by which settings. */
  readonly #clocks = new Map<string, { since: number; config: ProcessConfig }>();
  #disarm: (() => void) | undefined;
  #pumping = false;

  constructor(host: RunLoopHost) {
    this.#host = host;
  }

  get active(): number {
    return this.#active.size;
  }

  isActive(run: string): boolean {
    return this.#active.has(run);
  }

  /** How far a run has come that is being worked on, and how far it may go; null: it is not. */
  limitsOf(run: string): RunLimits | null {
    const open = this.#host.journaled.snapshot.runs.get(run);
    const clock = this.#clocks.get(run);
    if (!open || !clock) return null;
    const { since, config } = clock;
    const turns = [...open.steps.values()].filter(({ kind }) => kind === 'model').length;
    return {
      run,
      since,
      mostMs: toMs(config.maxInvocationTime) || null,
      turns,
      mostTurns: config.model === 'script' ? null : config.maxTurns,
      steps: open.steps.size,
      mostSteps: config.maxSteps,
    };
  }

  /** Begins whatever can begin now. Cheap when there is nothing to do. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#fill();
    });
  }

  /** Stops the step that works; the run ends as `ending` says. Returns false where no pass is under way. */
  cancel(run: string, ending: Extract<Pass, { type: 'cancelled' | 'failed' }>): boolean {
    const active = this.#active.get(run);
    active?.cancel(ending);
    return active !== undefined && active !== null;
  }

  /** Begins no further step. */
  halt(): void {
    this.#disarm?.();
    for (const run of this.#active.values()) run?.halt();
  }

  /** Resolves when no pass is under way; steps that take longer than `drainMs` are stopped. */
  async drained(drainMs: number): Promise<void> {
    if (this.#passes.size === 0) return;
    const disarm = this.#host.parts.clock.after(drainMs, () => {
      for (const run of this.#active.values()) run?.cancel({ type: 'halted' });
    });
    while (this.#passes.size > 0) await Promise.allSettled(this.#passes);
    disarm();
  }

  #fill(): void {
    const { journaled, parts } = this.#host;
    while (this.#host.mayWork()) {
      const { config } = this.#host.ability();
      if (this.#active.size >= config.concurrency) return;
      const now = parts.clock.now();
      const next = nextWork(journaled.snapshot, now, new Set(this.#active.keys()), config.inDoubtPolicy === 'hold');
      if (next.take === 'nothing') {
        if (next.wakeAt !== null) this.#wakeAt(next.wakeAt);
        return;
      }
      const { seq } = journaled.snapshot;
      const busy = this.#active.size;
      if (next.take === 'run') this.#resume(next.run, next.event);
      else if (this.#mayBegin(next.event)) this.#begin(next.event);
      // What the journal refused has changed nothing: asking again at once would never end.
      if (journaled.snapshot.seq === seq && this.#active.size === busy) return;
    }
  }

  /** Whether the guards let the event be worked on now; it waits where they do not. */
  #mayBegin(event: QueuedEvent): boolean {
    const verdict = firstObjection(this.#host.guards(), (guard) =>
      guard.beforeRun?.({ event: event.id, taint: event.taint }),
    );
    if (verdict.say === 'wait') {
      const { until, reason } = verdict;
      this.#host.journaled
        .append('delay-event', [{ kind: 'event.delayed', body: { id: event.id, until, reason } }])
        .catch(() => {});
      return false;
    }
    if (verdict.say === 'end') {
      const body = { id: event.id, outcome: 'cancelled' as const, reason: verdict.reason, by: 'governance' };
      this.#host.journaled.append('end-event', [{ kind: 'event.ended', body }]).catch(() => {});
      return false;
    }
    if (verdict.say !== 'halt') return true;
    this.#host.onHalt(verdict);
    return false;
  }

  #wakeAt(at: number): void {
    this.#disarm?.();
    this.#disarm = this.#host.parts.alarm.at(at, () => this.pump());
  }

  /** Ends waiting events whose time is over, at `at` (epoch ms) or soon after, whatever the process does then. */
  expireAt(at: number): void {
    const { journaled, parts } = this.#host;
    parts.alarm.at(at, () => {
      const over = expired(journaled.snapshot, parts.clock.now());
      if (over.length === 0) return;
      const entries = over.map(({ id }) => ({
        kind: 'event.ended' as const,
        body: { id, outcome: 'expired' as const, reason: 'it waited longer than it may', by: 'runtime' },
      }));
      journaled.append('expire-events', entries).catch(() => {});
    });
  }

  #begin(event: QueuedEvent): void {
    const { journaled, parts } = this.#host;
    const id = newId('run', parts.clock.now());
    const { definition } = this.#host.ability();
    const letters = lettersFor(journaled.snapshot, parts.clock.now()).map((letter) => letter.id);
    const body = {
      id,
      event: event.id,
      definition: definition.hash,
      attempt: event.attempts + 1,
      taint: taintAtStart(journaled.snapshot, event.taint),
      ...(letters.length > 0 ? { letters } : {}),
    };
    this.#work(id, event, journaled.append('start-run', [{ kind: 'run.started', body }]));
  }

  #resume(run: OpenRun, event: QueuedEvent): void {
    let begun: Promise<void> | undefined;
    if (run.parked) {
      const { journaled } = this.#host;
      const reason = run.parked.why === 'retry' ? ('retry' as const) : ('timer' as const);
      const item = run.parked.item === null ? undefined : journaled.snapshot.items.get(run.parked.item);
      // Nobody answered in time: what was stated for that case is taken for the answer.
      const answered: NewEntry[] = item
        ? [
            {
              kind: 'item.answered',
              body: { item: item.item.id, run: run.id, step: item.step, answer: item.item.fallback, by: 'timeout' },
            },
          ]
        : [];
      begun = journaled.append('resume-run', [...answered, { kind: 'run.resumed', body: { id: run.id, reason } }]);
    }
    this.#work(run.id, event, begun);
  }

  /** `begun`: when it is certain that the run is under way. */
  #work(id: string, event: QueuedEvent, begun?: Promise<void>): void {
    begun?.catch(() => {});
    const open = this.#host.journaled.snapshot.runs.get(id);
    if (!open) return;
    this.#active.set(id, null);
    const pass = this.#pass(open, event, begun).finally(() => {
      this.#passes.delete(pass);
      this.#active.delete(id);
      this.#clocks.delete(id);
      this.pump();
    });
    this.#passes.add(pass);
  }

  async #pass(open: OpenRun, event: QueuedEvent, begun: Promise<void> | undefined): Promise<void> {
    let run: Run | undefined;
    let pass: Pass;
    let workplace: Workplace | undefined;
    try {
      workplace = await this.#host.workplace(open.definition);
      const payload = await this.#host.intake.payloadOf(event);
      // Not even what may be done twice is done for an event that may still come to nothing.
      if (begun && !(await isKept(begun))) return;
      run = makeRun(this.#host, open, event, payload, workplace);
      // It may have been cancelled while this was made ready.
      if (!this.#host.mayWork() || !this.#host.journaled.snapshot.runs.has(open.id)) return;
      this.#active.set(open.id, run);
      // A model is shown its tools, so they must be known; a script asks for them by name.
      if (workplace.config.model !== 'script' && Object.keys(workplace.config.servers).length > 0)
        await workplace.toolbox.ready(run.signal);
      const blocked = askAboutEvent(this.#host.guards(), open, run.event);
      const reason = blocked && (await blocked);
      pass = reason ? { type: 'cancelled', reason, by: 'hook' } : await this.#timed(open.id, run, workplace);
    } catch (thrown) {
      pass = { type: 'failed', error: noteOf(thrown) };
    }
    try {
      await this.#conclude(pass, open, event, run, workplace);
    } catch {
      // The journal refused: the process hears of it by itself, and the run is taken up again after a reload.
      return;
    }
    this.#host.afterPass(pass);
  }

  async #timed(id: string, run: Run, workplace: Workplace): Promise<Pass> {
    this.#clocks.set(id, { since: this.#host.parts.clock.now(), config: workplace.config });
    const limitMs = toMs(workplace.config.maxInvocationTime);
    const agent = trialAgent(run.event) ?? workplace.agent;
    if (limitMs === 0) return run.pass(agent);
    const message = `The run worked for ${limitMs} ms, which is all it may.`;
    const disarm = this.#host.parts.clock.after(Math.min(limitMs, 2 ** 31 - 1), () =>
      run.cancel({ type: 'failed', error: { code: 'RUN_TIMED_OUT', message } }),
    );
    return run.pass(agent).finally(disarm);
  }

  async #conclude(
    pass: Pass,
    open: OpenRun,
    event: QueuedEvent,
    run: Run | undefined,
    workplace: Workplace | undefined,
  ): Promise<void> {
    const { journaled, parts } = this.#host;
    const pending = run?.takePending() ?? [];
    if (pass.type === 'halted' || pass.type === 'parked') {
      if (pending.length > 0) await journaled.append('note-steps', pending);
      return;
    }
    if (run && workplace) {
      const { clashes } = run;
      if (pass.type === 'done' && clashes.length > 0 && (open.clashes ?? 0) < mostClashes)
        return this.#bringUpToDate(
          open,
          event,
          clashes,
          pending,
          workplace.config.model === 'script' || pass.idle === true,
        );
      const clash = clashEnding(pass, open, clashes);
      if (clash) pass = { type: 'failed', error: noteOf(clash) };
    }
    if (pass.type === 'failed') {
      const { config } = workplace ?? this.#host.ability();
      const decision = decideRetry(config, open, event.attempts, pass.error);
      if (decision.retry) {
        const until = parts.clock.now() + decision.inMs;
        const body = {
          run: open.id,
          event: event.id,
          attempt: open.attempt + 1,
          until,
          error: pass.error,
          voided: decision.voided,
        };
        // Local steps that ended in the failure are made anew; those before it are kept.
        const kept = pending.filter((entry) => entry.kind !== 'step.ended' || entry.body.outcome === 'ok');
        return journaled.append('retry-run', [...kept, { kind: 'run.retrying', body }]);
      }
      pass = { type: 'failed', error: { ...pass.error, message: decision.reason } };
    }
    parts.endRun(open.id);
    const { config } = workplace ?? this.#host.ability();
    const settled = settledEntry({ pass, open, event, run, config, snapshot: journaled.snapshot });
    const brought = this.#host.settle?.(settled.body);
    const durable = journaled.append('settle-run', [...pending, settled, ...(brought?.entries ?? [])]);
    brought?.adopt(durable);
    await durable;
    await this.#afterRun(settled.body, run?.taint ?? new Set(open.taint));
    await journaled.checkpointIfDue();
  }

  /** Others changed what the run has written: it goes on with what is there now, and calls nothing outside twice. */
  async #bringUpToDate(
    open: OpenRun,
    event: QueuedEvent,
    clashes: readonly ContextClash[],
    pending: NewEntry[],
    isScript: boolean,
  ): Promise<void> {
    const { journaled, parts } = this.#host;
    const error = noteOf(clashError(clashes.map(({ key }) => key)));
    const at = { run: open.id, event: event.id, attempt: open.attempt, until: parts.clock.now(), error };
    // A script works anew on what is there now, a gate as well; a model is told, and decides.
    const body: EntryBody<'run.retrying'> = isScript
      ? { ...at, voided: localSteps(open), clash: 'rebased' }
      : { ...at, voided: [], clash: 'told' };
    await journaled.append('retry-run', [...(isScript ? [] : pending), { kind: 'run.retrying', body }]);
  }

  async #afterRun(
    { run, event, outcome, output, error, usage, startedAt }: EntryBody<'run.settled'>,
    taint: ReadonlySet<string>,
  ): Promise<void> {
    for (const guard of this.#host.guards()) {
      const verdict = await guard.afterRun?.({
        run,
        event,
        taint,
        outcome,
        output,
        error: error ?? null,
        usage,
        startedAt,
      });
      if (verdict?.say === 'halt') this.#host.onHalt(verdict);
    }
  }
}

function isKept(durable: Promise<void>): Promise<boolean> {
  return durable.then(
    () => true,
    () => false,
  );
}
