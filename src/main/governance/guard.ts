import type { ErrorCode } from '../../shared/errors.ts';
import type { ErrorNote, InboxItem, StepKind, Usage } from '../../shared/journal-entries.ts';
import type { Json } from '../../shared/json.ts';

/** A step that is about to begin, or has ended. */
export interface GuardedStep {
  readonly run: string;
  readonly step: number;
  readonly kind: StepKind;
  /** The model's id, or the tool's name. */
  readonly name: string;
  readonly args: Json;
  readonly argsHash: string;
  readonly reach: 'local' | 'readOnly' | 'idempotent' | 'other';
  /** Labels of untrusted origin that the run carries so far. */
  readonly taint: ReadonlySet<string>;
  /** What the run has used so far, this step not counted. */
  readonly usage: Readonly<Usage>;
}

export interface GuardedRun {
  readonly run: string;
  readonly event: string;
  readonly taint: ReadonlySet<string>;
}

export interface RunReport extends GuardedRun {
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly output: Json;
  readonly error: ErrorNote | null;
  readonly usage: Readonly<Usage>;
  readonly startedAt: number;
}

/** What a guard says. Only `beforeStep` may park, refuse, or change arguments. */
export type Verdict =
  | { say: 'allow'; args?: Json }
  /** The step is not made; the agent sees why and may go on. */
  | { say: 'refuse'; code: ErrorCode; reason: string }
  /** A person is asked; the answer comes with the next `beforeStep` for this step. */
  | { say: 'park'; why: 'approval' | 'top_up'; item: InboxItem }
  /** No further step of this process begins: it is suspended, stopped or failed. The run goes on when it is resumed. */
  | { say: 'halt'; then: 'suspend' | 'stop' | 'fail'; code: ErrorCode; reason: string };

export const allow: Verdict = { say: 'allow' };

/**
 * One kind of limit on what an agent may do. Guards stand outside the agent's reach: they are asked in code before each
 * call, and no tool changes them. A process without guards pays nothing for them.
 */
export interface Guard {
  readonly name: string;
  beforeRun?(run: GuardedRun): Verdict;
  /** Before the intent of a model call, a tool call, an event or a message. `answer`: a person's, if this step asked. */
  beforeStep?(step: GuardedStep, answer: Json | undefined): Verdict;
  afterStep?(step: GuardedStep, outcome: { ok: boolean; result: Json; error: ErrorNote | null; usage: Partial<Usage> }): Verdict;
  /** May take its time (a judge), and make calls of its own. */
  afterRun?(report: RunReport): Verdict | Promise<Verdict>;
}

/** The first guard that does not simply allow, or what they allow together. */
export function firstObjection(guards: readonly Guard[], ask: (guard: Guard) => Verdict | undefined): Verdict {
  let allowed: Verdict = allow;
  for (const guard of guards) {
    const verdict = ask(guard);
    if (!verdict) continue;
    if (verdict.say !== 'allow') return verdict;
    if (verdict.args !== undefined) allowed = verdict;
  }
  return allowed;
}
