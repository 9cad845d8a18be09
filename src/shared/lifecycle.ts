import { z } from 'zod';
import { RuntimeError } from './errors.ts';

export const ProcessState = z.enum([
  'created',
  'starting',
  'running',
  'suspended',
  'awaiting',
  'stopping',
  'stopped',
  'failed',
]);
export type ProcessState = z.infer<typeof ProcessState>;

/**
 * The life of a process: from each state, the states it may go to next. A host that restarts changes none of them:
 * a process that was running before is running after, so recovery is no transition.
 */
export const nextStates: Record<ProcessState, readonly ProcessState[]> = {
  created: ['starting', 'stopped'],
  starting: ['running', 'stopping', 'failed'],
  running: ['suspended', 'awaiting', 'stopping', 'failed'],
  suspended: ['running', 'stopping', 'failed'],
  awaiting: ['running', 'suspended', 'stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  stopped: ['starting'],
  failed: ['starting'],
};

/** States in which triggers are armed and the process takes events from its queue. */
export function isWorking(state: ProcessState): boolean {
  return state === 'running' || state === 'awaiting';
}

/** States in which it does nothing, so that it can be started or deleted. */
export function isAtRest(state: ProcessState): boolean {
  return state === 'created' || state === 'stopped' || state === 'failed';
}

/** @throws RuntimeError `TRANSITION_REFUSED` when the life of a process has no such step. */
export function assertTransition(process: string, from: ProcessState, to: ProcessState): void {
  const allowed = nextStates[from];
  if (allowed.includes(to)) return;
  throw new RuntimeError(
    'TRANSITION_REFUSED',
    `"${process}" is ${from}; it cannot become ${to}, only ${allowed.join(' or ')}.`,
    { process, from, to, allowed: [...allowed] },
  );
}

/** Why an agent is suspended that was paused together with all others, and goes on with them. */
export const pausedWithAll = 'paused with all others';
