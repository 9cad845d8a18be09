// biome-ignore-all lint/a11y/useSemanticElements: a cell of a grid has the focus, which one of a table has not
// biome-ignore-all lint/a11y/useFocusableInteractive: what stands in a row or cell has the focus
import type { ReactNode } from 'react';
import { dayText, hourText, shortTime } from '../ui/format.ts';
import { type CalendarDay, minuteIn, partIn, type Stretch } from './calendar-layout.ts';

interface CellProps {
  place: string;
  label: string;
  hasBlocks: boolean;
  isStop: boolean;
  onFocus: () => void;
  onEmpty: (() => void) | undefined;
  children: ReactNode;
}

/** An hour of a day; itself a stop for the keys where nothing is in it. */
export function Cell({ place, label, hasBlocks, isStop, onFocus, onEmpty, children }: CellProps) {
  const [day, hour] = place.split(':');
  return (
    <div
      role="gridcell"
      data-cell={place}
      data-day={day}
      data-minute={Number(hour) * 60}
      tabIndex={isStop && !hasBlocks ? 0 : -1}
      {...(hasBlocks ? {} : { 'data-stop': true, 'aria-label': label })}
      onFocus={onFocus}
      onDoubleClick={(event) => event.target === event.currentTarget && onEmpty?.()}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || (event.key !== 'Enter' && event.key !== ' ')) return;
        event.preventDefault();
        onEmpty?.();
      }}
      className="relative min-w-0 flex-1 border-line/60 border-r border-b"
    >
      {children}
    </div>
  );
}

/** Behind the times of an hour: when nobody was there, what the clocks left out, and now. */
export function Shades({
  day,
  hour,
  away,
  now,
}: {
  day: CalendarDay;
  hour: number;
  away: { from: number; to: number }[];
  now: number;
}) {
  const within = (part: Stretch | null) => {
    if (!part || part.to <= hour * 60 || part.from >= hour * 60 + 60) return null;
    const [from, to] = [Math.max(0, part.from - hour * 60), Math.min(60, part.to - hour * 60)];
    return { top: `${(from / 60) * 100}%`, height: `${((to - from) / 60) * 100}%` };
  };
  const hatched = away.flatMap((stretch) => within(partIn(day, stretch)) ?? []);
  const skipped = within(day.skipped);
  const minute = now >= day.start && now < day.end ? minuteIn(day, now) - hour * 60 : -1;
  return (
    <>
      {hatched.map((style) => (
        <span
          key={`${style.top}${style.height}`}
          aria-hidden
          className="hole pointer-events-none absolute inset-x-0 border-x-0 opacity-35"
          style={style}
        />
      ))}
      {skipped && <span aria-hidden className="pointer-events-none absolute inset-x-0 bg-sunken" style={skipped} />}
      {minute >= 0 && minute < 60 && (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-x-0 z-3 h-0.5 bg-bad"
          style={{ top: `${(minute / 60) * 100}%` }}
        />
      )}
    </>
  );
}

/** Where what is carried would come to lie. */
export function Ghost({ day, hour, at, title }: { day: CalendarDay; hour: number; at: number; title: string }) {
  if (at < day.start || at >= day.end) return null;
  const minute = minuteIn(day, at);
  if (Math.floor(minute / 60) !== hour) return null;
  return (
    <span
      aria-hidden
      className="pointer-events-none absolute inset-x-0.5 z-3 h-5.5 truncate rounded-md border-2 border-accent bg-accent-soft px-1 font-medium text-[0.6875rem] text-accent-text leading-4"
      style={{ top: `${((minute - hour * 60) / 60) * 100}%` }}
    >
      {shortTime(at)} {title}
    </span>
  );
}

/** What an empty hour says. */
export function cellLabel(day: CalendarDay, hour: number): string {
  const left = day.skipped && day.skipped.from <= hour * 60 && day.skipped.to >= hour * 60 + 60;
  return `${dayText(day.start)} ${hourText(hour)}: ${left ? 'the clocks leave this hour out' : 'nothing'}`;
}
