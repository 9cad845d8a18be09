import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useRuntimeStore } from '../stores/use-runtime.ts';
import { useAgentActions } from './agent-actions.ts';
import type { Selection } from './use-selection.ts';

interface AgentKeys {
  current: string | null;
  selection: Selection;
  onRun: (name: string) => void;
  onPeek: (name: string) => void;
}

/** Keys that act on the agent the list is at. */
export function useAgentKeys({ current, selection, onRun, onPeek }: AgentKeys): void {
  const actions = useAgentActions();
  const store = useRuntimeStore();
  const on = (doing: (name: string) => void) => () => (current === null ? false : doing(current));
  const stateOf = (name: string) => store.getState().processes[name]?.state ?? 'stopped';
  useShortcuts({
    open: on((name) => navigate(hrefs.agent(name))),
    peek: on(onPeek),
    select: on((name) => selection.toggle(name, false)),
    selectRange: on((name) => selection.toggle(name, true)),
    startStop: on((name) => actions.startOrStop(name, stateOf(name))),
    suspend: on((name) => actions.suspendOrResume(name, stateOf(name))),
    restart: on(actions.restart),
    run: on(onRun),
    logs: on((name) => navigate(hrefs.agent(name, 'journal'))),
    edit: on((name) => navigate(hrefs.agent(name, 'design'))),
    yaml: on((name) => navigate(hrefs.agent(name, 'manifest'))),
    back: () => (selection.chosen.size > 0 ? selection.clear() : false),
  });
}
