import { RuntimeError, asError, fromWire } from '../../shared/errors.ts';
import type { Effect, EntryBody, ErrorNote, InboxItem, NewEntry, StepKind, Usage } from '../../shared/journal-entries.ts';
import { newId } from '../../shared/ids.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { Agent, AgentRun, ToolAnswer } from '../agent/agent.ts';
import type { Model, ModelAnswer, ModelRequest } from '../agent/models/model.ts';
import type { Tool, ToolReach } from '../agent/tool.ts';
import { checkContextKey, checkContextTotal, checkContextWrite } from '../agent/tools/context-tools.ts';
import { checkEventType, checkPublished } from '../agent/tools/messaging-tools.ts';
import type { FoldedStep, OpenRun, QueuedEvent } from '../journal/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import { hashOf, sha256 } from '../lib/hash.ts';
import type { Toolbox } from './parts.ts';
import { ReplayOrder } from './replay-order.ts';

/** How a pass over a run ended. Only `done`, `failed` and `cancelled` end the run itself. */
export type Pass =
  | { type: 'done'; output: Json }
  | { type: 'failed'; error: ErrorNote }
  | { type: 'cancelled'; reason: string; by: string }
  | { type: 'parked' }
  | { type: 'halted' };

/** What a run needs from its process. */
export interface RunHost {
  readonly process: string;
  readonly clock: Clock;
  readonly toolbox: Toolbox;
  readonly limits: { maxSteps: number; toolTimeoutMs: number; writableKeys: readonly string[] };
  /** Context as it was when the run began. */
  contextAtStart(): Map<string, Json>;
  opening(): Promise<{ role: 'system' | 'user' | 'assistant'; content: string }[]>;
  append(commit: string, entries: NewEntry[]): Promise<void>;
  /** Left out while nobody watches: streaming costs time. */
  onText?: (step: number, text: string) => void;
}

/** One thing to do, and how. */
interface StepSpec<T extends Json> {
  kind: StepKind;
  name: string;
  args: Json;
  reach: ToolReach;
  deadlineMs?: number;
  perform(call: { step: number; callKey: string; signal: AbortSignal }): Promise<Performed<T>> | Performed<T>;
}
interface Performed<T extends Json> {
  result: T;
  failed?: ErrorNote;
  effects?: Effect[];
  usage?: Partial<Usage>;
}

/** Ends a pass from inside a step. `unwind` tells a sandbox that the script must not see it. */
class Unwind extends Error {
  readonly unwind = true;
}

/**
 * One trigger event being worked on: the agent is run from its top, and each thing it does is a numbered step.
 *
 * Invariants:
 *   R1. A step with a result is not executed again; its result comes from the journal.
 *   R2. Before a call that cannot be repeated, its intent is durable. After it, its result is appended before anything
 *       else of this run.
 *   R3. A call that cannot be repeated and has an intent but no result is in doubt: a person decides.
 *   R4. A run changes nothing of our own state before it settles; it reads its own writes.
 *   R5. No step begins once the run is halted, parked or cancelled.
 */
export class Run implements AgentRun {
  readonly id: string;
  readonly process: string;
  readonly event: AgentRun['event'];
  readonly startedAt: number;
  readonly effects: Effect[] = [];
  readonly #host: RunHost;
  readonly #open: Readonly<OpenRun>;
  readonly #abort = new AbortController();
  readonly #recorded: ReadonlyMap<number, FoldedStep>;
  readonly #replay: ReplayOrder;
  readonly #inFlight = new Set<Promise<unknown>>();
  #context: Map<string, Json> | undefined;
  /** Entries of local steps, which wait for the next append: they touch nothing but our own state. */
  #pending: NewEntry[] = [];
  #count = 0;
  #asked = false;
  #now: number;
  #ending: Pass | undefined;

