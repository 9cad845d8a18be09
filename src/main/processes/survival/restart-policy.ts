import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { toMs } from '../../../shared/duration.ts';
import type { ErrorNote } from '../../../shared/entries/journal-entries.ts';
import { type ErrorCode, errorCodes, isErrorCode } from '../../../shared/errors.ts';
import type { OpenRun } from '../../journal/fold/snapshot.ts';
import { backoffMs, jitteredMs } from '../../lib/backoff.ts';

const longestRestartWaitMs = 300_000;
/** The breaker of a crash loop (G16): so many restarts in so long, and no more follow. */
const mostInWindow = 5;
const loopWindowMs = 600_000;

export type RestartDecision = { restart: false; reason: string } | { restart: true; inMs: number };

/** Whether a failed process is started again: `restarts` counts those since the last run that was done. */
export function decideRestart(
  config: ProcessConfig,
  restarts: number,
  random: () => number = Math.random,
  { restartedAt, now }: { restartedAt: readonly number[]; now: number } = { restartedAt: [], now: 0 },
): RestartDecision {
  if (config.restartPolicy === 'never') return { restart: false, reason: 'its restart policy is never' };
  if (restarts >= config.maxRestarts)
    return { restart: false, reason: `it was restarted ${restarts} times without success` };
  // Whatever may have gone well in between: what fails so often needs a person.
  const recent = restartedAt.filter((at) => now - at < loopWindowMs).length;
  if (recent >= mostInWindow)
    return { restart: false, reason: `it failed again and again: ${recent} restarts in ten minutes` };
  return { restart: true, inMs: jitteredMs(restarts + 1, toMs(config.restartBackoff), longestRestartWaitMs, random) };
}

export type RetryDecision = { retry: false; reason: string } | { retry: true; inMs: number; voided: number[] };

/**
 * Whether a failed run goes on at the step that failed. It does when the failure may pass and nothing is done twice by
 * trying again: steps that failed are made anew only if they may be repeated.
 */
export function decideRetry(config: ProcessConfig, run: OpenRun, attempts: number, error: ErrorNote): RetryDecision {
  const { maxRetries, retryBackoff, retryBackoffMax } = config.triggerDelivery;
  if (!isErrorCode(error.code) || !errorCodes[error.code as ErrorCode].retryable)
    return { retry: false, reason: error.message };
  if (attempts > maxRetries)
    return { retry: false, reason: maxRetries === 0 ? error.message : `retries exhausted: ${error.message}` };
  const voided: number[] = [];
  for (const step of run.steps.values()) {
    if (step.state !== 'error' || step.error?.code !== error.code) continue;
    if (!step.repeatable)
      return { retry: false, reason: `${step.name} failed and is not known to be repeatable: ${error.message}` };
    voided.push(step.step);
  }
  return { retry: true, inMs: backoffMs(attempts, toMs(retryBackoff), toMs(retryBackoffMax)), voided };
}
