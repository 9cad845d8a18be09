import { blockable, type HookConfig, type HookEvent } from '../../shared/config/hooks-config.ts';
import { toMs } from '../../shared/duration.ts';
import type { EntryBody } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { patternOf } from '../../shared/name-pattern.ts';
import type { Clock } from '../lib/clock.ts';
import { allow, type Guard, type GuardedProcess, type Moment, type RunReport, type Verdict } from './guard.ts';

/** Longer words of a hook are cut: they go into the journal and before the agent. */
const mostReasonChars = 1_000;

export interface HookParts {
  readonly clock: Clock;
  /** Runs the script or command of a hook. Rejects when it gives no JSON, fails, or takes longer than it may. */
  runHook(hook: HookConfig, given: JsonObject, timeoutMs: number): Promise<Json>;
}

/**
 * Asks the hooks of a process at the moments they are for, one after another, the highest priority first.
 *
 * Invariants:
 *   H1. What a hook blocked does not happen, and the journal says which hook blocked it and why.
 *   H2. A hook that is broken blocks what it could have blocked, unless its settings say otherwise; a change of settings
 *       it never blocks, so that it can be mended.
 *   H3. A step that was begun or recorded is not asked about again: replays see what was decided, not what a hook says now.
 */
export class Hooks implements Guard {
  readonly name = 'hooks';
  readonly #process: GuardedProcess;
  readonly #parts: HookParts;
  readonly #byEvent = new Map<HookEvent, { hook: HookConfig; isMeant(subject: string): boolean }[]>();

  constructor(process: GuardedProcess, hooks: readonly HookConfig[], parts: HookParts) {
    this.#process = process;
    this.#parts = parts;
    const inForce = hooks.filter(({ enabled }) => enabled).sort((a, b) => b.priority - a.priority);
    for (const hook of inForce) {
      const pattern = patternOf(hook.match);
      const isMeant = (subject: string) => pattern.test(subject);
      for (const event of new Set(hook.events))
        this.#byEvent.set(event, [...(this.#byEvent.get(event) ?? []), { hook, isMeant }]);
    }
  }

  hears(event: HookEvent): boolean {
    return this.#byEvent.has(event);
  }

  async consult(moment: Moment): Promise<string | null> {
    const { event, subject } = moment;
    for (const { hook, isMeant } of this.#byEvent.get(event) ?? []) {
      if (subject !== undefined && !isMeant(subject)) continue;
      const reason = await this.#ask(hook, moment);
      if (reason !== null && blockable.has(event)) return reason;
    }
    return null;
  }

  /** The others hear of it at once; nobody waits for a hook that can only listen. */
  afterRun({ run, event, outcome, output, error, usage }: RunReport): Verdict {
    if (this.hears('task_completed'))
      void this.consult({
        event: 'task_completed',
        run,
        data: { event, outcome, output, error: error?.message ?? null, usage: { ...usage } },
      });
    return allow;
  }

  /** Why the hook blocks; null when it does not. */
  async #ask(hook: HookConfig, moment: Moment): Promise<string | null> {
    const { event, run, data } = moment;
    const called = hook.name ?? hook.command?.[0] ?? 'script';
    try {
      const given = { event, process: this.#process.process, run, at: this.#parts.clock.now(), data };
      const answer = await this.#parts.runHook(hook, given, toMs(hook.timeout));
      if (answer === null || answer === undefined) return null;
      if (!isJsonObject(answer)) throw new RuntimeError('HOOK_FAILED', 'It answered something that is no JSON object.');
      const { block, reason, log } = answer;
      if (typeof log === 'string' && log !== '') this.#note('logged', called, run, log);
      if (block !== true) return null;
      const why = typeof reason === 'string' && reason !== '' ? reason : 'it gave no reason';
      return this.#note('blocked', called, run, `Hook "${called}" does not allow it: ${why}`, event);
    } catch (thrown) {
      const text = `Hook "${called}" is broken: ${asError(thrown).message}`;
      this.#note('broken', called, run, text, event);
      return hook.onError === 'block' && event !== 'config_change' ? text.slice(0, mostReasonChars) : null;
    }
  }

  #note(
    what: EntryBody<'governance.noted'>['what'],
    about: string,
    run: string | null,
    text: string,
    event?: HookEvent,
  ): string {
    const short = text.slice(0, mostReasonChars);
    const body = { guard: 'hooks' as const, what, about, run, text: short, ...(event ? { details: { event } } : {}) };
    if (this.#process.snapshot.life > 0)
      this.#process.append('note-hook', [{ kind: 'governance.noted', body }]).catch(() => {});
    return short;
  }
}