  constructor(host: RunHost, open: Readonly<OpenRun>, event: Readonly<QueuedEvent>, payload: Json) {
    this.#host = host;
    this.#open = open;
    // A copy: the fold changes the original as this pass appends.
    this.#recorded = new Map(open.steps);
    this.#replay = new ReplayOrder([...open.steps.values()]);
    this.id = open.id;
    this.process = host.process;
    this.startedAt = open.startedAt;
    this.#now = open.startedAt;
    this.event = {
      id: event.id,
      trigger: event.trigger,
      type: event.kind,
      payload,
      metadata: event.metadata,
      at: event.at,
      taint: event.taint,
    };
  }

  get context(): Map<string, Json> {
    this.#context ??= this.#host.contextAtStart();
    return this.#context;
  }

  get tools(): readonly Tool[] {
    return this.#host.toolbox.tools;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** How many steps the run has taken so far. */
  get steps(): number {
    return this.#count;
  }

  now(): number {
    return this.#now;
  }

  opening(): Promise<{ role: 'system' | 'user' | 'assistant'; content: string }[]> {
    return this.#host.opening();
  }

  /** Lets the agent work until it is done, or until the run has to wait. Never throws. */
  async pass(agent: Agent): Promise<Pass> {
    let ended: Pass;
    try {
      ended = { type: 'done', output: await agent.run(this) };
    } catch (thrown) {
      ended = { type: 'failed', error: noteOf(thrown) };
    }
    this.#replay.abandon(new RuntimeError('RUN_DIVERGED', 'The run ended before it had asked for every step that was recorded.'));
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
    return this.#ending ?? ended;
  }

  /** Entries that have not been appended yet; the settle takes them along. */
  takePending(): NewEntry[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  /** Lets the step that works end, and begins no other. */
  halt(): void {
    this.#ending ??= { type: 'halted' };
  }

  /** Stops also the step that works. */
  cancel(ending: Extract<Pass, { type: 'cancelled' | 'failed' | 'halted' }>): void {
    this.#ending = ending;
    this.#abort.abort(new RuntimeError('RUN_CANCELLED', 'The run was stopped.'));
  }

  model(model: Model, request: Omit<ModelRequest, 'signal' | 'idempotencyKey' | 'onText'>): Promise<ModelAnswer> {
    const { onText } = this.#host;
    const first = !this.#asked;
    this.#asked = true;
    const spec: StepSpec<Json> = {
      kind: 'model',
      name: model.id,
      // Later turns add only what earlier steps of this run already hold.
      args: first ? ({ messages: request.messages, tools: request.tools.map((tool) => tool.name) } as unknown as Json) : { messages: request.messages.length },
      reach: 'idempotent',
      perform: async ({ step, callKey, signal }) => {
        const answer = await model.ask({
          ...request,
          signal,
          idempotencyKey: callKey,
          ...(onText ? { onText: (text: string) => onText(step, text) } : {}),
        });
        const { inputTokens, outputTokens } = answer.usage;
        return { result: answer as unknown as Json, usage: { inputTokens, outputTokens, costUsd: answer.costUsd ?? 0 } };
      },
    };
    return this.#step(spec) as Promise<unknown> as Promise<ModelAnswer>;
  }

  async tool(name: string, args: Json): Promise<ToolAnswer> {
    let tool: Tool | undefined;
    let refusal: unknown;
    try {
      tool = this.#host.toolbox.resolve(name, args);
    } catch (thrown) {
      refusal = thrown;
    }
    const reach = tool ? (tool.reachOf?.(args as JsonObject) ?? tool.reach) : 'local';
    return (await this.#step({
      kind: 'tool',
      name,
      args,
      reach,
      deadlineMs: this.#host.limits.toolTimeoutMs,
      perform: async ({ step, callKey, signal }) => {
        if (!tool) throw refusal;
        const call = { process: this.process, run: this.id, step, callKey, signal, context: this.context, now: this.#now };
        const { content, isError = false, effects } = await tool.execute((args ?? {}) as JsonObject, call);
        return { result: { content, isError }, ...(effects ? { effects } : {}) };
      },
    })) as unknown as ToolAnswer;
  }

  async setContext(key: string, value: Json): Promise<void> {
    await this.#local('context', `set ${key}`, { key, value }, () => {
      checkContextWrite(key, value, this.#host.limits.writableKeys);
      checkContextTotal(this.context, key, value);
      return { type: 'context.set', key, value };
    });
  }

