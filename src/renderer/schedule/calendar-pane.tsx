import { X } from 'lucide-react';
import type { ScheduleRow } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { IconButton } from '../ui/button.tsx';
import { dayText, plural, shortTime } from '../ui/format.ts';
import { calendarLook } from './calendar-looks.ts';
import { type CalendarMark, countOf } from './calendar-marks.ts';

interface PaneProps {
  items: readonly CalendarMark[];
  onPick: (row: ScheduleRow) => void;
  onClose: () => void;
}

/** What one block of the calendar stands for, one by one. */
export function CalendarPane({ items, onPick, onClose }: PaneProps) {
  useShortcuts({ back: onClose });
  const [first] = items;
  if (!first) return null;
  return (
    <section
      aria-label="What falls together"
      className="rising max-h-72 shrink-0 overflow-y-auto border-t bg-raised px-6 py-3 shadow-float narrow:px-4"
    >
      <header className="flex items-center gap-2">
        <h2 className="flex-1 font-semibold">
          {dayText(first.at)} {shortTime(first.at)}, {plural(countOf(items), 'time')}
        </h2>
        <IconButton icon={X} label="Close" keys="escape" onClick={onClose} />
      </header>
      <ul>
        {items.map((item) => (
          <li key={item.key} className="border-line/60 not-first:border-t">
            <One item={item} onPick={onPick} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ item, onPick }: { item: CalendarMark; onPick: (row: ScheduleRow) => void }) {
  const { row, at, title, process, outcome, reason, moves } = item;
  const { icon: Icon, text } = calendarLook(outcome);
  const look = 'flex min-h-9 w-full items-center gap-2 text-left text-[0.8125rem] hover:bg-hover/60';
  const words = (
    <>
      <Icon aria-hidden className="size-4 shrink-0 text-dim" />
      <span className="w-16 shrink-0 text-dim tabular-nums">{shortTime(at)}</span>
      <span className="shrink-0 font-medium">{title}</span>
      <span className="min-w-0 flex-1 truncate text-dim">
        {text}
        {reason && `: ${reason}`}
      </span>
    </>
  );
  if (row)
    return (
      <button type="button" onClick={() => onPick(row)} className={look}>
        {words}
      </button>
    );
  return (
    <a href={moves && 'inbox' in moves ? hrefs.inbox(moves.inbox) : hrefs.agent(process, 'runs')} className={look}>
      {words}
    </a>
  );
}
