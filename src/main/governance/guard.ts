import type { HookEvent } from '../../shared/config/hooks-config.ts';
import type { Charge } from '../../shared/entries/governance-entries.ts';
import type { ErrorNote, InboxItem, NewEntry, StepKind, Usage } from '../../shared/entries/journal-entries.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { Snapshot } from '../journal/fold/snapshot.ts';

/** The process that guards stand before: what is known of it, and a way to note what they see. */
export interface GuardedProcess {
  readonly process: string;
  readonly snapshot: Readonly<Snapshot>;
  /** Applied to the snapshot at once; resolves when durable. */
  append(commit: string, entries: NewEntry[]): Promise<void>;
}

/** What a model call can cost at most. */
export interface ModelWeight {
  inputTokens: number;
  /** As the settings of the model limit its answer; null: they do not. */
  maxOutputTokens: number | null;
  /** US dollars for a million tokens; null: not known. */
  price: { input: number; output: number } | null;
}

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
  /** It began before, and nobody knows how it ended: it is about to be made once more. */
  readonly again: boolean;
  /** It cannot be made: there is no such tool, or its arguments are wrong. */
  readonly futile: boolean;
  /** Of a model call. */
  weigh?(): ModelWeight;
  /** What a person said about this step, given exactly these arguments. */
  answered(kind: InboxItem['kind']): { answer: Json; by: string } | undefined;
}

/** An event that is about to be worked on. */
export interface WaitingEvent {
  readonly event: string;
  readonly taint: readonly string[];
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

/** Something that happens in the life of a process, as its hooks hear of it. */
export interface Moment {
  readonly event: HookEvent;
  readonly run: string | null;
  /** The tool it is about. */
  readonly subject?: string;
  readonly data: JsonObject;
}

/** What a guard says. Only `beforeStep` may park, refuse, or change arguments; only `beforeRun` may let an event wait. */
export type Verdict =
  | { say: 'allow'; args?: Json; charge?: Charge; maxOutputTokens?: number }
  | { say: 'wait'; until: number; reason: string }
  /** The event is not worked on, now or later. */
  | { say: 'end'; reason: string }
  /** The step is not made; the agent sees why and may go on. */
  | { say: 'refuse'; code: ErrorCode; reason: string }
  /** A person is asked; the answer comes with the next `beforeStep` for this step. */
  | { say: 'park'; why: 'approval' | 'top_up'; until: number | null; item?: InboxItem }
  /** No further step of this process begins: it is suspended, stopped or failed. The run goes on when it is resumed. */
  | { say: 'halt'; become: 'suspended' | 'stopped' | 'failed'; code: ErrorCode; reason: string };

/** No further step of the process begins. */
export type Halt = Extract<Verdict, { say: 'halt' }>;

export const allow: Verdict = { say: 'allow' };

/**
 * One kind of limit on what an agent may do. Guards stand outside the agent's reach: they are asked in code before each
 * call, and no tool changes them. A process without guards pays nothing for them.
 */
export interface Guard {
  readonly name: string;
  beforeRun?(event: WaitingEvent): Verdict;
  /** What the agent is told when a run begins. */
  note?(run: string): string | null;
  /** Before the intent of a model call, a tool call, an event or a message. */
  beforeStep?(step: GuardedStep): Verdict;
  afterStep?(
    step: GuardedStep,
    outcome: { ok: boolean; result: Json; error: ErrorNote | null; usage: Partial<Usage> },
  ): Verdict;
  /** Whether `consult` has anything to say at such a moment. */
  hears?(event: HookEvent): boolean;
  /** Why it must not happen; null: it may. Takes its time. Never rejects. */
  consult?(moment: Moment): Promise<string | null>;
  /** It is in force from now on, and was not before; or no longer. */
  begin?(): void;
  close?(): void;
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
    if (verdict !== allow) allowed = allowed === allow ? verdict : { ...allowed, ...verdict };
  }
  return allowed;
}

/** Asks whoever wants to hear of the moment; null at once where nobody does. Resolves with why it must not happen. */
export function consult(
  guards: readonly Guard[],
  event: HookEvent,
  moment: () => Omit<Moment, 'event'>,
): Promise<string | null> | null {
  const listener = guards.find((guard) => guard.hears?.(event));
  return listener?.consult?.({ event, ...moment() }) ?? null;
}