  async deleteContext(key: string): Promise<void> {
    await this.#local('context', `delete ${key}`, { key }, () => {
      checkContextKey(key, this.#host.limits.writableKeys);
      return { type: 'context.delete', key };
    });
  }

  async emit(type: string, data: Json): Promise<void> {
    await this.#local('emit', type, data, () => {
      checkEventType(type);
      checkPublished(`Event "${type}"`, data);
      return { type: 'emit', eventType: type, data };
    });
  }

  async send(topic: string, content: Json): Promise<void> {
    await this.#local('send', topic, content, () => {
      checkEventType(topic, 'topic');
      checkPublished(`The message to "${topic}"`, content);
      return { type: 'send', topic, content };
    });
  }

  async log(text: string): Promise<void> {
    await this.#local('log', 'log', text.slice(0, 10_000), () => null);
  }

  ask(question: string): Promise<Json> {
    return this.#waiting('ask', question.slice(0, 200), { question }, (step) => {
      const answer = this.#open.answers.get(step);
      if (answer) return { result: answer.answer };
      return this.#park(step, 'question', null, {
        id: newId('itm'),
        kind: 'question',
        title: `${this.process} asks`,
        question,
        about: { run: this.id, event: this.event.id, trigger: this.event.trigger },
        choices: [],
        expiresAt: null,
        fallback: null,
      });
    });
  }

  async wait(ms: number): Promise<void> {
    await this.#waiting('wait', `${ms} ms`, { ms }, (step, begunAt) => {
      const until = begunAt + ms;
      return this.#host.clock.now() >= until ? { result: null } : this.#park(step, 'timer', until);
    });
  }

  /** A step that changes only our own state: no intent, and its entry waits for the next append. */
  #local(kind: StepKind, name: string, args: Json, effect: () => Effect | null): Promise<Json> {
    return this.#step({
      kind,
      name,
      args,
      reach: 'local',
      perform: () => {
        const change = effect();
        return { result: null, effects: change ? [change] : [] };
      },
    });
  }

  /** A step that waits for something to come: its intent is noted, then the run is parked until it can be answered. */
  #waiting(kind: StepKind, name: string, args: Json, attempt: (step: number, begunAt: number) => Performed<Json>): Promise<Json> {
    const step = this.#begin();
    const argsHash = hashOf(args);
    const known = this.#known(step, kind, name, argsHash);
    if (known?.ended) return known.ended;
    const begun = this.#recorded.get(step);
    return this.#track(async () => {
      if (!begun) {
        await this.#append('intend-step', [{ kind: 'step.intended', body: this.#intent(step, { kind, name, args }, argsHash, true, 1) }]);
      }
      return this.#finish(step, { kind, name }, argsHash, attempt(step, begun?.at ?? this.#host.clock.now()), 0);
    });
  }

  #step<T extends Json>(spec: StepSpec<T>): Promise<T> {
    let step: number;
    let argsHash: string;
    try {
      step = this.#begin();
      argsHash = spec.kind === 'model' ? spec.name : hashOf(spec.args);
      const known = this.#known(step, spec.kind, spec.name, argsHash);
      if (known?.ended) return known.ended as Promise<T>;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    return this.#track(() => this.#execute(step, argsHash, spec));
  }

  async #execute<T extends Json>(step: number, argsHash: string, spec: StepSpec<T>): Promise<T> {
    const begun = this.#recorded.get(step);
    const repeatable = spec.reach !== 'other';
    if (begun?.state === 'intended' && !begun.repeatable) {
      const resolved = this.#resolveDoubt(step, begun, spec);
      if (resolved) return this.#finish(step, spec, argsHash, resolved, 0) as T;
    }
    const attempt = (begun?.attempt ?? 0) + 1;
    const intent = spec.reach === 'local' ? undefined : this.#intent(step, spec, argsHash, repeatable, attempt);
    if (intent) {
      const durable = this.#append('intend-step', [{ kind: 'step.intended', body: intent }]);
      // What can be repeated need not wait: losing its intent loses nothing (R2).
      if (!repeatable) await durable;
    }
    const startedAt = this.#host.clock.elapsed();
    let performed: Performed<Json>;
    try {
      performed = await this.#withDeadline(spec, { step, callKey: intent?.callKey ?? '', signal: this.signal });
    } catch (thrown) {
      if (thrown instanceof Unwind) throw thrown;
      if (this.#ending && this.signal.aborted && repeatable) throw new Unwind();
      const failed = noteOf(thrown);
      // Whether it took place cannot be known any more: the intent stays without a result (R3).
      if (!repeatable && (failed.code === 'STEP_TIMED_OUT' || failed.code === 'RUN_CANCELLED')) {
        this.#resolveDoubt(step, undefined, spec);
        throw new Unwind();
      }
      performed = { result: null, failed };
    }
    return this.#finish(step, spec, argsHash, performed, this.#host.clock.elapsed() - startedAt, spec.reach === 'local') as T;
  }

  #begin(): number {
    if (this.#ending) throw new Unwind();
    if (this.#count >= this.#host.limits.maxSteps) {
      throw new RuntimeError('LIMIT_STEPS', `The run took ${this.#count} steps, which is all it may.`, { steps: this.#count });
    }
    return ++this.#count;
  }

  /** The recorded outcome of a step, if it has one (R1). */
  #known(step: number, kind: StepKind, name: string, argsHash: string): { ended?: Promise<Json> } | undefined {
    const recorded = this.#recorded.get(step);
    if (!recorded) return undefined;
    if (recorded.kind !== kind || recorded.name !== name || recorded.argsHash !== argsHash) {
      throw new RuntimeError(
        'RUN_DIVERGED',
        `Step ${step} was ${recorded.kind} "${recorded.name}" when it was recorded, and is ${kind} "${name}" now.`,
        { step, recorded: recorded.name, now: name },
      );
    }
    if (recorded.state === 'intended') return {};
    const ended = this.#replay.turnOf(step).then(() => {
      this.#now = Math.max(this.#now, recorded.at);
      this.#apply(recorded.effects);
      if (recorded.error) throw fromNote(recorded.error);
      return recorded.result;
    });
    return { ended: this.#track(() => ended) };
  }

  #intent(step: number, { kind, name, args }: { kind: StepKind; name: string; args: Json }, argsHash: string, repeatable: boolean, attempt: number): EntryBody<'step.intended'> {
    // Stable over restarts and tries, and made by the runtime alone, so that no model can choose it.
    const callKey = sha256(`${this.process}\n${this.id}\n${step}\n${argsHash}`);
    return { run: this.id, step, kind, name, args, argsHash, callKey, repeatable, attempt };
  }

  async #withDeadline(spec: StepSpec<Json>, call: { step: number; callKey: string; signal: AbortSignal }): Promise<Performed<Json>> {
    if (spec.deadlineMs === undefined || spec.reach === 'local') return spec.perform(call);
    const { deadlineMs } = spec;
    const abort = new AbortController();
    const late = new RuntimeError('STEP_TIMED_OUT', `${spec.name} gave no answer within ${deadlineMs} ms.`, { deadlineMs });
    return new Promise<Performed<Json>>((resolve, reject) => {
      const stop = (reason: RuntimeError) => {
        abort.abort(reason);
        reject(reason);
      };
      const disarm = this.#host.clock.after(deadlineMs, () => stop(late));
      const onCancel = () => stop(new RuntimeError('RUN_CANCELLED', 'The run was stopped.'));
      call.signal.addEventListener('abort', onCancel, { once: true });
      Promise.resolve(spec.perform({ ...call, signal: abort.signal }))
        .then(resolve, reject)
        .finally(() => {
          disarm();
          call.signal.removeEventListener('abort', onCancel);
        });
    });
  }

  #finish(step: number, spec: { kind: StepKind; name: string; args?: Json }, argsHash: string, performed: Performed<Json>, durationMs: number, local = false): Json {
    const { result, failed, effects = [], usage } = performed;
    const body: EntryBody<'step.ended'> = {
      run: this.id,
      step,
      kind: spec.kind,
      name: spec.name,
      argsHash,
      outcome: failed ? 'error' : 'ok',
      result,
      effects,
      durationMs: Math.round(durationMs * 1000) / 1000,
      ...(failed ? { error: failed } : {}),
      ...(usage ? { usage } : {}),
      ...(local && spec.args !== undefined ? { args: spec.args } : {}),
    };
    this.#now = Math.max(this.#now, this.#host.clock.now());
    if (local) this.#pending.push({ kind: 'step.ended', body });
    else void this.#append('end-step', [{ kind: 'step.ended', body }]);
    this.#apply(effects);
    if (failed) throw fromNote(failed);
    return result;
  }

  /** What a person decided about a call in doubt, or parks the run until somebody does (R3). */
  #resolveDoubt(step: number, begun: FoldedStep | undefined, spec: StepSpec<Json>): Performed<Json> | undefined {
    const answer = begun && this.#open.answers.get(step)?.answer;
    if (answer && typeof answer === 'object' && !Array.isArray(answer)) {
      if (answer['verdict'] === 'happened') return { result: { content: answer['result'] ?? null, isError: false } };
      if (answer['verdict'] === 'run_again') return undefined;
      this.cancel({ type: 'cancelled', reason: 'given up while a call was in doubt', by: this.#open.answers.get(step)?.by ?? 'user' });
      throw new Unwind();
    }
    return this.#park(step, 'in_doubt', null, {
      id: newId('itm'),
      kind: 'in_doubt',
      title: `Did ${spec.name} happen?`,
      question: `The call was begun and its answer was never seen. It may or may not have taken place, and is not known to be repeatable.`,
      about: { run: this.id, event: this.event.id, tool: spec.name, args: spec.args },
      choices: ['happened', 'run_again', 'give_up'],
      expiresAt: null,
      fallback: null,
    });
  }

  #park(step: number, why: 'question' | 'in_doubt' | 'timer', until: number | null, item?: InboxItem): never {
    if (!this.#ending) {
      this.#ending = { type: 'parked' };
      void this.#append('park-run', [{ kind: 'run.parked', body: { run: this.id, step, why, until, ...(item ? { item } : {}) } }]);
    }
    throw new Unwind();
  }

  #append(commit: string, entries: NewEntry[]): Promise<void> {
    const durable = this.#host.append(commit, [...this.takePending(), ...entries]);
    // The process hears of a failed append by itself and gives this pass up.
    durable.catch(() => {});
    return durable;
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'context.set') this.context.set(effect.key, effect.value);
      else if (effect.type === 'context.delete') this.context.delete(effect.key);
      this.effects.push(effect);
    }
  }

  #track<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    this.#inFlight.add(promise);
    const forget = () => this.#inFlight.delete(promise);
    promise.then(forget, forget);
    return promise;
  }
}

export function noteOf(thrown: unknown): ErrorNote {
  if (thrown instanceof RuntimeError) return { code: thrown.code, message: thrown.message, details: thrown.details };
  return { code: 'INTERNAL', message: asError(thrown).message };
}

function fromNote(note: ErrorNote): RuntimeError {
  return fromWire({ ...note, details: note.details ?? {} });
}
