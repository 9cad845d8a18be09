import type { Effect, EntryBody, InboxItem, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { isOutcomeUnknown } from '../../agent/tool.ts';
import { firstObjection, type GuardedStep, type Verdict } from '../../governance/guard.ts';
import type { FoldedStep, OpenRun } from '../../journal/fold/snapshot.ts';
import { hashOf } from '../../lib/hash.ts';
import { fromNote, noteOf } from '../error-note.ts';
import { ReplayOrder } from '../replays/replay-order.ts';
import { Unwind } from '../runs/unwind.ts';
import { newTask, reattached, stopped } from './attached-task.ts';
import { answeredDoubt, type Decision, type LookAt } from './doubt.ts';
import { type LookHost, Looks, type Tried } from './looks.ts';
import { withDeadline } from './step-deadline.ts';
import { divergence, doubtItem, endedBody, guardedStep, intendedBody } from './step-entries.ts';
import { askHooks, tellHooks } from './step-hooks.ts';
import type { Allowed, Pass, Performed, StepCall, StepHost, StepSpec } from './step-spec.ts';

/**
 * Makes the steps of one run, or answers them from the journal.
 *
 * Invariants:
 *   R1. A step with a result is not executed again; its result comes from the journal.
 *   R2. Before a call that cannot be repeated, its intent is durable. After it, its result is appended before anything
 *       else of this run.
 *   R3. A call that cannot be repeated and has an intent but no result is in doubt: a person decides. Not so while the
 *       other side does it as a task of its own: then that is asked for.
 *   R4. A run changes nothing of our own state before it settles; it reads its own writes.
 *   R5. No step begins once the run is halted, parked or cancelled.
 *   R6. Guards are asked before the intent; what they refuse is recorded as the outcome of the step.
 */
export class StepExecutor {
  readonly effects: Effect[] = [];
  readonly taint: Set<string>;
  readonly #host: StepHost;
  readonly #open: Readonly<OpenRun>;
  readonly #abort = new AbortController();
  readonly #recorded: ReadonlyMap<number, FoldedStep>;
  readonly #looks: Looks;
  readonly #replay: ReplayOrder;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #onEffects: (effects: readonly Effect[]) => void;
  /** Entries of local steps, which wait for the next append: they touch nothing but our own state. */
  #pending: NewEntry[] = [];
  #count = 0;
  #now: number;
  #ending: Pass | undefined;

  constructor(host: StepHost, open: Readonly<OpenRun>, onEffects: (effects: readonly Effect[]) => void) {
    this.#host = host;
    this.#open = open;
    this.#onEffects = onEffects;
    // A copy: the fold changes the original as this pass appends.
    this.#recorded = new Map(open.steps);
    this.#looks = new Looks(this.#recorded);
    this.#replay = new ReplayOrder(this.#looks.others);
    this.#now = open.fork?.startedAt ?? open.startedAt;
    this.taint = new Set(open.taint);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get count(): number {
    return this.#count;
  }

  /** Epoch ms of the newest result. */
  get now(): number {
    return this.#now;
  }

  get ending(): Pass | undefined {
    return this.#ending;
  }

  /** The next step, if an earlier pass began it. */
  get next(): FoldedStep | undefined {
    return this.#recorded.get(this.#looks.next(this.#count));
  }

  /** Lets the step that works end, and begins no other. */
  halt(): void {
    this.#ending ??= { type: 'halted' };
  }

  /** Stops also the step that works. */
  cancel(ending: Extract<Pass, { type: 'cancelled' | 'failed' | 'halted' }>): void {
    this.#ending = ending;
    this.#abort.abort(stopped(ending));
  }

  /** Resolves when no step is under way any more; the agent has ended. */
  async drained(): Promise<void> {
    this.#replay.abandon(
      new RuntimeError('RUN_DIVERGED', 'The run ended before it had asked for every step that was recorded.'),
    );
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }

  /** Whether every step that was recorded has been asked for again. */
  get isCaughtUp(): boolean {
    return this.#looks.others.every(({ step }) => step <= this.#count);
  }

  /** Entries that have not been appended yet; the settle takes them along. */
  takePending(): NewEntry[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  make(spec: StepSpec): Promise<Json> {
    let step: number;
    let argsHash: string;
    try {
      step = this.#begin();
      argsHash = spec.kind === 'model' ? spec.name : hashOf(spec.args);
      const known = this.#known(step, spec, argsHash);
      if (known) return known;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    return this.#track(() => this.#execute(step, argsHash, spec));
  }

  /** A step that waits for something to come: its intent is noted, then the run is parked until it can be answered. */
  wait(
    spec: Pick<StepSpec, 'kind' | 'name' | 'args'>,
    attempt: (step: number, begunAt: number) => Performed,
  ): Promise<Json> {
    let step: number;
    const argsHash = hashOf(spec.args);
    try {
      step = this.#begin();
      const known = this.#known(step, spec, argsHash);
      if (known) return known;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    const begun = this.#recorded.get(step);
    return this.#track(async () => {
      if (!begun) await this.#intend(step, argsHash, spec, { args: spec.args }, true, 1).durable;
      return this.#finish(step, spec, argsHash, attempt(step, begun?.at ?? this.#host.clock.now()), 0);
    });
  }

  answerTo(step: number): { answer: Json; by: string } | undefined {
    return this.#open.answers.get(step);
  }

  /** Ends the pass; the run goes on when `item` has been answered, or at `until`. */
  park(step: number, why: EntryBody<'run.parked'>['why'], until: number | null, item?: InboxItem): never {
    if (!this.#ending) {
      this.#ending = { type: 'parked' };
      void this.#append('park-run', [
        { kind: 'run.parked', body: { run: this.#open.id, step, why, until, ...(item ? { item } : {}) } },
      ]);
    }
    throw new Unwind();
  }

  #begin(): number {
    if (this.#ending) throw new Unwind();
    if (this.#count >= this.#host.maxSteps) {
      throw new RuntimeError('LIMIT_STEPS', `The run took ${this.#count} steps, which is all it may.`, {
        steps: this.#count,
      });
    }
    return (this.#count = this.#looks.next(this.#count));
  }

  /** The recorded outcome of a step, if it has one (R1). */
  #known(
    step: number,
    { kind, name, args }: Pick<StepSpec, 'kind' | 'name' | 'args'>,
    argsHash: string,
  ): Promise<Json> | undefined {
    const recorded = this.#recorded.get(step);
    if (!recorded) return this.#beyond(step, { kind, name, args });
    // Which model answered is of no matter to what follows from the answer.
    const isSame =
      recorded.kind === kind && (kind === 'model' || (recorded.name === name && recorded.argsHash === argsHash));
    if (!isSame) {
      const diverged = divergence(recorded, kind, name);
      this.#host.onDiverged?.(diverged);
      // Whatever the agent makes of the refusal, it has no past to go on from.
      this.#ending ??= { type: 'failed', error: noteOf(diverged) };
      throw diverged;
    }
    if (recorded.state === 'intended') return this.#beyond(step, { kind, name, args });
    const ended = this.#replay.turnOf(step).then(() => {
      this.#now = Math.max(this.#now, recorded.at);
      this.#apply(recorded.effects, recorded.taint);
      if (recorded.error) throw fromNote(recorded.error);
      return recorded.result;
    });
    return this.#track(() => ended);
  }

  /** @throws Unwind where only what was recorded is to be had, or the process is not ours any more. */
  #beyond(step: number, spec: Pick<StepSpec, 'kind' | 'name' | 'args'>): undefined {
    const { onBeyond, mayBegin } = this.#host;
    if (!onBeyond && (!mayBegin || mayBegin())) return;
    onBeyond?.(step, spec);
    this.halt();
    throw new Unwind();
  }

  async #execute(step: number, argsHash: string, spec: StepSpec): Promise<Json> {
    const begun = this.#recorded.get(step);
    if (begun?.state === 'intended' && begun.task !== undefined && !this.answerTo(step)) {
      const performed = await this.#reattach(begun, spec);
      if (performed) return this.#finish(step, spec, argsHash, performed, this.#host.clock.now() - begun.at);
    }
    let repeatable = spec.reach !== 'other';
    if (begun?.state === 'intended' && !begun.repeatable) {
      const { verdict, result, by } = await this.#resolveDoubt(step, begun, spec);
      if (verdict === 'happened')
        return this.#finish(step, spec, argsHash, { result: { content: result, isError: false }, by }, 0);
    }
    const local = spec.reach === 'local';
    const guarded = this.#host.guards.length > 0 ? this.#guarded(step, argsHash, spec) : undefined;
    let allowed: Allowed = { args: begun?.args ?? spec.args };
    if (guarded) {
      const asked = begun ? null : askHooks(this.#host.guards, guarded);
      const blocked = asked && (await asked);
      if (asked && this.#ending) throw new Unwind();
      const verdict = blocked ?? this.#ask(guarded, step);
      if (verdict.say === 'refuse') {
        tellHooks(this.#host.guards, 'permission_denied', guarded, { code: verdict.code, reason: verdict.reason });
        const failed = { code: verdict.code, message: verdict.reason };
        return this.#finish(step, spec, argsHash, { result: null, failed, refused: true }, 0, true);
      }
      if (verdict.say === 'allow') allowed = { ...allowed, ...verdict };
    }
    if (allowed.args !== spec.args && spec.reachOf && !local) repeatable = spec.reachOf(allowed.args) !== 'other';
    const attempt = (begun?.attempt ?? 0) + 1;
    const intent = local ? undefined : this.#intend(step, argsHash, spec, allowed, repeatable, attempt);
    // What can be repeated need not wait: losing its intent loses nothing (R2) but what it was charged.
    if (intent && (!repeatable || allowed.charge)) await intent.durable;
    const startedAt = this.#host.clock.elapsed();
    const performed = await this.#perform(step, spec, allowed, intent?.callKey ?? '', repeatable);
    if (guarded) this.#afterwards(guarded, performed);
    const { args, charge } = allowed;
    if (local && charge) performed.charge = charge;
    return this.#finish(step, { ...spec, args }, argsHash, performed, this.#host.clock.elapsed() - startedAt, local);
  }

  /** Asks for what came of a task of the other side; undefined: nobody can tell any more. */
  async #reattach(begun: FoldedStep, spec: StepSpec): Promise<Performed | undefined> {
    const performed = await reattached(this.#host.clock, this.signal, begun, spec);
    if (this.#ending && this.signal.aborted) throw new Unwind();
    if (performed) this.#afterwards(this.#guarded(begun.step, begun.argsHash, spec), performed);
    return performed;
  }

  async #perform(
    step: number,
    spec: StepSpec,
    { args, maxOutputTokens }: Allowed,
    callKey: string,
    repeatable: boolean,
  ): Promise<Performed> {
    const task = newTask((kept) =>
      this.#append('attach-step', [{ kind: 'step.attached', body: { run: this.#open.id, step, ...kept } }]),
    );
    try {
      const call: StepCall = { step, callKey, signal: this.signal, task, maxOutputTokens };
      return task.noted(await withDeadline(this.#host.clock, spec, call, args));
    } catch (thrown) {
      if (thrown instanceof Unwind) throw thrown;
      if (this.#ending && this.signal.aborted && repeatable) throw new Unwind();
      const failed = noteOf(thrown);
      // Whether it took place cannot be known any more: the intent stays without a result (R3).
      const unknown = isOutcomeUnknown(thrown) || failed.code === 'STEP_TIMED_OUT' || failed.code === 'RUN_CANCELLED';
      if (!repeatable && unknown) {
        const { verdict, result, by } = await this.#resolveDoubt(step, { callKey, args }, spec);
        return verdict === 'happened'
          ? { result: { content: result, isError: false }, by }
          : { result: null, failed, by };
      }
      return task.noted({ result: null, failed });
    }
  }

  #guarded(step: number, argsHash: string, spec: StepSpec): GuardedStep {
    const again = this.#recorded.get(step)?.state === 'intended';
    return { ...guardedStep(this.#open, step, argsHash, spec), taint: this.taint, again };
  }

  /** @throws Unwind when a guard parks or halts the run. */
  #ask(guarded: GuardedStep, step: number): Verdict {
    const verdict = firstObjection(this.#host.guards, (guard) => guard.beforeStep?.(guarded));
    if (verdict.say === 'park') return this.park(step, verdict.why, verdict.until, verdict.item);
    if (verdict.say !== 'halt') return verdict;
    this.halt();
    this.#host.onHalt(verdict);
    throw new Unwind();
  }

  #afterwards(guarded: GuardedStep, { result, failed, usage }: Performed): void {
    if (!failed && guarded.name === 'write_file')
      tellHooks(this.#host.guards, 'file_changed', guarded, { by: 'agent' });
    const outcome = { ok: failed === undefined, result, error: failed ?? null, usage: usage ?? {} };
    const verdict = firstObjection(this.#host.guards, (guard) => guard.afterStep?.(guarded, outcome));
    if (verdict.say !== 'halt') return;
    // The step has taken place and is recorded; nothing begins after it.
    this.halt();
    this.#host.onHalt(verdict);
  }

  #intend(
    step: number,
    argsHash: string,
    spec: Pick<StepSpec, 'kind' | 'name' | 'args'>,
    allowed: Allowed,
    repeatable: boolean,
    attempt: number,
  ): { callKey: string; durable: Promise<void> } {
    const place = { process: this.#host.process, run: this.#open.id, step, argsHash };
    const body = { ...intendedBody(place, spec, allowed), repeatable, attempt };
    return { callKey: body.callKey, durable: this.#append('intend-step', [{ kind: 'step.intended', body }]) };
  }

  #finish(
    step: number,
    spec: Pick<StepSpec, 'kind' | 'name' | 'args'>,
    argsHash: string,
    performed: Performed,
    durationMs: number,
    local = false,
  ): Json {
    const given = endedBody({ run: this.#open.id, step, argsHash }, spec, performed, durationMs, local);
    const body = this.#host.redact?.(given) ?? given;
    this.#now = Math.max(this.#now, this.#host.clock.now());
    if (local) this.#pending.push({ kind: 'step.ended', body });
    else void this.#append('end-step', [{ kind: 'step.ended', body }]);
    this.#apply(body.effects, body.taint);
    if (body.error) throw fromNote(body.error);
    return body.result;
  }

  /** What a person, a check or a rule decided about a call in doubt; parks the run until somebody does (R3). */
  async #resolveDoubt(
    step: number,
    begun: Pick<FoldedStep, 'callKey' | 'args'> & Partial<Pick<FoldedStep, 'state' | 'seq'>>,
    spec: StepSpec,
  ): Promise<Decision> {
    // An answer is about a try that a pass before this one made.
    const answered = begun.state && this.answerTo(step);
    const decided = answered && answeredDoubt(answered);
    if (decided) return decided;
    if (decided === null) this.cancel({ type: 'cancelled', reason: 'given up in doubt', by: answered?.by ?? '' });
    if (this.#ending) throw new Unwind();
    const { doubt } = spec;
    const args = begun.args ?? spec.args;
    const tried: Tried = { step, callKey: begun.callKey, seq: begun.state ? begun.seq : undefined };
    const look: LookAt = (...call) => this.#looks.make(tried, this.#count, this.#lookHost, ...call);
    const looked = await doubt?.decide(args, { signal: this.signal, look });
    if (this.#ending) throw new Unwind();
    if (looked?.decision) return looked.decision;
    const until = doubt?.deadlineMs == null ? null : this.#host.clock.now() + doubt.deadlineMs;
    return this.park(step, 'in_doubt', until, doubtItem(this.#open, spec, args, looked?.found, until));
  }

  get #lookHost(): LookHost {
    return {
      clock: this.#host.clock,
      signal: this.signal,
      intend: (step, argsHash, spec, attempt) =>
        this.#intend(step, argsHash, spec, { args: spec.args }, true, attempt).callKey,
      finish: (step, argsHash, spec, seen, durationMs) => this.#finish(step, spec, argsHash, seen, durationMs),
    };
  }

  #append(commit: string, entries: NewEntry[]): Promise<void> {
    const durable = this.#host.append(commit, [...this.takePending(), ...entries]);
    // The process hears of a failed append by itself and gives this pass up.
    durable.catch(() => {});
    return durable;
  }

  #apply(effects: readonly Effect[], taint: readonly string[] = []): void {
    for (const effect of effects) this.effects.push(effect);
    for (const label of taint) this.taint.add(label);
    if (effects.length > 0) this.#onEffects(effects);
  }

  #track<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    this.#inFlight.add(promise);
    const forget = () => this.#inFlight.delete(promise);
    promise.then(forget, forget);
    return promise;
  }
}
