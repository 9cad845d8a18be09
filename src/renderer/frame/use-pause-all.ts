import { isWorking } from '../../shared/lifecycle.ts';
import { useClient, useRuntimeShallow } from '../stores/use-runtime.ts';
import { plural } from '../ui/format.ts';
import { act } from '../ui/use-action.ts';

/** One switch for everything: it pauses while anything works, else it resumes what is suspended. */
export function usePauseAll(): { paused: boolean; possible: boolean; toggle: () => void } {
  const client = useClient();
  const { working, suspended } = useRuntimeShallow(({ processes }) => {
    const states = Object.values(processes).map(({ state }) => state);
    return { working: states.filter(isWorking).length, suspended: states.filter((s) => s === 'suspended').length };
  });
  const paused = working === 0 && suspended > 0;
  const toggle = () =>
    void (paused
      ? act(() => client.resumeAll({}), { done: 'Agents go on with what waited, in order.' })
      : act(() => client.pauseAll({}), {
          done: `Paused ${plural(working, 'agent')}. What arrives meanwhile is kept.`,
          undo: () => client.resumeAll({}),
        }));
  return { paused, possible: working + suspended > 0, toggle };
}
