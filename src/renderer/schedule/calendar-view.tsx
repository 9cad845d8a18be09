import { CalendarPlus, ChevronLeft, ChevronRight } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { ScheduleRow } from '../../shared/views/views.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { ErrorNote } from '../ui/notes.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { dayStart, weekStart } from '../ui/shown-zone.ts';
import { CalendarGrid } from './calendar-grid.tsx';
import { daysFrom } from './calendar-layout.ts';
import { calendarLook, onceLook } from './calendar-looks.ts';
import { type CalendarMark, type CalendarOutcome, rowMark } from './calendar-marks.ts';
import { CalendarPane } from './calendar-pane.tsx';
import { soonest } from './carry.ts';
import { OnceDialog } from './once-dialog.tsx';
import { useCalendar } from './use-calendar.ts';

/** Which days are in sight. */
export interface CalendarPlace {
  days: 1 | 7;
  first: number;
  show: (at: number | null) => void;
  turn: (by: -1 | 1) => void;
  isNow: boolean;
  span: 'day' | 'week';
  setSpan: (span: 'day' | 'week') => void;
  /** There is room for one day only. */
  isNarrow: boolean;
}

export function useCalendarPlace(now: number): CalendarPlace {
  const [span, setSpan] = useState<'day' | 'week'>('week');
  const [at, show] = useState<number | null>(null);
  const isNarrow = useMedia('(width < 52rem)');
  const days = isNarrow || span === 'day' ? 1 : 7;
  const place = at ?? now;
  const first = days === 1 ? dayStart(place) : weekStart(place);
  const turn = useCallback((by: -1 | 1) => show(dayStart(first, by * days)), [first, days]);
  return { days, first, show, turn, isNow: at === null, span, setSpan, isNarrow };
}

export function CalendarActions({ place }: { place: CalendarPlace }) {
  const { turn, show, isNow, span, setSpan, isNarrow } = place;
  return (
    <>
      <span className="inline-flex items-center gap-1">
        <IconButton icon={ChevronLeft} label="Earlier" onClick={() => turn(-1)} />
        <Button disabled={isNow} onClick={() => show(null)}>
          Today
        </Button>
        <IconButton icon={ChevronRight} label="Later" onClick={() => turn(1)} />
      </span>
      {!isNarrow && (
        <Segmented
          label="Span"
          value={span}
          options={[
            { value: 'day', text: 'Day' },
            { value: 'week', text: 'Week' },
          ]}
          onChange={setSpan}
        />
      )}
    </>
  );
}

interface ViewProps {
  place: CalendarPlace;
  now: number;
  picked: ScheduleRow | null;
  onPick: (row: ScheduleRow | null) => void;
}

/** What schedules did and will do, and what was set once, by days and hours. */
export function CalendarView({ place, now, picked, onPick }: ViewProps) {
  const { days: count, first, show, turn } = place;
  const days = useMemo(() => daysFrom(first, count), [first, count]);
  const { items, read, left } = useCalendar(first, days.at(-1)?.end ?? first, now);
  const [together, setTogether] = useState<readonly CalendarMark[]>([]);
  const [setting, setSetting] = useState<number | null>(null);
  const lit = picked ? [rowMark(picked)] : together;
  const pick = (chosen: readonly CalendarMark[]) => {
    const [only] = chosen;
    const row = chosen.length === 1 ? (only?.row ?? null) : null;
    setTogether(row ? [] : chosen);
    onPick(row);
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-6 pb-2 text-dim text-xs narrow:px-4">
        <Legend />
        <span className="flex-1" />
        {left > 0 && <span>{plural(left, 'agent')} more with schedules are in the timeline only.</span>}
        <Button icon={CalendarPlus} asks="wakeProcess" onClick={() => setSetting(soonest(now))}>
          Run once…
        </Button>
      </div>
      {read.error && <ErrorNote error={read.error} retry={read.reload} className="mx-6" />}
      <CalendarGrid
        days={days}
        items={items}
        now={now}
        isReading={read.reading && !read.error}
        picked={lit}
        onPick={pick}
        onEmpty={setSetting}
        onPage={turn}
        onShow={show}
      />
      {!picked && together.length > 0 && (
        <CalendarPane items={together} onPick={onPick} onClose={() => setTogether([])} />
      )}
      {setting !== null && <OnceDialog at={setting} onClose={() => setSetting(null)} />}
    </>
  );
}

const explained: readonly CalendarOutcome[] = ['ran', 'late', 'dead', 'running', 'planned', 'asleep', 'skipped'];

function Legend() {
  return (
    <ul aria-label="What the blocks mean" className="flex flex-wrap gap-x-4 gap-y-1">
      {[...explained.map(calendarLook), onceLook].map(({ icon: Icon, text, look }) => {
        return (
          <li key={text} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={`inline-flex size-4 items-center justify-center rounded-sm border ${look}`}>
              <Icon className="size-3" />
            </span>
            {text}
          </li>
        );
      })}
    </ul>
  );
}
