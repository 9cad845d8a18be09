import { CirclePlay, CircleStop, Pause, Play, RotateCw, Trash2 } from 'lucide-react';
import type { ProcessState } from '../../shared/lifecycle.ts';
import { useClient, useRuntimeStore } from '../stores/use-runtime.ts';
import { BulkBar } from '../ui/bulk-bar.tsx';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { act } from '../ui/use-action.ts';
import { possible } from './agent-actions.ts';
import type { Selection } from './use-selection.ts';

/** What can be done to all chosen agents at once. Those that cannot are left as they are, and counted. */
export function AgentsBulk({
  selection,
  onDelete,
}: {
  selection: Selection;
  onDelete: (names: readonly string[]) => void;
}) {
  const client = useClient();
  const store = useRuntimeStore();
  const names = [...selection.chosen];
  const able = (may: (state: ProcessState) => boolean) =>
    names.filter((name) => may(store.getState().processes[name]?.state ?? 'stopped'));
  const all = (may: (state: ProcessState) => boolean, ask: (name: string) => Promise<unknown>, done: string) => () => {
    const able_ = able(may);
    const left = names.length - able_.length;
    const note = left > 0 ? ` ${plural(left, 'agent')} could not and stayed as before.` : '';
    void act(() => Promise.all(able_.map(ask)), { done: `${plural(able_.length, 'agent')} ${done}.${note}` });
  };
  return (
    <BulkBar label="Chosen agents" chosen={selection.chosen.size} onClear={selection.clear}>
      <Button
        icon={CirclePlay}
        asks="startProcess"
        onClick={all(
          (state) => possible(state).start,
          (name) => client.startProcess({ name }),
          'started',
        )}
      >
        Start
      </Button>
      <Button
        icon={CircleStop}
        asks="stopProcess"
        onClick={all(
          (state) => possible(state).stop,
          (name) => client.stopProcess({ name }),
          'stopped',
        )}
      >
        Stop
      </Button>
      <Button
        icon={Pause}
        asks="suspendProcess"
        onClick={all(
          (state) => possible(state).suspend,
          (name) => client.suspendProcess({ name, reason: 'suspended in the window' }),
          'suspended',
        )}
      >
        Suspend
      </Button>
      <Button
        icon={Play}
        asks="resumeProcess"
        onClick={all(
          (state) => possible(state).resume,
          (name) => client.resumeProcess({ name }),
          'resumed',
        )}
      >
        Resume
      </Button>
      <Button
        icon={RotateCw}
        asks="restartProcess"
        onClick={all(
          (state) => possible(state).restart,
          (name) => client.restartProcess({ name }),
          'restarted',
        )}
      >
        Restart
      </Button>
      <Button icon={Trash2} look="danger" asks="deleteProcess" onClick={() => onDelete(names)}>
        Delete…
      </Button>
    </BulkBar>
  );
}
