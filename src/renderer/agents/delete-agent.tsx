import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { Confirm } from '../ui/confirm.tsx';
import { plural } from '../ui/format.ts';
import { useAgentActions } from './agent-actions.ts';

interface DeleteAgentsProps {
  names: readonly string[];
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before agents are taken off the list, and says who listens to them. */
export function DeleteAgents({ names, onClose, onDeleted }: DeleteAgentsProps) {
  const processes = useProcesses();
  const actions = useAgentActions();
  const days = useRead('retention', ['processes'], (client) => client.getRetention({})).value?.trashDays;
  const going = new Set(names);
  const listeners = processes.filter(
    (view) =>
      !going.has(view.name) && view.triggers.some(({ config }) => going.has(String(config['event_source'] ?? ''))),
  );
  const waiting = processes
    .filter((view) => going.has(view.name))
    .reduce((sum, view) => sum + view.waiting + view.parked, 0);
  const title = names.length === 1 ? `Delete “${names[0]}”?` : `Delete ${names.length} agents?`;
  const remove = async () => {
    for (const name of names) await actions.remove(name);
    onDeleted?.();
  };
  return (
    <Confirm title={title} asks="deleteProcess" confirm="Delete" onClose={onClose} onConfirm={() => void remove()}>
      <p>
        {names.length === 1 ? 'It stops and goes' : 'They stop and go'} into the trash, with all
        {names.length === 1 ? ' it' : ' they'} did, remember and know.
        {days !== undefined &&
          ` For ${plural(days, 'day')} you can bring ${names.length === 1 ? 'it' : 'them'} back as before.`}
      </p>
      {waiting > 0 && <p className="text-warn">{plural(waiting, 'event')} that still wait will not be worked on.</p>}
      {listeners.length > 0 && (
        <p className="text-warn">
          {listeners.map(({ name }) => `“${name}”`).join(', ')} listens to its events and will hear nothing.
        </p>
      )}
    </Confirm>
  );
}
