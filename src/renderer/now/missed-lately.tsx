import { useRef } from 'react';
import type { InboxItemView, ScheduleRow } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { reportDone } from '../inbox/report-words.ts';
import { useHoles } from '../schedule/holes-list.tsx';
import { outcomeLooks } from '../schedule/lane-rows.ts';
import { useClient, useRuntimeShallow } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { Ago } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { useNow } from '../ui/use-now.ts';

const dayMs = 86_400_000;
const shownAtMost = 4;

/** Planned times of the last day that became no run, by agent and trigger, each with the newest reason. */
export function MissedLately() {
  const now = useNow(60_000);
  const asked = useRuntimeShallow((state) =>
    state.inbox.filter(({ kind, answeredAt }) => kind === 'missed' && answeredAt === null),
  );
  const rows = (useHoles().read.value ?? []).filter(({ instant }) => now - instant < dayMs);
  if (rows.length === 0) return null;
  const askedOf = ([newest]: readonly ScheduleRow[]) =>
    asked.find(({ process, about }) => process === newest?.process && about['trigger'] === newest.trigger);
  const groups = [...Map.groupBy(rows, ({ process, trigger }) => `${process} ${trigger}`)]
    .map(([key, holes]) => ({ key, holes, item: askedOf(holes) }))
    // What somebody can still decide stands first.
    .sort((a, b) => Number(b.item !== undefined) - Number(a.item !== undefined));
  return (
    <section aria-label="Did not happen" className="mt-3">
      <h3 className="mb-1 flex justify-between font-medium text-[0.8125rem]">
        Did not happen
        <a className="link font-normal text-xs" href="#/schedule?show=holes">
          All, with reasons
        </a>
      </h3>
      <ul>
        {groups.slice(0, shownAtMost).map(({ key, holes, item }) => (
          <Missed key={key} holes={holes} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** What one trigger left out. Times that were missed can be run after all, or let go, as in the inbox. */
function Missed({ holes, item }: { holes: readonly ScheduleRow[]; item: InboxItemView | undefined }) {
  const client = useClient();
  const [busy, act] = useAction();
  const name = useRef<HTMLAnchorElement>(null);
  const [newest] = holes;
  if (!newest) return null;
  const { process, outcome, reason, instant } = newest;
  const count = holes.reduce((sum, hole) => sum + hole.count, 0);
  const give = async (id: string, choice: 'run_now' | 'skip') => {
    const done = await act(() => client.answerInboxItem({ id, answer: choice }), { done: reportDone(choice) });
    // The buttons go with the question; whoever came by key stays in the row.
    if (done) name.current?.focus();
  };
  return (
    <li className="flex min-h-8 items-center gap-3 text-[0.8125rem] narrow:flex-wrap narrow:gap-y-0.5 narrow:py-1">
      <span aria-hidden className="hole h-3.5 w-2 shrink-0 rounded-xs" />
      <a ref={name} className="hover:link shrink-0 font-medium" href={hrefs.agent(process, 'triggers')}>
        {process}
      </a>
      <span className="min-w-0 flex-1 truncate text-dim">
        {plural(count, 'time')}, {outcomeLooks[outcome].text}: {reason}
      </span>
      {item && (
        <span className="flex shrink-0 gap-1">
          <Button
            asks="answerInboxItem"
            disabled={busy}
            aria-label={`Run ${process} now for what it missed`}
            onClick={() => void give(item.id, 'run_now')}
          >
            Run
          </Button>
          <Button
            look="ghost"
            asks="answerInboxItem"
            disabled={busy}
            aria-label={`Skip what ${process} missed`}
            onClick={() => void give(item.id, 'skip')}
          >
            Skip
          </Button>
        </span>
      )}
      <Ago at={instant} className="shrink-0 text-faint text-xs" />
    </li>
  );
}
