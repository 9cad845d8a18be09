import type { MissionConfig } from '../../shared/config/governance-config.ts';
import type { Charge } from '../../shared/entries/governance-entries.ts';
import type { NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import type { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import { hashOf, sha256 } from '../lib/hash.ts';
import type { AutonomyBudget } from './budget/autonomy-budget.ts';
import { targetsOf } from './escalation.ts';
import {
  allow,
  type Guard,
  type GuardedProcess,
  type GuardedStep,
  type Halt,
  type RunReport,
  type Verdict,
} from './guard.ts';
import { type Evidence, type Judge, judgementIn, questionFor } from './judge.ts';

const hourMs = 3_600_000;
/** The longest verdict that is paid for. */
const verdictTokens = 800;

export interface MissionParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Judges count against it. */
  readonly budget: AutonomyBudget | undefined;
  /** Null where there is no model to ask. */
  judge(): Judge | null;
  /** Runs a check in the sandbox. */
  check(code: string, evidence: Record<string, Json>): Promise<Json>;
  halt(verdict: Halt): void;
}

/**
 * Holds an agent to what it is for: judges progress every so many runs, and ends what is achieved, or has taken too
 * long. Its clock and counters are in the journal, so neither begins anew with a restart.
 */
export class Mission implements Guard {
  readonly name = 'mission';
  readonly #process: GuardedProcess;
  readonly #config: MissionConfig;
  readonly #parts: MissionParts;
  readonly #calls = new Map<string, string[]>();
  #disarm: (() => void) | undefined;

  constructor(process: GuardedProcess, config: MissionConfig, parts: MissionParts) {
    this.#process = process;
    this.#config = config;
    this.#parts = parts;
  }

  begin(): void {
    this.#beginMission();
    const { timeoutHours } = this.#config;
    const { mission } = this.#process.snapshot;
    if (timeoutHours === 0 || mission?.state !== 'active') return;
    this.#disarm = this.#parts.alarm.at(mission.startedAt + timeoutHours * hourMs, () => {
      const verdict = this.#overdue();
      if (verdict?.say === 'halt') this.#parts.halt(verdict);
    });
  }

  close(): void {
    this.#disarm?.();
  }

  beforeRun(): Verdict {
    this.#beginMission();
    const over = this.#overdue();
    if (over) return over;
    const { mission } = this.#process.snapshot;
    const { maxInvocations } = this.#config;
    if (mission?.state === 'active' && maxInvocations > 0 && mission.invocations >= maxInvocations) {
      return this.#end('failed', `it was worked on ${maxInvocations} times, which is all it may be`);
    }
    return this.#whenOver() ?? allow;
  }

  note(): string {
    const { objective, successCriteria } = this.#config;
    const progress = this.#process.snapshot.mission?.evaluations.at(-1)?.progress;
    return [
      `Your mission: ${objective}`,
      successCriteria && `It is achieved when: ${successCriteria}`,
      progress && `Progress as judged last: ${progress}`,
    ]
      .filter(Boolean)
      .join('\n');
  }

  afterStep({ kind, run, name }: GuardedStep): Verdict {
    if (kind === 'tool') this.#calls.set(run, [...(this.#calls.get(run) ?? []).slice(-19), name]);
    return allow;
  }

  async afterRun(report: RunReport): Promise<Verdict> {
    const calls = this.#calls.get(report.run) ?? [];
    this.#calls.delete(report.run);
    const { mission } = this.#process.snapshot;
    if (mission?.state !== 'active' || report.outcome === 'cancelled' || mission.unjudged < this.#config.evalEvery)
      return allow;
    try {
      return await this.#evaluate(report, calls);
    } catch (thrown) {
      // It is judged after the next run instead.
      this.#note(
        'evaluated',
        report.run,
        `The mission of "${this.#process.process}" could not be judged: ${asError(thrown).message}`,
      );
      return allow;
    }
  }

  async #evaluate({ run, output }: RunReport, calls: readonly string[]): Promise<Verdict> {
    const { snapshot } = this.#process;
    const context = Object.fromEntries([...snapshot.context].map(([key, { value }]) => [key, value]));
    const evidence: Evidence = {
      output,
      context,
      calls,
      conversation: snapshot.conversation,
      earlier: snapshot.mission?.evaluations ?? [],
    };
    const checked = this.#config.successCheck
      ? await this.#parts.check(this.#config.successCheck, { output, context, calls: [...calls] })
      : null;
    if (typeof checked === 'boolean') {
      const reasoning = checked ? 'its check says so' : 'its check says it is not achieved yet';
      this.#append('judge-mission', [
        {
          kind: 'mission.evaluated',
          body: { run, by: 'check', achieved: checked, confidence: 1, reasoning, progress: '' },
        },
      ]);
      return checked ? this.#achieved(reasoning) : allow;
    }
    const judge = this.#parts.judge();
    return judge
      ? this.#judged(run, judge, questionFor(this.#config, `evidence-${sha256(run).slice(0, 10)}`, evidence))
      : allow;
  }

  async #judged(run: string, judge: Judge, question: string): Promise<Verdict> {
    const { inputTokens, price } = judge.weigh(question);
    const tokens = inputTokens + verdictTokens;
    const charge: Charge = {
      tokens,
      usd: price ? (inputTokens * price.input + verdictTokens * price.output) / 1e6 : 0,
    };
    const refusal = this.#parts.budget?.refusalOf({ modelTurns: 1, tokens, usd: charge.usd ?? 0 });
    if (refusal) {
      this.#note('exceeded', run, `The mission of "${this.#process.process}" was not judged: ${refusal}`);
      return allow;
    }
    // Charged before it is asked: a crash can count it twice, never not.
    this.#append('ask-judge', [{ kind: 'mission.judging', body: { charge } }]);
    const { text, costUsd, ...used } = await judge.ask(question, verdictTokens);
    const judgement = judgementIn(text) ?? {
      achieved: false,
      confidence: 0,
      reasoning: 'the judge gave no verdict that can be read',
      progress: '',
    };
    const before = this.#process.snapshot.mission?.evaluations.at(-1);
    this.#append('judge-mission', [
      { kind: 'mission.evaluated', body: { run, by: 'judge', ...judgement, charge, usage: { ...used, costUsd } } },
    ]);
    const { confidenceThreshold } = this.#config;
    const isSure = judgement.confidence >= confidenceThreshold;
    // Told of when it begins, not with every judgement; the mission goes on being judged.
    if (!isSure && (!before || before.confidence >= confidenceThreshold)) {
      this.#note(
        'anomaly',
        run,
        `The judge of "${this.#process.process}" is not sure of its mission: ${judgement.reasoning}`,
      );
    }
    return judgement.achieved && isSure ? this.#achieved(judgement.reasoning) : allow;
  }

  #achieved(reason: string): Verdict {
    return this.#config.autoComplete ? this.#end('completed', reason) : allow;
  }

  #beginMission(): void {
    const { objective, successCriteria } = this.#config;
    const { mission } = this.#process.snapshot;
    const [goal, settings] = [hashOf([objective, successCriteria]), hashOf(this.#config)];
    if (mission?.objective === goal && (mission.state === 'active' || mission.settings === settings)) return;
    this.#append('begin-mission', [{ kind: 'mission.begun', body: { objective: goal, settings } }]);
  }

  #overdue(): Verdict | null {
    const { timeoutHours } = this.#config;
    const { mission } = this.#process.snapshot;
    if (
      timeoutHours === 0 ||
      mission?.state !== 'active' ||
      this.#parts.clock.now() < mission.startedAt + timeoutHours * hourMs
    )
      return null;
    return this.#end('failed', `its ${timeoutHours} hours are over`);
  }

  #end(state: 'completed' | 'failed', reason: string): Verdict {
    this.#append('end-mission', [{ kind: 'mission.ended', body: { state, reason, by: 'governance' } }]);
    this.#note('ended', null, `The mission of "${this.#process.process}" is ${state}: ${reason}`);
    const { onComplete } = this.#config;
    if (onComplete === 'continue') return this.#whenOver() ?? allow;
    return {
      say: 'halt',
      become: onComplete === 'stop' ? 'stopped' : 'suspended',
      code: state === 'completed' ? 'MISSION_COMPLETED' : 'POLICY_REFUSED',
      reason: `the mission is ${state}: ${reason}`,
    };
  }

  /** What comes after the end is not worked on, unless the agent is to go on once it has done what it was for. */
  #whenOver(): Verdict | null {
    const { mission } = this.#process.snapshot;
    if (!mission || mission.state === 'active') return null;
    if (mission.state === 'completed' && this.#config.onComplete === 'continue') return null;
    return { say: 'end', reason: `the mission is ${mission.state}: ${mission.reason}` };
  }

  #note(what: 'evaluated' | 'exceeded' | 'anomaly' | 'ended', run: string | null, text: string): void {
    const told = what === 'anomaly' || what === 'ended' ? targetsOf(this.#config.escalation) : {};
    this.#append('note-mission', [
      { kind: 'governance.noted', body: { guard: 'mission', what, about: 'mission', run, text, ...told } },
    ]);
  }

  #append(commit: string, entries: NewEntry[]): void {
    this.#process.append(commit, entries).catch(() => {});
  }
}
