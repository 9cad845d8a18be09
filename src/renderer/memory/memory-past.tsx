import { History, SkipBack, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useProcessNames, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Checkbox, TextField } from '../ui/fields.tsx';
import { clockTime, numberText, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { fieldTime, readFieldTime } from '../ui/shown-zone.ts';
import { useSettled } from '../ui/use-settled.ts';
import { momentAt, momentWords } from './moments.ts';
import { PastAgent } from './past-agent.tsx';

interface MemoryPastProps {
  /** Epoch ms; null: the newest change. */
  at: number | null;
  onAt: (at: number) => void;
  onClose: () => void;
}

/** What all agents kept at a moment, with what has changed since: moved change by change, or to any time. */
export function MemoryPast({ at, onAt, onClose }: MemoryPastProps) {
  const [before, setBefore] = useState<number | undefined>(undefined);
  const names = useProcessNames();
  // What comes while somebody looks back would move the moments under the pointer.
  const list = useRead(`moments:${before ?? 'now'}`, [], (client) =>
    client.listContextMoments(before === undefined ? {} : { before }),
  );
  const moments = [...(list.value?.items ?? [])].reverse();
  const place = at === null ? moments.length - 1 : momentAt(moments, at);
  const moment = moments[place];
  const shownAt = useSettled(at ?? moment?.at ?? null);
  const past = useRead(
    `past:${shownAt}`,
    names.map((name) => `context:${name}`),
    async (client) => (shownAt === null ? { items: [], next: null } : client.contextAt({ at: shownAt, limit: 200 })),
  );
  const [onlyChanged, setOnlyChanged] = useState(false);
  const field = useId();
  const when = useId();
  const earlier = () => {
    const first = moments[0];
    if (!first) return;
    setBefore(first.at);
    onAt(first.at - 1);
  };
  const goTo = (text: string) => {
    const wanted = readFieldTime(text);
    if (!Number.isFinite(wanted)) return;
    const isListed = before === undefined && wanted >= (list.value?.since ?? 0);
    if (!isListed) setBefore(wanted >= Date.now() ? undefined : wanted + 1);
    onAt(wanted);
  };

  if (list.error) return <ErrorNote error={list.error} retry={list.reload} className="mx-6" />;
  if (!list.value) return <Loading />;
  const shown = (past.value?.items ?? []).filter(
    ({ keys }) => !onlyChanged || keys.some(({ change }) => change !== 'same'),
  );
  return (
    <>
      <section aria-label="Looking back" className="border-y bg-surface px-6 py-2.5 narrow:px-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <label htmlFor={field} className="w-44 shrink-0 text-[0.8125rem] tabular-nums">
            {moments.length === 0
              ? 'No change is known'
              : `Change ${numberText(place + 1)} of ${numberText(moments.length)}`}
          </label>
          {list.value.since !== null && moments.length > 0 && (
            <IconButton icon={SkipBack} label="Earlier changes" onClick={earlier} />
          )}
          <input
            id={field}
            type="range"
            min={0}
            max={Math.max(0, moments.length - 1)}
            value={Math.max(0, place)}
            disabled={moments.length === 0}
            aria-valuetext={moment && `${clockTime(moment.at, Date.now())}: ${momentWords(moment)}`}
            onChange={(event) => {
              const chosen = moments[Number(event.target.value)];
              if (chosen) onAt(chosen.at);
            }}
            className="min-w-40 flex-1 accent-(--accent)"
          />
          <label htmlFor={when} className="sr-only">
            Moment
          </label>
          <TextField
            id={when}
            type="datetime-local"
            step={1}
            value={shownAt === null ? '' : fieldTime(shownAt, 'second')}
            onChange={(event) => goTo(event.target.value)}
            className="h-8 w-52"
          />
          <IconButton icon={X} label="Back to now" onClick={onClose} />
        </div>
        <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
          <p className="min-w-0 flex-1 basis-56 truncate text-dim">
            {moment && `${clockTime(moment.at, Date.now())}: ${momentWords(moment)}`}
          </p>
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the box in it is a button of that role */}
          <label className="flex items-center gap-1.5">
            <Checkbox checked={onlyChanged} onChange={setOnlyChanged} label="Only what changed since" />
            Only what changed since
          </label>
          {before !== undefined && (
            <Button look="ghost" onClick={() => setBefore(undefined)}>
              Newest changes
            </Button>
          )}
        </div>
      </section>
      <div className="min-h-0 flex-1 overflow-y-auto px-6 py-3 narrow:px-4">
        {past.error && <ErrorNote error={past.error} retry={past.reload} />}
        {!past.value && !past.error && <Loading />}
        {past.value && shown.length === 0 && (
          <Empty
            icon={History}
            title={onlyChanged ? 'Nothing has changed since.' : 'Nobody kept anything then, or keeps anything now.'}
          />
        )}
        <ul aria-label="What agents kept then" className="flex max-w-5xl flex-col gap-3">
          {shown.map((agent) => (
            <PastAgent
              key={agent.process}
              agent={agent}
              moment={moment?.process === agent.process && shownAt === moment.at ? moment.keys : []}
              onlyChanged={onlyChanged}
              onChanged={past.reload}
            />
          ))}
        </ul>
        {past.value?.next && (
          <p className="mt-3 text-dim text-xs">Shows the first {plural(200, 'agent')}; look at others on their page.</p>
        )}
      </div>
    </>
  );
}
