import { CircleCheckBig } from 'lucide-react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { ScheduleRow } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { At } from '../ui/time.tsx';
import { isSchedule, outcomeLooks } from './lane-rows.ts';
import { noteRow } from './note-row.ts';

/** Of each agent with a schedule; more agents than this are not asked at once. */
const notesPerAgent = 50;
const agentsAsked = 100;

/** Every planned time that did not become a waking of its own, newest first, with the reason. */
export function HolesList({ from, to, onPick }: { from: number; to: number; onPick: (row: ScheduleRow) => void }) {
  const { read, names } = useHoles();
  const rows = (read.value ?? []).filter(({ instant }) => instant >= from && instant <= to);
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} className="mx-6" />;
  if (!read.value)
    return (
      <div className="px-6">
        <Loading />
      </div>
    );
  if (rows.length === 0)
    return (
      <Empty icon={CircleCheckBig} title="Every planned time became a waking">
        In this stretch nothing was missed, skipped or made one with another.
      </Empty>
    );
  return (
    <ul aria-label="What did not happen" className="min-h-0 flex-1 overflow-y-auto border-t bg-surface">
      {rows.map((row) => (
        <li key={`${row.process}${row.trigger}${row.instant}`} className="border-line/60 border-b">
          <button
            type="button"
            onClick={() => onPick(row)}
            className="flex min-h-11 w-full items-center gap-x-3 px-6 text-left text-[0.8125rem] hover:bg-hover/60 narrow:flex-wrap narrow:px-4 narrow:py-1.5"
          >
            <span aria-hidden className="hole h-4 w-2 shrink-0 rounded-xs" />
            <span className="w-28 shrink-0 text-dim tabular-nums narrow:w-auto">
              <At at={row.instant} />
            </span>
            <span className="w-40 shrink-0 truncate font-medium narrow:w-auto narrow:flex-1">{row.process}</span>
            <span className="min-w-0 flex-1 truncate narrow:order-last narrow:basis-full narrow:whitespace-normal narrow:pl-5">
              {outcomeLooks[row.outcome].text}
              <span className="text-dim">: {row.reason}</span>
            </span>
            {row.count > 1 && <span className="shrink-0 text-dim text-xs">{plural(row.count, 'time')}</span>}
          </button>
        </li>
      ))}
      <li className="px-6 py-3 text-faint text-xs">
        Older ones stand in the{' '}
        <a className="underline" href={hrefs.agent(names[0] ?? '', 'journal')}>
          journal
        </a>{' '}
        of each agent.
      </li>
    </ul>
  );
}

/** Planned times of all agents that did not become a waking of their own, newest first. */
export function useHoles(): { read: ReturnType<typeof useRead<ScheduleRow[]>>; names: readonly string[] } {
  const names = useProcesses()
    .filter((view) => view.triggers.some(isSchedule))
    .map(({ name }) => name)
    .slice(0, agentsAsked);
  const read = useRead(`holes-of:${names.join()}`, ['events'], (client) => holesOf(client, names));
  return { read, names };
}

async function holesOf(client: RuntimeClient, names: readonly string[]): Promise<ScheduleRow[]> {
  const pages = await Promise.all(
    names.map((name) => client.readJournal({ name, kind: 'occurrence.noted', order: 'desc', limit: notesPerAgent })),
  );
  return pages.flatMap(({ items }) => items.map(noteRow)).sort((a, b) => b.instant - a.instant);
}
