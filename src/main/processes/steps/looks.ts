import type { Json } from '../../../shared/json.ts';
import type { FoldedStep } from '../../journal/fold/snapshot.ts';
import type { Clock } from '../../lib/clock.ts';
import { hashOf } from '../../lib/hash.ts';
import { fromNote, noteOf } from '../error-note.ts';
import type { LookAt } from './doubt.ts';
import type { Performed } from './step-spec.ts';

interface LookSpec {
  kind: 'check';
  name: string;
  args: Json;
}

/** How the run that a look belongs to notes it. */
export interface LookHost {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Gives the key of the call. */
  intend(step: number, argsHash: string, spec: LookSpec, attempt: number): string;
  finish(step: number, argsHash: string, spec: LookSpec, seen: Performed, durationMs: number): Json;
}

/** The try that is looked at. */
export interface Tried {
  step: number;
  callKey: string;
  /** Number of its entry, where an earlier pass made it. */
  seq: number | undefined;
}

/**
 * Looks at whether calls in doubt took place. Each is a step of the run that no agent asked for: it is numbered after all
 * that were begun, and the agent's own steps pass over it. What was seen of a try is not looked at again.
 */
export class Looks {
  readonly #recorded: ReadonlyMap<number, FoldedStep>;
  readonly #numbers: Set<number>;

  constructor(recorded: ReadonlyMap<number, FoldedStep>) {
    this.#recorded = recorded;
    this.#numbers = new Set([...recorded.values()].flatMap(({ step, kind }) => (kind === 'check' ? [step] : [])));
  }

  /** The number of the agent's next step, after `count`. */
  next(count: number): number {
    let step = count + 1;
    while (this.#numbers.has(step)) step++;
    return step;
  }

  /** The steps that the agent asked for. */
  get others(): FoldedStep[] {
    return [...this.#recorded.values()].filter(({ step }) => !this.#numbers.has(step));
  }

  async make(tried: Tried, count: number, host: LookHost, ...[name, args, perform]: Parameters<LookAt>): Promise<Json> {
    const argsHash = hashOf({ of: tried.step, callKey: tried.callKey, args });
    const known = this.#known(name, argsHash, tried.seq ?? Number.POSITIVE_INFINITY);
    if (known?.error) throw fromNote(known.error);
    if (known?.state === 'ok') return known.result;
    const step = known?.step ?? Math.max(count, ...this.#recorded.keys(), ...this.#numbers) + 1;
    this.#numbers.add(step);
    const spec: LookSpec = { kind: 'check', name, args };
    const callKey = host.intend(step, argsHash, spec, (known?.attempt ?? 0) + 1);
    const startedAt = host.clock.elapsed();
    const seen: Performed = await perform({ step, callKey, signal: host.signal }).then(
      (result) => ({ result }),
      (thrown: unknown) => ({ result: null, failed: noteOf(thrown) }),
    );
    // A look that was cut short saw nothing.
    host.signal.throwIfAborted();
    return host.finish(step, argsHash, spec, seen, host.clock.elapsed() - startedAt);
  }

  #known(name: string, argsHash: string, since: number): FoldedStep | undefined {
    return [...this.#recorded.values()].find(
      (step) => step.kind === 'check' && step.name === name && step.argsHash === argsHash && step.seq > since,
    );
  }
}
