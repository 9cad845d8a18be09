import { type KeyboardEvent, useId, useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/fields.tsx';
import { clockTime, plural, shortTime } from '../ui/format.ts';
import { KeysOf } from '../ui/keys.tsx';
import { isSameDay, readFieldTime } from '../ui/shown-zone.ts';
import { act } from '../ui/use-action.ts';
import { snoozeTimes } from './snooze-times.ts';

interface SnoozeDialogProps {
  ids: readonly string[];
  onClose: () => void;
  onSnoozed?: () => void;
}

/** Puts items out of the way until a time. Whatever waits for an answer goes on waiting. */
export function SnoozeDialog({ ids, onClose, onSnoozed }: SnoozeDialogProps) {
  const client = useClient();
  const field = useId();
  const [now] = useState(() => Date.now());
  const [own, setOwn] = useState('');
  const times = snoozeTimes(now);
  const ownAt = readFieldTime(own);
  const snooze = async (until: number) => {
    onClose();
    const done = await act(() => Promise.all(ids.map((id) => client.snoozeInboxItem({ id, until }))), {
      done: `Snoozed: back ${clockTime(until, Date.now())}.`,
      undo: () => Promise.all(ids.map((id) => client.snoozeInboxItem({ id, until: null }))),
    });
    if (done) onSnoozed?.();
  };
  return (
    <Dialog
      title={ids.length === 1 ? 'Snooze' : `Snooze ${plural(ids.length, 'item')}`}
      description="Out of the way until then, and back by itself. A run that waits goes on waiting, and a time limit goes on running."
      onClose={onClose}
    >
      <ul className="flex flex-col gap-1.5 p-1">
        {times.map(({ text, at }, index) => (
          <li key={text}>
            <Button
              size="md"
              autoFocus={index === 0}
              className="w-full justify-between"
              onClick={() => void snooze(at)}
              onKeyDown={(event) => move(event)}
            >
              {text}
              <span className="text-dim">{dayAndTime(at, now)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="mt-4 flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (ownAt > Date.now()) void snooze(ownAt);
        }}
      >
        <label htmlFor={field} className="flex flex-1 flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Until</span>
          <TextField id={field} type="datetime-local" value={own} onChange={(event) => setOwn(event.target.value)} />
        </label>
        <Button size="md" type="submit" disabled={!(ownAt > now)}>
          Snooze
        </Button>
      </form>
    </Dialog>
  );
}

/** "14:30" today, "Mon 09:00" later. */
function dayAndTime(at: number, now: number): string {
  return isSameDay(at, now) ? shortTime(at) : clockTime(at, now);
}

/** The arrows go through the times as Tab does. */
function move(event: KeyboardEvent<HTMLButtonElement>): void {
  const by =
    event.key === 'ArrowDown' ? 'nextElementSibling' : event.key === 'ArrowUp' ? 'previousElementSibling' : null;
  if (!by) return;
  event.preventDefault();
  event.currentTarget.closest('li')?.[by]?.querySelector('button')?.focus();
}

/** For one item: the button, with its key, and the way back. */
export function SnoozeButton({ id, until, keyboard }: SnoozeButtonProps) {
  const client = useClient();
  const [open, setOpen] = useState(false);
  const isSnoozed = until !== null && until > Date.now();
  const wake = () => void act(() => client.snoozeInboxItem({ id, until: null }), { done: 'Back in the inbox.' });
  const doing = isSnoozed ? wake : () => setOpen(true);
  useShortcuts(keyboard ? { snooze: doing } : {});
  return (
    <>
      <Button onClick={doing}>
        {isSnoozed ? 'Bring back' : 'Snooze…'}
        {keyboard && <KeysOf id="snooze" />}
      </Button>
      {open && <SnoozeDialog ids={[id]} onClose={() => setOpen(false)} />}
    </>
  );
}

interface SnoozeButtonProps {
  id: string;
  until: number | null;
  keyboard: boolean;
}
