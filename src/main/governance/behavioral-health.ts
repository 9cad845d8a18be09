import { HealthConfig } from '../../shared/config/governance-config.ts';
import { toMs } from '../../shared/duration.ts';
import type { Json } from '../../shared/json.ts';
import type { Clock } from '../lib/clock.ts';
import { canonicalJson } from '../lib/hash.ts';
import { loopIn, runLength, type SeenCall } from './call-patterns.ts';
import { targetsOf } from './escalation.ts';
import { allow, type Guard, type GuardedProcess, type GuardedStep, type RunReport, type Verdict } from './guard.ts';

/** In force for models whose manifest says nothing about health: a call counts as equal only if its result is, too. */
export const wideLimits: HealthConfig = HealthConfig.parse({
  stuckThreshold: 10,
  loopWindow: 60,
  loopMinRepeats: 6,
  emptyThreshold: 10,
  emptyMaxChars: 0,
  errorWindow: 20,
  errorRateThreshold: 0.9,
});

type Anomaly = 'stuck' | 'loop' | 'empty' | 'errors';

interface MadeCall extends SeenCall {
  result: Json;
}

/**
 * Notices by counting, without a model, that an agent gets nowhere: in the middle of a run and over runs, also those
 * that fail. What it has told of is kept in the journal, so a restart does not make it forget.
 */
export class BehavioralHealth implements Guard {
  readonly name = 'health';
  readonly #process: GuardedProcess;
  readonly #config: HealthConfig;
  readonly #clock: Clock;
  readonly #same: (a: MadeCall, b: MadeCall) => boolean;
  readonly #calls = new Map<string, MadeCall[]>();

  /** `sameResults`: calls are equal only if they gave the same. */
  constructor(process: GuardedProcess, config: HealthConfig, clock: Clock, sameResults: boolean) {
    this.#process = process;
    this.#config = config;
    this.#clock = clock;
    this.#same = (a, b) => a.key === b.key && (!sameResults || canonicalJson(a.result) === canonicalJson(b.result));
  }

  afterStep({ kind, run, name, argsHash }: GuardedStep, { result }: { result: Json }): Verdict {
    if (kind !== 'tool') return allow;
    const calls = this.#callsOf(run);
    calls.push({ key: `${name}:${argsHash}`, name, result });
    const { stuckThreshold, loopWindow, loopMinRepeats } = this.#config;
    if (calls.length > Math.max(loopWindow, stuckThreshold)) calls.shift();
    if (runLength(calls, this.#same) >= stuckThreshold) {
      return this.#found('stuck', run, `made the same call of ${name} ${stuckThreshold} times in a row`);
    }
    const loop = loopIn(calls.slice(-loopWindow), loopMinRepeats, this.#same);
    return loop
      ? this.#found(
          'loop',
          run,
          `goes in circles: ${loop.map((call) => call.name).join(' → ')}, ${loopMinRepeats} times`,
        )
      : allow;
  }

  afterRun({ run, outcome }: RunReport): Verdict {
    this.#calls.delete(run);
    if (outcome === 'cancelled') return allow;
    const { endings, anomalies } = this.#process.snapshot.health;
    const { emptyThreshold, emptyMaxChars, errorWindow, errorRateThreshold } = this.#config;
    const answers = endings.slice(-emptyThreshold);
    const isEmpty = answers.length === emptyThreshold && answers.every((chars) => chars >= 0 && chars <= emptyMaxChars);
    const window = endings.slice(-errorWindow);
    const failures = window.filter((chars) => chars < 0).length;
    const isFailing = window.length === errorWindow && failures / errorWindow >= errorRateThreshold && failures > 0;
    for (const [about, { over }] of Object.entries(anomalies)) {
      const lasts = about === 'empty' ? isEmpty : about === 'errors' ? isFailing : false;
      if (!over && !lasts && outcome === 'done')
        this.#note('recovered', about, run, `"${this.#process.process}" has recovered: ${about}`);
    }
    if (isEmpty) return this.#found('empty', run, `answered nothing ${emptyThreshold} times in a row`);
    if (isFailing) return this.#found('errors', run, `failed in ${failures} of its last ${errorWindow} runs`);
    return allow;
  }

  /** Those of the run before this program are in the journal. */
  #callsOf(run: string): MadeCall[] {
    let calls = this.#calls.get(run);
    if (!calls) {
      const steps = [...(this.#process.snapshot.runs.get(run)?.steps.values() ?? [])];
      calls = steps
        .filter(({ kind, state }) => kind === 'tool' && state !== 'intended')
        .map(({ name, argsHash, result }) => ({ key: `${name}:${argsHash}`, name, result }))
        .slice(-Math.max(this.#config.loopWindow, this.#config.stuckThreshold));
      this.#calls.set(run, calls);
    }
    return calls;
  }

  #found(about: Anomaly, run: string, what: string): Verdict {
    const known = this.#process.snapshot.health.anomalies[about];
    if (known && this.#clock.now() - known.at < toMs(this.#config.cooldown)) return allow;
    const { onAnomaly } = this.#config;
    const reason = `"${this.#process.process}" ${what}`;
    this.#note('anomaly', about, run, reason);
    if (onAnomaly === 'log') return allow;
    return {
      say: 'halt',
      become: onAnomaly === 'stop' ? 'stopped' : 'suspended',
      code: about === 'stuck' || about === 'loop' ? 'HEALTH_LOOP' : 'POLICY_REFUSED',
      reason,
    };
  }

  #note(what: 'anomaly' | 'recovered', about: string, run: string, text: string): void {
    const { onAnomaly, escalation } = this.#config;
    const told = what === 'anomaly' && onAnomaly === 'escalate' ? targetsOf(escalation) : {};
    this.#process
      .append('note-health', [{ kind: 'governance.noted', body: { guard: 'health', what, about, run, text, ...told } }])
      .catch(() => {});
  }
}
