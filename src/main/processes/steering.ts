import type { BudgetLimit } from '../../shared/config/governance-config.ts';
import type { EntryBody, MemoryEffect, NewEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { checkContextKey, checkContextTotal, checkContextWrite } from '../agent/tools/context-tools.ts';
import { editedArgs } from '../governance/approvals.ts';
import { askAgainEntries, topUpEntries } from '../governance/budget/top-up.ts';
import type { OpenRun, Snapshot } from '../journal/fold/snapshot.ts';
import { lockIn, mostLocks } from './prompts/context-locks.ts';
import { checkSetTime, fixedBecause, movedBy } from './queue/set-events.ts';
import { cancelledRun } from './runs/ended-run.ts';
import type { Workings } from './workings.ts';
import { toolsOf } from './workplaces.ts';

/** What people, and agents with leave to, do to a process besides starting and stopping it. */
export class Steering {
  readonly #workings: Workings;
  readonly #onSettled: () => Promise<void>;

  /** `onSettled` is told when something that was waited for has come. */
  constructor(workings: Workings, onSettled: () => Promise<void>) {
    this.#workings = workings;
    this.#onSettled = onSettled;
  }

  get #name(): string {
    return this.#workings.name;
  }

  get #snapshot(): Readonly<Snapshot> {
    return this.#workings.journaled.snapshot;
  }

  /** Takes up a run that was made from an earlier one (`fork-run.ts`). */
  async fork(entries: NewEntry[]): Promise<void> {
    await this.#append('fork-run', ...entries);
    this.#workings.loop.pump();
  }

  /** @throws RuntimeError `TRIGGER_EVENT_ENDED` when it is not open any more. */
  async cancelEvent(eventId: string, reason: string, by: string): Promise<void> {
    const event = this.#snapshot.queue.get(eventId);
    if (!event)
      throw new RuntimeError(
        'TRIGGER_EVENT_ENDED',
        `Event ${eventId} of "${this.#name}" has ended already, or never was.`,
      );
    if (event.run) return this.cancelRun(event.run, reason, by);
    await this.#append('cancel-event', {
      kind: 'event.ended',
      body: { id: eventId, outcome: 'cancelled', reason: reason || 'cancelled', by },
    });
  }

  /**
   * Moves what was set for a time to another one; what it waited for besides, such as the budget, is looked at again then.
   * @throws RuntimeError `TRIGGER_EVENT_ENDED`, `TRIGGER_EVENT_NOT_MOVABLE`, `REQUEST_INVALID`.
   */
  async moveEvent(eventId: string, to: number, by: string): Promise<void> {
    const event = this.#snapshot.queue.get(eventId);
    if (!event)
      throw new RuntimeError(
        'TRIGGER_EVENT_ENDED',
        `Event ${eventId} of "${this.#name}" has ended already, or never was.`,
      );
    const fixed = fixedBecause(event);
    if (fixed) throw new RuntimeError('TRIGGER_EVENT_NOT_MOVABLE', `Event ${eventId} cannot be moved: ${fixed}.`);
    checkSetTime(to, this.#workings.parts.clock.now());
    await this.#append('move-event', {
      kind: 'event.delayed',
      body: { id: eventId, until: to, reason: movedBy(by), by },
    });
    this.#workings.loop.pump();
  }

  /** @throws RuntimeError `RUN_ENDED` when it is not open any more. */
  async cancelRun(runId: string, reason: string, by: string): Promise<void> {
    const run = this.#snapshot.runs.get(runId);
    if (!run) throw new RuntimeError('RUN_ENDED', `Run ${runId} of "${this.#name}" has ended already, or never was.`);
    const ending = { type: 'cancelled' as const, reason: reason || 'cancelled', by };
    if (this.#workings.loop.cancel(runId, ending)) return;
    await this.#append('settle-run', cancelledRun(run, ending.reason, by, this.#snapshot.conversation.length));
    void this.#cancelTasks(run).catch(() => {});
    await this.#onSettled();
  }

  /** Tells those who still do something for a run that nobody waits for it; in vain where they cannot be reached. */
  async #cancelTasks({ definition, steps }: Readonly<OpenRun>): Promise<void> {
    const tasks = [...steps.values()].filter(({ state, task }) => state === 'intended' && task !== undefined);
    if (tasks.length === 0) return;
    const { toolbox } = await this.#workings.workplaces.get(definition);
    await toolbox.ready(AbortSignal.timeout(10_000));
    for (const { name, task = '', taskSession } of tasks)
      await toolbox.tools.find((tool) => tool.name === name)?.cancelTask?.(task, taskSession);
  }

  /**
   * Answers what a run waits for; the run goes on at the step that asked.
   * @throws RuntimeError `INBOX_ITEM_NOT_FOUND`, `REQUEST_INVALID`, `TOOL_ARGS_INVALID`.
   */
  async answer(itemId: string, answer: Json, by: string): Promise<void> {
    await this.#checkEdit(itemId, answer);
    const open = this.#snapshot.items.get(itemId);
    if (!open) throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `Nothing called ${itemId} waits in "${this.#name}".`);
    await this.#append('answer-item', {
      kind: 'item.answered',
      body: { item: itemId, run: open.run, step: open.step, answer: acceptedAnswer(open.item.choices, answer), by },
    });
    await this.#onSettled();
  }

  /** A person has dealt with what they were told. */
  async closeReport(body: EntryBody<'report.answered'>): Promise<void> {
    await this.#append('answer-report', { kind: 'report.answered', body });
  }

  /** Keeps what a person has to say about a run, whether or not it has ended. */
  async noteRun(run: string, note: string, by: string): Promise<void> {
    await this.#append('note-run', { kind: 'run.noted', body: { run, note, by } });
  }

  /** What a person made of the arguments of a call must be what the tool takes. @throws RuntimeError `TOOL_ARGS_INVALID`. */
  async #checkEdit(itemId: string, answer: Json): Promise<void> {
    const { item, run } = this.#snapshot.items.get(itemId) ?? {};
    if (item?.kind !== 'approval' || typeof item.about['tool'] !== 'string') return;
    const args = editedArgs(item.about['args'] ?? {}, answer);
    const definition = this.#snapshot.runs.get(run ?? '')?.definition;
    if (args === undefined || definition === undefined) return;
    if (item.about['editable'] !== true)
      throw new RuntimeError(
        'REQUEST_INVALID',
        `What "${this.#name}" wants to send can be approved or denied, but not changed.`,
      );
    const { toolbox } = await this.#workings.workplaces.get(definition);
    toolbox.resolve(item.about['tool'], args);
  }

  /** Adds to a limit of its budget; runs and events that wait for it go on. @throws RuntimeError `REQUEST_INVALID`, `RUN_NOT_FOUND`. */
  async topUp(limit: BudgetLimit, amount: number, run: string | undefined, by: string): Promise<void> {
    const now = this.#workings.parts.clock.now();
    await this.#append('top-up', ...topUpEntries(this.#snapshot, { limit, amount, run, by }, now));
    await this.#onSettled();
  }

  /** What may be used by the whole node has changed: whatever waits for it asks again. */
  async askNodeAgain(by: string): Promise<void> {
    const entries = askAgainEntries(this.#snapshot, by, this.#workings.parts.clock.now());
    if (entries.length === 0) return;
    await this.#append('ask-again', ...entries);
    await this.#onSettled();
  }

  /** @throws RuntimeError `VERSION_CONFLICT` where the key is not at `version`, `CONTEXT_TOO_LARGE`, `REQUEST_INVALID`. */
  async setContext(key: string, value: Json, by: string, version?: number): Promise<void> {
    const { context } = this.#snapshot;
    const present = context.get(key)?.version ?? 0;
    if (version !== undefined && version !== present)
      throw new RuntimeError(
        'VERSION_CONFLICT',
        `"${key}" of "${this.#name}" is at version ${present}, not ${version}.`,
        { key, version: present },
      );
    // Which keys may be written binds the agent; how much can be kept binds everybody.
    checkContextWrite(key, value, []);
    checkContextTotal(new Map([...context].map(([known, cell]) => [known, cell.value])), key, value);
    await this.#append('set-context', { kind: 'context.set', body: { key, value, by } });
  }

  async deleteContext(key: string, by: string): Promise<void> {
    if (!this.#snapshot.context.has(key))
      throw new RuntimeError('CONTEXT_KEY_NOT_FOUND', `"${this.#name}" keeps nothing under "${key}".`);
    await this.#append('delete-context', { kind: 'context.deleted', body: { key, by } });
  }

  /** From now on the agent may not write the key; people may. Locked already: with this reason from now on. */
  async lockContext(key: string, by: string, reason = ''): Promise<void> {
    checkContextKey(key, []);
    if ((this.#snapshot.contextLocks?.length ?? 0) >= mostLocks && !lockIn(this.#snapshot, key))
      throw new RuntimeError('REQUEST_INVALID', `"${this.#name}" has ${mostLocks} locked keys, which is all it may.`);
    await this.#append('lock-context', {
      kind: 'context.locked',
      body: { key, by, ...(reason === '' ? {} : { reason }) },
    });
  }

  /** @throws RuntimeError `CONTEXT_KEY_NOT_LOCKED`. */
  async unlockContext(key: string, by: string): Promise<void> {
    if (!lockIn(this.#snapshot, key))
      throw new RuntimeError('CONTEXT_KEY_NOT_LOCKED', `The context key "${key}" of "${this.#name}" is not locked.`, {
        key,
      });
    await this.#append('unlock-context', { kind: 'context.unlocked', body: { key, by } });
  }

  async clearConversation(by: string): Promise<void> {
    await this.#append('clear-conversation', { kind: 'conversation.cleared', body: { by } });
  }

  /** Changes what it remembers; resolves when memory has it, or could not be reached for now. */
  async changeMemory(effects: MemoryEffect[], by: string): Promise<void> {
    await this.#append('change-memory', { kind: 'memory.changed', body: { effects, by } });
    await this.#workings.handOnMemory();
  }

  /** Hashes of a server's tools that may be used, by tool; undefined before it has been seen. */
  approvedTools(server: string): Record<string, string> | undefined {
    const facts = this.#snapshot.remembered.get(toolsOf + server);
    return facts && (Object.fromEntries(facts) as Record<string, string>);
  }

  async approveTools(server: string, hashes: Record<string, string>, by: string): Promise<void> {
    const tools = Object.keys(hashes);
    this.#workings.parts.log('info', `tools of "${server}" were approved for "${this.#name}"`, { by, tools });
    await this.#append('approve-tools', {
      kind: 'trigger.remembered',
      body: { trigger: toolsOf + server, facts: hashes },
    });
  }

  #append(commit: string, ...entries: NewEntry[]): Promise<void> {
    return this.#workings.journaled.append(commit, entries);
  }
}

/** @throws RuntimeError `REQUEST_INVALID` where it is none of the choices. */
export function acceptedAnswer(choices: readonly string[], answer: Json): Json {
  if (choices.length === 0) return answer;
  const verdict =
    typeof answer === 'string'
      ? answer
      : typeof answer === 'object' && answer !== null && !Array.isArray(answer)
        ? answer['verdict']
        : undefined;
  if (typeof verdict === 'string' && choices.includes(verdict))
    return typeof answer === 'string' ? { verdict } : answer;
  throw new RuntimeError('REQUEST_INVALID', `The answer must be one of ${choices.join(', ')}.`, {
    choices: [...choices],
  });
}
