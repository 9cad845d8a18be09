import { useMemo } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import { nextStates, type ProcessState } from '../../shared/lifecycle.ts';
import { useClient } from '../stores/use-runtime.ts';
import { act } from '../ui/use-action.ts';

/** What may be asked of an agent in its state; the same table the runtime keeps to. */
export function possible(state: ProcessState) {
  const next = nextStates[state];
  return {
    start: next.includes('starting'),
    stop: next.includes('stopping'),
    suspend: next.includes('suspended'),
    resume: state === 'suspended',
    restart: next.includes('stopping') || state === 'failed',
    wake: state !== 'stopping',
  };
}

export interface AgentActions {
  start(name: string): void;
  stop(name: string): void;
  suspend(name: string): void;
  resume(name: string): void;
  restart(name: string): void;
  /** Starts what rests, stops what runs. */
  startOrStop(name: string, state: ProcessState): void;
  suspendOrResume(name: string, state: ProcessState): void;
  remove(name: string): Promise<boolean>;
}

/** Asks only: what came of it arrives as a notice and is seen on the screen. */
export function useAgentActions(): AgentActions {
  const client = useClient();
  return useMemo(() => actionsOf(client), [client]);
}

function actionsOf(client: RuntimeClient): AgentActions {
  const start = (name: string) => void act(() => client.startProcess({ name }));
  const stop = (name: string) => void act(() => client.stopProcess({ name }));
  const suspend = (name: string) => void act(() => client.suspendProcess({ name, reason: 'suspended in the window' }));
  const resume = (name: string) => void act(() => client.resumeProcess({ name }));
  return {
    start,
    stop,
    suspend,
    resume,
    restart: (name) => void act(() => client.restartProcess({ name }), { done: `“${name}” restarts.` }),
    startOrStop: (name, state) => (possible(state).start ? start(name) : possible(state).stop && stop(name)),
    suspendOrResume: (name, state) => (state === 'suspended' ? resume(name) : possible(state).suspend && suspend(name)),
    async remove(name) {
      const before = await client.getProcess({ name }).catch(() => null);
      const restart = before ? !possible(before.state).start : false;
      return act(() => client.deleteProcess({ name }), {
        done: `“${name}” is in the trash.`,
        undo: () => client.restoreProcess({ name, start: restart }),
      });
    },
  };
}
