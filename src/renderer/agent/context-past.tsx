import { Rewind, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { ContextValue } from '../../shared/views.ts';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { brief } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { At } from '../ui/time.tsx';
import { entryWords } from './entry-words.ts';
import { RewindDialog } from './rewind-dialog.tsx';

/** What the agent kept after any entry of its journal, beside what it keeps now. */
export function ContextPast({
  name,
  now,
  onClose,
}: {
  name: string;
  now: readonly ContextValue[];
  onClose: () => void;
}) {
  const last = useProcess(name)?.journal.seq ?? 1;
  const [seq, setSeq] = useState(last);
  const [rewinding, setRewinding] = useState(false);
  const field = useId();
  const shown = useSettled(Math.min(seq, last));
  const entry = useRead(`entry:${name}:${shown}`, [], (client) =>
    client.readJournal({ name, after: shown - 1, limit: 1 }),
  ).value?.items[0];
  const past = useRead(`context:${name}:${shown}`, [], (client) => client.getContext({ name, at: shown }));
  return (
    <Panel title="Looking back" aside={<IconButton icon={X} label="Back to now" onClick={onClose} />}>
      <label htmlFor={field} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem]">
        <span className="w-40 shrink-0 tabular-nums">
          After entry {shown.toLocaleString('en')} of {last.toLocaleString('en')}
        </span>
        <input
          id={field}
          type="range"
          min={1}
          max={last}
          value={seq}
          onChange={(event) => setSeq(Number(event.target.value))}
          className="min-w-40 flex-1 accent-(--accent)"
        />
        <Button icon={Rewind} disabled={shown >= last} onClick={() => setRewinding(true)}>
          Go back to it…
        </Button>
      </label>
      <p className="mt-1 min-h-5 truncate text-dim text-xs">
        {entry && (
          <>
            <At at={entry.at} />: {entryWords(entry)}
          </>
        )}
      </p>
      {past.error && <ErrorNote error={past.error} retry={past.reload} className="mt-2" />}
      {!past.value && !past.error && <Loading />}
      {past.value && <PastValues past={past.value.items} now={now} />}
      {rewinding && <RewindDialog name={name} seq={shown} onClose={() => setRewinding(false)} />}
    </Panel>
  );
}

/** A value that has stood still for a moment: a slider passes a hundred on its way. */
function useSettled(value: number): number {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 120);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function PastValues({ past, now }: { past: readonly ContextValue[]; now: readonly ContextValue[] }) {
  const present = new Map(now.map((value) => [value.key, value]));
  const kept = new Set(past.map(({ key }) => key));
  const rows = [
    ...past.map((value) => ({ value, state: changeOf(value, present.get(value.key)) })),
    ...now.filter(({ key }) => !kept.has(key)).map((value) => ({ value, state: 'not there yet' })),
  ];
  if (rows.length === 0) return <p className="mt-2 text-dim">It kept nothing then, and keeps nothing now.</p>;
  return (
    <ul aria-label="What it kept then" className="mt-2 flex flex-col">
      {rows.map(({ value, state }) => (
        <li key={value.key} className="flex items-baseline gap-3 border-line/60 border-t py-1.5 text-[0.8125rem]">
          <span className="w-40 shrink-0 truncate font-medium narrow:w-24">{value.key}</span>
          <span
            title={brief(value.value, 600)}
            className={cx(
              'min-w-0 flex-1 truncate font-mono text-xs',
              state === 'not there yet' && 'text-faint line-through',
            )}
          >
            {brief(value.value)}
          </span>
          <span className={cx('shrink-0 text-xs', state === 'as now' ? 'text-faint' : 'text-warn')}>{state}</span>
        </li>
      ))}
    </ul>
  );
}

function changeOf(then: ContextValue, now: ContextValue | undefined): string {
  if (!now) return 'gone since';
  return JSON.stringify(then.value) === JSON.stringify(now.value) ? 'as now' : 'changed since';
}
