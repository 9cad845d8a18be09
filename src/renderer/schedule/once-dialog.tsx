import { CalendarClock } from 'lucide-react';
import { useId, useState } from 'react';
import { useClient, useProcessNames } from '../stores/use-runtime.ts';
import { Choice, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { clockTime } from '../ui/format.ts';
import { fieldTime, readFieldTime, shownZone } from '../ui/shown-zone.ts';
import { act } from '../ui/use-action.ts';

interface OnceProps {
  /** What the field for the time begins with. */
  at: number;
  onClose: () => void;
}

/** Wakes an agent once, at a time. */
export function OnceDialog({ at, onClose }: OnceProps) {
  const client = useClient();
  const names = useProcessNames();
  const agent = useId();
  const [name, setName] = useState(names[0] ?? '');
  const time = useTimeField(at);
  const send = async () => {
    let id = '';
    return act(
      async () => {
        id = (await client.wakeProcess({ name, payload: {}, at: time.at })).eventId;
      },
      {
        done: `“${name}” runs once, ${clockTime(time.at, Date.now())}.`,
        undo: () => client.cancel({ id, reason: 'taken back' }),
      },
    );
  };
  return (
    <FormDialog
      title="Run once"
      description="The agent is woken once, at this time, as if you woke it by hand. Until then it can be moved or taken back."
      asks="wakeProcess"
      submit="Set"
      icon={CalendarClock}
      ready={name !== '' && time.isToCome}
      onClose={onClose}
      onSubmit={send}
    >
      <div className="flex flex-col gap-4">
        <label htmlFor={agent} className="flex flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Agent</span>
          <Choice id={agent} autoFocus value={name} onChange={(event) => setName(event.target.value)}>
            {names.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Choice>
        </label>
        {time.field}
      </div>
    </FormDialog>
  );
}

/** Moves what was set for a time to another one, without a drag. */
export function MoveDialog({ id, title, at, onClose }: OnceProps & { id: string; title: string }) {
  const client = useClient();
  const time = useTimeField(at);
  return (
    <FormDialog
      title={`Move “${title}”`}
      asks="moveTriggerEvent"
      submit="Move"
      icon={CalendarClock}
      ready={time.isToCome && time.at !== at}
      onClose={onClose}
      onSubmit={() =>
        act(() => client.moveTriggerEvent({ id, to: time.at }), {
          done: `“${title}” was moved to ${clockTime(time.at, Date.now())}.`,
          undo: () => client.moveTriggerEvent({ id, to: at }),
        })
      }
    >
      {time.field}
    </FormDialog>
  );
}

function useTimeField(first: number) {
  const id = useId();
  const [text, setText] = useState(() => fieldTime(first));
  const at = readFieldTime(text);
  return {
    at,
    isToCome: at > Date.now(),
    field: (
      <label htmlFor={id} className="flex flex-col gap-1 text-[0.8125rem]">
        <span className="font-medium">Time</span>
        <TextField id={id} type="datetime-local" value={text} onChange={(event) => setText(event.target.value)} />
        <span className="text-dim text-xs">
          In {shownZone()}.{!(at > Date.now()) && ' Choose a time that is still to come.'}
        </span>
      </label>
    ),
  };
}
