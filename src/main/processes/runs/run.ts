import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Effect, NewEntry, StepKind } from '../../../shared/entries/journal-entries.ts';
import { newId } from '../../../shared/ids.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { ruleFor } from '../../../shared/tool-rules.ts';
import type { Agent, AgentRun, ToolAnswer } from '../../agent/agent.ts';
import type { Model, ModelAnswer, ModelRequest } from '../../agent/models/model.ts';
import type { KeyLock, Tool, ToolReach } from '../../agent/tool.ts';
import { checkContextKey, checkContextTotal, checkContextWrite } from '../../agent/tools/context-tools.ts';
import { checkEventType, checkPublished } from '../../agent/tools/messaging-tools.ts';
import type { PendingWrite, ProcessMemory } from '../../context/memory/process-memory.ts';
import { consult } from '../../governance/guard.ts';
import type { OpenRun, QueuedEvent } from '../../journal/fold/snapshot.ts';
import { noteOf } from '../error-note.ts';
import type { Toolbox } from '../parts.ts';
import { type ContextClash, clashNote, clashStep } from '../prompts/context-clash.ts';
import { type Exchange, overflowOf, type Said, type Summary } from '../prompts/conversation.ts';
import { letterAsShown } from '../prompts/letter-as-shown.ts';
import { mostTokens } from '../prompts/most-tokens.ts';
import { memoryWrites, type RecallResult, recall } from '../prompts/recall.ts';
import { type DoubtRule, doubtRule } from '../steps/doubt.ts';
import { StepExecutor } from '../steps/step-executor.ts';
import { doneWith, type Pass, type StepHost } from '../steps/step-spec.ts';

/** Takes a text in pieces. */
export interface TextStream {
  push(text: string): void;
  end(): void;
}

/** What a run needs from its process. */
export interface RunHost extends StepHost {
  readonly toolbox: Toolbox;
  readonly toolTimeoutMs: number;
  readonly toolPolicies: ProcessConfig['toolPolicies'];
  readonly writableKeys: readonly string[];
  readonly lockOf: (key: string) => KeyLock | undefined;
  /** Puts values in the place of `secret://name`. @throws RuntimeError `SECRET_NOT_FOUND`, `SECRET_EXPIRED`. */
  reveal?(args: Json, by: string): Json;
  /** Context as it was when the run began. */
  contextAtStart(): Map<string, Json>;
  /** What others changed of what these effects write; `seen`: versions that the agent knows. */
  clashes(effects: readonly Effect[], seen: ReadonlyMap<string, number>): ContextClash[];
  readonly instructions: string;
  readonly memory: ProcessMemory | undefined;
  /** The conversation as it would be with this answer, where it is kept. */
  conversationWith?(output: Json): Exchange | undefined;
  /** Writes to memory of earlier runs that it does not have yet. */
  undeliveredMemory(): PendingWrite[];
  opening(recalled: RecallResult): Promise<{ role: 'system' | 'user' | 'assistant'; content: string }[]>;
  /** @throws RuntimeError `QUEUE_FULL` when no more messages may wait in the topic. */
  assertRoom(topic: string): void;
  /** @throws RuntimeError `PEER_BACKLOG_FULL` when too much waits for other nodes; left out: nothing does. */
  mayPublish?: () => void;
  /** Where the text of a model goes as it comes. Left out while nobody watches: streaming costs time. */
  watch?: (step: number) => TextStream;
}

/** One trigger event being worked on: the agent is run from its top, and each thing it does is a numbered step. */
export class Run implements AgentRun {
  readonly id: string;
  readonly process: string;
  readonly event: AgentRun['event'];
  readonly startedAt: number;
  readonly seed: string;
  readonly #host: RunHost;
  readonly #steps: StepExecutor;
  #context: Map<string, Json> | undefined;
  #asked = false;
  readonly #seen = new Map<string, number>();
  #overflow: readonly Said[] = [];
  #summary: Summary | undefined;

