import { describe, expect, test } from 'vitest';
import type { FoldedStep, OpenRun } from '../../../src/main/journal/fold/snapshot.ts';
import { decideRestart, decideRetry } from '../../../src/main/processes/survival/restart-policy.ts';
import { ProcessConfig, type ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import type { ErrorNote } from '../../../src/shared/entries/journal-entries.ts';
import { Folded } from '../../world/folded.ts';

const config = (input: ProcessConfigInput = {}) => ProcessConfig.parse(input);

function failedRun(...steps: Partial<FoldedStep>[]): OpenRun {
  const run = new Folded().run('a').openRun('a');
  for (const [index, step] of steps.entries()) {
    run.steps.set(index + 1, { step: index + 1, name: 'call', ...step } as FoldedStep);
  }
  return run;
}
const passing: ErrorNote = { code: 'MODEL_UNREACHABLE', message: 'gone' };
const lasting: ErrorNote = { code: 'MODEL_REFUSED', message: 'no such model' };
const failed = (error: ErrorNote, repeatable = true): Partial<FoldedStep> => ({ state: 'error', error, repeatable });

describe('a failed run', () => {
  test('is tried again after 2 s, 4 s and so on up to the longest wait', () => {
    const patient = config({ triggerDelivery: { maxRetries: 10 } });
    const waits = [1, 2, 3, 4, 5, 6, 7].map((attempts) => decideRetry(patient, failedRun(), attempts, passing));
    expect(waits.map((decision) => decision.retry && decision.inMs)).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  test.each([
    ['an error that lasts', config(), failedRun(), 1, lasting, 'no such model'],
    ['an error of a bug', config(), failedRun(), 1, { code: 'NOT_A_CODE', message: 'odd' }, 'odd'],
    [
      'the last try',
      config({ triggerDelivery: { maxRetries: 2 } }),
      failedRun(),
      3,
      passing,
      'retries exhausted: gone',
    ],
    ['no retries', config({ triggerDelivery: { maxRetries: 0 } }), failedRun(), 1, passing, 'gone'],
    [
      'a call that may have happened',
      config(),
      failedRun(failed(passing, false)),
      1,
      passing,
      'call failed and is not known to be repeatable: gone',
    ],
  ])('is not tried again after %s', (_what, settings, run, attempts, error, reason) => {
    expect(decideRetry(settings, run, attempts, error)).toEqual({ retry: false, reason });
  });

  test('voids the steps that failed so, and keeps those that failed otherwise and were dealt with', () => {
    const run = failedRun({ state: 'ok' }, failed(lasting), failed(passing), { state: 'intended' }, failed(passing));
    expect(decideRetry(config(), run, 1, passing)).toMatchObject({ retry: true, voided: [3, 5] });
  });
});

describe('a failed process', () => {
  const on = (input: ProcessConfigInput) => config({ restartPolicy: 'on_failure', ...input });

  test('is left so by the policy of never, and after its last restart', () => {
    expect(decideRestart(config(), 0)).toMatchObject({ restart: false, reason: expect.stringContaining('never') });
    expect(decideRestart(on({ maxRestarts: 2 }), 2)).toMatchObject({
      restart: false,
      reason: expect.stringContaining('2 times'),
    });
  });

  test('is started after a random part of a wait that doubles up to five minutes', () => {
    const settings = on({ restartBackoff: '10s', maxRestarts: 99 });
    const longest = [0, 1, 2, 3, 4, 5, 50].map((restarts) => decideRestart(settings, restarts, () => 1));
    expect(longest.map((decision) => decision.restart && decision.inMs)).toEqual([
      10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
    ]);
    expect(decideRestart(settings, 3, () => 0.5)).toEqual({ restart: true, inMs: 40_000 });
    expect(decideRestart(settings, 3, () => 0)).toEqual({ restart: true, inMs: 0 });
  });
});
