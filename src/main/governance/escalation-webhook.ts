import type { OpenEscalation } from '../journal/fold/snapshot.ts';
import type { Alarm } from '../lib/alarm.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { GuardedProcess } from './guard.ts';
import { postSigned } from './signed-post.ts';

const [firstWaitMs, longestWaitMs] = [1_000, 300_000];
/** After that nobody needs to be told any more. */
const givenUpAfterMs = 24 * 3_600_000;

export interface EscalationParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Gives the value that `secret://name` stands for. */
  reveal(reference: string): string;
}

/**
 * Tells webhooks what a process escalates. What is to be told stands in the journal until it was taken, so it survives
 * a crash; each one is tried by itself, with growing waits, for a day.
 */
export class EscalationWebhooks {
  readonly #process: GuardedProcess;
  readonly #parts: EscalationParts;
  readonly #underWay = new Map<string, { attempts: number; disarm?: () => void }>();
  #closed = false;

  constructor(process: GuardedProcess, parts: EscalationParts) {
    this.#process = process;
    this.#parts = parts;
  }

  /** Begins with what is not under way yet. Never throws. */
  run(): void {
    if (this.#closed) return;
    for (const seq of Object.keys(this.#process.snapshot.escalations)) {
      if (this.#underWay.has(seq)) continue;
      this.#underWay.set(seq, { attempts: 0 });
      void this.#tell(seq);
    }
  }

  close(): void {
    this.#closed = true;
    for (const { disarm } of this.#underWay.values()) disarm?.();
    this.#underWay.clear();
  }

  async #tell(seq: string): Promise<void> {
    const escalation = this.#process.snapshot.escalations[seq];
    const state = this.#underWay.get(seq);
    if (!escalation || !state || this.#closed) return;
    state.attempts++;
    const refusal = await this.#post(escalation);
    if (this.#closed) return;
    const { clock, alarm } = this.#parts;
    const isOver = clock.now() - escalation.at >= givenUpAfterMs;
    if (refusal === null || isOver) {
      this.#underWay.delete(seq);
      const body = {
        seq: Number(seq),
        outcome: refusal === null ? ('taken' as const) : ('given_up' as const),
        attempts: state.attempts,
        reason: refusal ?? '',
      };
      this.#process.append('end-escalation', [{ kind: 'escalation.ended', body }]).catch(() => {});
      return;
    }
    state.disarm = alarm.at(
      clock.now() + backoffMs(state.attempts, firstWaitMs, longestWaitMs),
      () => void this.#tell(seq),
    );
  }

  #post({ url, secret, body }: OpenEscalation): Promise<string | null> {
    const { clock, reveal } = this.#parts;
    return postSigned({
      url,
      id: String(body['id']),
      body,
      now: clock.now(),
      ...(secret === undefined ? {} : { secret: () => reveal(secret) }),
    });
  }
}
