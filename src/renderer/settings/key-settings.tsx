import { RotateCcw } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { areFree, type ShortcutId, shortcuts, strokeOf, withKeys } from '../../shared/shortcuts.ts';
import { sequenceMs } from '../frame/use-shortcuts.tsx';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Keys, keyText, OwnKeys } from '../ui/keys.tsx';
import { Panel } from '../ui/panel.tsx';
import { toast } from '../ui/toast.ts';

/** Every shortcut, with a way to give it other keys. */
export function KeySettings() {
  const changed = useWorkspace((state) => state.keys);
  const arrange = useWorkspace((state) => state.arrange);
  const ids = Object.keys(shortcuts) as ShortcutId[];
  const groups = Map.groupBy(ids, (id) => shortcuts[id].where);
  return (
    <div className="flex flex-col gap-(--gap)">
      <div className="flex items-center justify-between gap-4">
        <p className="text-[0.8125rem] text-dim">
          Choose a shortcut, then press the keys it should have, or two letters one after the other. Escape leaves it as
          it was. Keys that are taken go to the new action; those with Ctrl, ⌘ or Alt are shown in the menu of the app,
          too.
        </p>
        <Button icon={RotateCcw} disabled={Object.keys(changed).length === 0} onClick={() => arrange({ keys: {} })}>
          Reset all
        </Button>
      </div>
      {[...groups].map(([where, members]) => (
        <Panel key={where} title={where}>
          <ul>
            {members.map((id) => (
              <KeyRow key={id} id={id} />
            ))}
          </ul>
        </Panel>
      ))}
    </div>
  );
}

const keyLook =
  'inline-flex h-7 min-w-20 items-center justify-center rounded-md border border-edge/70 px-2 hover:bg-hover';

/** Takes the next stroke; after a letter or digit alone a second one may follow, as in “G A”. Null: left as it was. */
function NewKeys({ text, onEnd }: { text: string; onEnd: (keys: string | null) => void }) {
  const [first, setFirst] = useState('');
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  useEffect(() => {
    if (first === '') return;
    const timer = setTimeout(() => onEnd(first), sequenceMs);
    return () => clearTimeout(timer);
  }, [first, onEnd]);
  const press = (event: KeyboardEvent) => {
    if (['Shift', 'Control', 'Alt', 'Meta', 'Tab'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const stroke = strokeOf(event.nativeEvent);
    if (event.key === 'Escape') onEnd(null);
    else if (first !== '') onEnd(`${first} ${stroke}`);
    else if (/^[a-z0-9]$/.test(stroke)) setFirst(stroke);
    else onEnd(stroke);
  };
  return (
    <button ref={button} type="button" onBlur={() => onEnd(first || null)} onKeyDown={press} className={keyLook}>
      <span className="sr-only">New keys of {text}: </span>
      {first === '' ? <span className="text-accent-text text-xs">press keys…</span> : <Keys keys={first} />}
    </button>
  );
}

function KeyRow({ id }: { id: ShortcutId }) {
  const changed = useWorkspace((state) => state.keys);
  const arrange = useWorkspace((state) => state.arrange);
  const [listening, setListening] = useState(false);
  const { text } = shortcuts[id];
  const give = (keys?: string) => {
    if (keys !== undefined && !areFree(keys)) {
      toast.error(`${keyText(keys)} stays what it is: for editing text, or for the window itself.`);
      return;
    }
    const next = withKeys(changed, id, keys);
    arrange({ keys: next.changed });
    if (next.lost.length > 0) {
      const names = next.lost.map((other) => `“${shortcuts[other].text}”`).join(' and ');
      toast.success(`“${text}” has these keys now, and ${names} no longer.`, {
        action: { label: 'Undo', run: () => arrange({ keys: changed }) },
      });
    }
  };
  return (
    <li className="flex min-h-9 items-center gap-3 text-[0.8125rem]">
      <span className="min-w-0 flex-1">{text}</span>
      {listening ? (
        <NewKeys
          text={text}
          onEnd={(next) => {
            if (next !== null) give(next);
            setListening(false);
          }}
        />
      ) : (
        <button type="button" onClick={() => setListening(true)} className={keyLook}>
          <span className="sr-only">Change the keys of {text}: </span>
          <OwnKeys id={id} changed={changed} />
        </button>
      )}
      <IconButton
        icon={RotateCcw}
        label={`Reset ${text}`}
        disabled={changed[id] === undefined}
        onClick={() => give()}
      />
    </li>
  );
}
