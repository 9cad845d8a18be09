import { Rewind, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { ContextValue } from '../../shared/views/views.ts';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { numberText } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { At } from '../ui/time.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { entryWords } from './entry-words.ts';
import { type PastChange, PastRow } from './past-row.tsx';
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
          After entry {numberText(shown)} of {numberText(last)}
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
        <Button icon={Rewind} asks="rewind" disabled={shown >= last} onClick={() => setRewinding(true)}>
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

function PastValues({ past, now }: { past: readonly ContextValue[]; now: readonly ContextValue[] }) {
  const present = new Map(now.map((value) => [value.key, value]));
  const kept = new Set(past.map(({ key }) => key));
  const rows = [
    ...past.map((value) => ({ value, change: changeOf(value, present.get(value.key)) })),
    ...now.filter(({ key }) => !kept.has(key)).map((value) => ({ value, change: 'later' as const })),
  ];
  if (rows.length === 0) return <p className="mt-2 text-dim">It kept nothing then, and keeps nothing now.</p>;
  return (
    <ul aria-label="What it kept then" className="mt-2 flex flex-col">
      {rows.map(({ value, change }) => (
        <PastRow key={value.key} name={value.key} value={value.value} change={change} />
      ))}
    </ul>
  );
}

function changeOf(then: ContextValue, now: ContextValue | undefined): PastChange {
  if (!now) return 'gone';
  return JSON.stringify(then.value) === JSON.stringify(now.value) ? 'same' : 'changed';
}