  constructor(host: RunHost, open: Readonly<OpenRun>, event: Readonly<QueuedEvent>, payload: Json) {
    this.#host = host;
    this.#steps = new StepExecutor(host, open, (effects) => this.#apply(effects));
    this.id = open.id;
    this.process = host.process;
    this.seed = open.fork?.seed ?? open.id;
    this.startedAt = open.fork?.startedAt ?? open.startedAt;
    const { trigger, metadata, taint } = event;
    // A run that goes the way of another sees the event as that one saw it.
    const { id, kind, at } = open.fork?.event ?? event;
    // Scripts have no prompt: what people wrote stands in the metadata of the event.
    const shown = open.letters?.map(letterAsShown);
    this.event = {
      id,
      trigger,
      type: kind,
      payload,
      metadata: shown ? { ...metadata, inbox: shown } : metadata,
      at,
      taint,
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
    return this.#steps.signal;
  }

  /** What becomes of our own state when the run settles. */
  get effects(): readonly Effect[] {
    return this.#steps.effects;
  }

  get taint(): ReadonlySet<string> {
    return this.#steps.taint;
  }

  /** What the agent made of the older part of the conversation. */
  get summary(): Summary | undefined {
    return this.#summary;
  }

  overflow(answer: string): readonly { role: 'user' | 'assistant'; content: string }[] {
    const exchange = this.#host.conversationWith?.(answer);
    const overflow = overflowOf(exchange);
    // What was summed up when the run came by here before is summed up again, whatever the conversation holds by now.
    this.#overflow = overflow.length === 0 && this.#steps.next ? (exchange?.messages ?? []) : overflow;
    return this.#overflow;
  }

  async maySumUp(): Promise<boolean> {
    // It was decided when the run came by here before.
    if (this.#steps.next || this.#host.onBeyond) return this.#steps.next !== undefined;
    const moment = () => ({ run: this.id, data: { messages: this.#overflow.length } });
    return (await consult(this.#host.guards, 'pre_compact', moment)) === null;
  }

  sumUp(text: string): void {
    const last = this.#overflow.at(-1);
    if (!last) return;
    this.#summary = { text, covers: this.#overflow.length, last: last.content };
    void consult(this.#host.guards, 'post_compact', () => ({
      run: this.id,
      data: { messages: this.#overflow.length },
    }));
  }

  /** What would be lost if it settled now. */
  get clashes(): ContextClash[] {
    return this.#host.clashes(this.effects, this.#seen);
  }

  async clashNote(): Promise<string | null> {
    const { next } = this.#steps;
    // Whatever came next when the run came by here before comes next again.
    if (next ? next.name !== clashStep : this.#host.onBeyond || this.clashes.length === 0) return null;
    const told = (await this.#steps.make({
      kind: 'context',
      name: clashStep,
      args: null,
      reach: 'local',
      perform: () => ({ result: this.clashes as unknown as Json }),
    })) as unknown as ContextClash[];
    for (const { key, version } of told) this.#seen.set(key, version);
    return clashNote(told);
  }

  /** How many steps the run has taken so far. */
  get steps(): number {
    return this.#steps.count;
  }

  now(): number {
    return this.#steps.now;
  }

  async opening(): Promise<{ role: 'system' | 'user' | 'assistant'; content: string }[]> {
    const { memory, instructions } = this.#host;
    return this.#host.opening(await recall(this.#steps, memory, this.event, instructions, this.#pendingMemory()));
  }

  #pendingMemory(): PendingWrite[] {
    return [...this.#host.undeliveredMemory(), ...memoryWrites(this.effects, this.now(), this.id)];
  }

  /** Lets the agent work until it is done, or until the run has to wait. Never throws. */
  async pass(agent: Agent): Promise<Pass> {
    let ended: Pass;
    try {
      ended = doneWith(await agent.run(this));
    } catch (thrown) {
      ended = { type: 'failed', error: noteOf(thrown) };
    }
    await this.#steps.drained();
    if (this.#steps.ending) return this.#steps.ending;
    if (ended.type === 'failed' || this.#steps.isCaughtUp) return ended;
    const message = 'The run ended before it had asked for every step that was recorded.';
    return { type: 'failed', error: { code: 'RUN_DIVERGED', message } };
  }

  takePending(): NewEntry[] {
    return this.#steps.takePending();
  }

  halt(): void {
    this.#steps.halt();
  }

  cancel(ending: Extract<Pass, { type: 'cancelled' | 'failed' | 'halted' }>): void {
    this.#steps.cancel(ending);
  }

  async model(model: Model, request: Omit<ModelRequest, 'signal' | 'idempotencyKey' | 'onText'>): Promise<ModelAnswer> {
    const { watch } = this.#host;
    const first = !this.#asked;
    this.#asked = true;
    const answer = await this.#steps.make({
      kind: 'model',
      name: model.id,
      // Later turns add only what earlier steps of this run already hold.
      args: first
        ? ({ messages: request.messages, tools: request.tools.map((tool) => tool.name) } as unknown as Json)
        : { messages: request.messages.length },
      reach: 'idempotent',
      weigh: () => ({
        inputTokens: mostTokens(request),
        maxOutputTokens: request.maxOutputTokens ?? model.maxOutputTokens ?? null,
        price: model.price ?? null,
      }),
      perform: async ({ step, callKey, signal, maxOutputTokens }) => {
        const stream = watch?.(step);
        const given = await model
          .ask({
            ...request,
            ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
            signal,
            idempotencyKey: callKey,
            ...(stream ? { onText: (text: string) => stream.push(text) } : {}),
          })
          .finally(() => stream?.end());
        const { inputTokens, outputTokens } = given.usage;
        return { result: given as unknown as Json, usage: { inputTokens, outputTokens, costUsd: given.costUsd ?? 0 } };
      },
    });
    return answer as unknown as ModelAnswer;
  }

  async tool(name: string, args: Json): Promise<ToolAnswer> {
    let tool: Tool | undefined;
    let refusal: unknown;
    try {
      const found = this.#host.toolbox.resolve(name, args);
      found.check?.((args ?? {}) as JsonObject, this.effects);
      tool = found;
    } catch (thrown) {
      refusal = thrown;
    }
    if (tool?.asks) return { content: await this.ask(tool.asks((args ?? {}) as JsonObject)), isError: false };
    const answer = await this.#steps.make({
      kind: 'tool',
      name,
      args,
      reach: tool ? this.#reachOf(tool, args) : 'local',
      ...(tool ? { reachOf: (given: Json) => this.#reachOf(tool, given) } : { futile: true }),
      doubt: this.#doubtRule(name),
      deadlineMs: this.#host.toolTimeoutMs,
      perform: async (call, given) => {
        if (!tool) throw refusal;
        const {
          content,
          isError = false,
          effects,
          taint,
        } = await tool.execute(this.#revealed(tool, given ?? {}), {
          ...call,
          process: this.process,
          run: this.id,
          context: this.context,
          lockOf: this.#host.lockOf,
          now: this.now(),
          taint: this.taint,
          pendingMemory: this.#pendingMemory(),
          pending: this.effects,
        });
        for (const effect of effects ?? []) {
          if (effect.type === 'send') this.#host.assertRoom(effect.topic);
          else if (effect.type === 'emit') this.#host.mayPublish?.();
        }
        return { result: { content, isError }, ...(effects ? { effects } : {}), ...(taint ? { taint } : {}) };
      },
    });
    return answer as unknown as ToolAnswer;
  }

  /** Secrets are put in only for calls that leave: what stays inside would keep them. */
  #revealed(tool: Tool, args: Json): JsonObject {
    return (
      tool.reach === 'local' || tool.keepsHandles ? args : (this.#host.reveal?.(args, tool.name) ?? args)
    ) as JsonObject;
  }

  /** A tool that the user says may be repeated is as good as one that says so itself. */
  #reachOf(tool: Tool, args: Json): ToolReach {
    const reach = tool.reachOf?.(args as JsonObject) ?? tool.reach;
    return reach === 'other' && ruleFor(this.#host.toolPolicies, tool.name)?.inDoubt === 'repeat'
      ? 'idempotent'
      : reach;
  }

  #doubtRule(tool: string): DoubtRule | undefined {
    const { toolPolicies: policies, toolbox, clock, toolTimeoutMs: timeoutMs } = this.#host;
    const call = { process: this.process, run: this.id, context: this.context, now: this.now() };
    return doubtRule({ policies, toolbox, clock, timeoutMs, call }, tool);
  }

  async setContext(key: string, value: Json): Promise<void> {
    await this.#local('context', `set ${key}`, { key, value }, () => {
      checkContextWrite(key, value, this.#host.writableKeys, this.#host.lockOf(key));
      checkContextTotal(this.context, key, value);
      return { type: 'context.set', key, value };
    });
  }

  async deleteContext(key: string): Promise<void> {
    await this.#local('context', `delete ${key}`, { key }, () => {
      checkContextKey(key, this.#host.writableKeys, this.#host.lockOf(key));
      return { type: 'context.delete', key };
    });
  }

  async emit(type: string, data: Json): Promise<void> {
    await this.#local('emit', type, data, () => {
      checkEventType(type);
      checkPublished(`Event "${type}"`, data);
      this.#host.mayPublish?.();
      return { type: 'emit', eventType: type, data };
    });
  }

  async send(topic: string, content: Json): Promise<void> {
    await this.#local('send', topic, content, () => {
      checkEventType(topic, 'topic');
      checkPublished(`The message to "${topic}"`, content);
      this.#host.assertRoom(topic);
      return { type: 'send', topic, content };
    });
  }

  async log(text: string): Promise<void> {
    await this.#local('log', 'log', text.slice(0, 10_000), () => null);
  }

  ask(question: string): Promise<Json> {
    return this.#steps.wait({ kind: 'ask', name: question.slice(0, 200), args: { question } }, (step) => {
      const answer = this.#steps.answerTo(step);
      if (answer) return { result: answer.answer };
      return this.#steps.park(step, 'question', null, {
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
    await this.#steps.wait({ kind: 'wait', name: `${ms} ms`, args: { ms } }, (step, begunAt) => {
      const until = begunAt + ms;
      return this.#host.clock.now() >= until ? { result: null } : this.#steps.park(step, 'timer', until);
    });
  }

  /** A step that changes only our own state: no intent, and its entry waits for the next append. */
  #local(kind: StepKind, name: string, args: Json, effect: () => Effect | null): Promise<Json> {
    return this.#steps.make({
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

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'context.set') this.context.set(effect.key, effect.value);
      else if (effect.type === 'context.delete') this.context.delete(effect.key);
    }
  }
}
