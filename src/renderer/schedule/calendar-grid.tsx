// biome-ignore-all lint/a11y/useSemanticElements: its cells have the focus one at a time, which a table element has not
// biome-ignore-all lint/a11y/useFocusableInteractive: what stands in a row or cell has the focus
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { dayText, hourText, shortTime, weekdayDate } from '../ui/format.ts';
import { atWall, isSameDay } from '../ui/shown-zone.ts';
import { CalendarBlock } from './calendar-block.tsx';
import { Cell, cellLabel, Ghost, Shades } from './calendar-cell.tsx';
import { blocksOf, type CalendarDay, minuteIn } from './calendar-layout.ts';
import { awayStretches, type CalendarMark } from './calendar-marks.ts';
import { useCarry } from './use-carry.ts';

const hours = Array.from({ length: 24 }, (_, hour) => hour);
const hourMs = 3_600_000;

interface GridProps {
  days: readonly CalendarDay[];
  items: readonly CalendarMark[];
  now: number;
  isReading: boolean;
  picked: readonly CalendarMark[];
  onPick: (items: readonly CalendarMark[]) => void;
  /** An empty hour that is still to come was chosen. */
  onEmpty: (at: number) => void;
  /** Shows the days before or after. */
  onPage: (by: -1 | 1) => void;
  /** Shows the days around a time. */
  onShow: (at: number) => void;
}

/** Days beside each other, hours below each other. Arrows go through its times and hours; one is in the way of Tab. */
export function CalendarGrid({ days, items, now, isReading, picked, onPick, onEmpty, onPage, onShow }: GridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const blocks = useMemo(
    () => days.map((day) => Map.groupBy(blocksOf(items, day, days.length > 1 ? 3 : 8), ({ hour }) => hour)),
    [items, days],
  );
  const away = useMemo(() => awayStretches(items), [items]);
  const wanted = useRef<{ key: string; at: number } | null>(null);
  const { carried, handlers, isClick, pickUp } = useCarry(days, now, ({ item, at, by }) => {
    if (by === 'keys') wanted.current = { key: item.key, at };
  });
  const [stop, setStop] = useStop(days, now);
  const [first, last] = [days[0]?.start ?? 0, days.at(-1)?.end ?? 0];
  const turned = useRef(false);

  // The focus follows what was dropped by keys to where it lies now.
  useEffect(() => {
    const { key, at } = wanted.current ?? {};
    if (key === undefined || !items.some((item) => item.key === key && item.at === at)) return;
    wanted.current = null;
    grid.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(key)}"]`)?.focus();
  }, [items]);

  // Where a page was turned by a key, the focus is on the same hour of the other page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after a turn alone
  useEffect(() => {
    if (!turned.current) return;
    turned.current = false;
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${stop}"]`);
    (cell?.matches('[data-stop]') ? cell : cell?.querySelector<HTMLElement>('[data-stop]'))?.focus();
  }, [first]);

  useEffect(() => {
    if (carried && (carried.at < first || carried.at >= last)) onShow(carried.at);
  }, [carried, first, last, onShow]);

  // It opens where the day begins to matter: a bit before now.
  const opensAt = Math.max(
    0,
    Math.floor(minuteIn(days.find((day) => isSameDay(day.start, now)) ?? days[0] ?? { midnight: 0 }, now) / 60) - 2,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is drawn
  useEffect(() => {
    const row = grid.current?.querySelector<HTMLElement>(`[data-row="${Math.min(opensAt, 18)}"]`);
    if (grid.current && row) grid.current.scrollTop = row.offsetTop - 40;
  }, []);

  const move = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const from = (event.target as HTMLElement).closest<HTMLElement>('[data-stop], [data-cell]');
    if (!from) return;
    if (event.key === 'PageUp' || event.key === 'PageDown') {
      turned.current = true;
      onPage(event.key === 'PageUp' ? -1 : 1);
    } else {
      const next = neighbour(event.currentTarget, from, event.key);
      if (!next) return;
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    }
    event.preventDefault();
  };

  return (
    <>
      <div
        ref={grid}
        data-calendar
        role="grid"
        aria-label="Calendar"
        aria-busy={isReading}
        aria-rowcount={25}
        tabIndex={-1}
        onKeyDown={move}
        className="relative min-h-0 flex-1 overflow-auto border-t bg-surface"
      >
        <div role="row" className="sticky top-0 z-10 flex border-b bg-surface text-xs">
          <span role="columnheader" className="w-14 shrink-0 border-r">
            <span className="sr-only">Hour</span>
          </span>
          {days.map((day) => (
            <span
              key={day.start}
              role="columnheader"
              className={cx(
                'min-w-0 flex-1 truncate border-r px-2 py-1.5 font-medium',
                isSameDay(day.start, now) ? 'text-accent-text' : 'text-dim',
              )}
            >
              <span aria-hidden>{days.length > 1 ? weekdayDate(day.start) : dayText(day.start)}</span>
              <span className="sr-only">{`${dayText(day.start)}${isSameDay(day.start, now) ? ', today' : ''}`}</span>
              {(day.skipped ?? day.repeated) && (
                <span className="ml-1 font-normal text-warn">{day.skipped ? '23 h' : '25 h'}</span>
              )}
            </span>
          ))}
        </div>
        {hours.map((hour) => (
          <div key={hour} role="row" data-row={hour} className="flex h-12">
            <span role="rowheader" className="w-14 shrink-0 border-r pr-1.5 text-right text-faint text-xs tabular-nums">
              {hourText(hour)}
            </span>
            {days.map((day, index) => {
              const here = blocks[index]?.get(hour) ?? [];
              const at = atWall(day.midnight + hour * hourMs);
              return (
                <Cell
                  // biome-ignore lint/suspicious/noArrayIndexKey: so that the focus stays where it is from week to week
                  key={index}
                  place={`${index}:${hour}`}
                  label={cellLabel(day, hour)}
                  hasBlocks={here.length > 0}
                  isStop={stop === `${index}:${hour}`}
                  onFocus={() => setStop(`${index}:${hour}`)}
                  onEmpty={at + hourMs > now ? () => onEmpty(Math.max(at, now + 60_000)) : undefined}
                >
                  <Shades day={day} hour={hour} away={away} now={now} />
                  {here.map((block, order) => {
                    const [only] = block.items;
                    const isOne = block.items.length === 1 && only !== undefined;
                    return (
                      <CalendarBlock
                        key={block.key}
                        block={block}
                        isPicked={block.items.some(({ key }) => picked.some((one) => one.key === key))}
                        data-stop
                        data-item={isOne ? only.key : undefined}
                        data-day={index}
                        data-minute={block.minute}
                        tabIndex={stop === `${index}:${hour}` && order === 0 ? 0 : -1}
                        className={cx(
                          isOne && only.moves && 'cursor-grab touch-none',
                          isOne && carried?.item.key === only.key && 'opacity-40',
                        )}
                        {...(isOne ? handlers(only) : {})}
                        onClick={(event) => {
                          if (!isClick()) return;
                          onPick(block.items);
                          // A press of a key comes as a click without a pointer.
                          if (isOne && only.moves && event.detail === 0) pickUp(only);
                        }}
                      />
                    );
                  })}
                  {carried && <Ghost day={day} hour={hour} at={carried.at} title={carried.item.title} />}
                </Cell>
              );
            })}
          </div>
        ))}
      </div>
      <p
        role="status"
        className={carried ? 'border-t bg-accent-soft px-6 py-1.5 text-[0.8125rem] narrow:px-4' : 'sr-only'}
      >
        {carried &&
          `“${carried.item.title}” to ${dayText(carried.at)} ${shortTime(carried.at)}. ${carried.by === 'keys' ? 'Arrows move it, Enter drops it, Escape puts it back.' : 'Let go to drop it; Escape puts it back.'}`}
      </p>
    </>
  );
}

/** Which cell is in the way of the Tab key: at first that of now. */
function useStop(days: readonly CalendarDay[], now: number): [string, (stop: string) => void] {
  const [stop, setStop] = useState(() => {
    const today = Math.max(
      0,
      days.findIndex((day) => isSameDay(day.start, now)),
    );
    return `${today}:${Math.max(0, Math.min(23, Math.floor(minuteIn(days[today] ?? { midnight: 0 }, now) / 60)))}`;
  });
  const [day = 0, hour = 0] = stop.split(':').map(Number);
  return [`${Math.min(day, days.length - 1)}:${hour}`, setStop];
}

/** The stop that an arrow leads to; null: the key leads nowhere. */
function neighbour(grid: HTMLElement, from: HTMLElement, key: string): HTMLElement | null {
  const stops = (day: number) => [...grid.querySelectorAll<HTMLElement>(`[data-stop][data-day="${day}"]`)];
  const minuteOf = ({ dataset }: HTMLElement) => Number(dataset['minute']);
  const day = Number(from.dataset['day']);
  const mine = stops(day);
  const near = (of: HTMLElement[]) =>
    of.toSorted((a, b) => Math.abs(minuteOf(a) - minuteOf(from)) - Math.abs(minuteOf(b) - minuteOf(from)))[0] ?? null;
  // A cell may have the focus that was empty a moment ago, and is no stop any more.
  const isStop = mine.includes(from);
  switch (key) {
    case 'ArrowDown':
      return isStop ? (mine[mine.indexOf(from) + 1] ?? null) : near(mine);
    case 'ArrowUp':
      return isStop ? (mine[mine.indexOf(from) - 1] ?? null) : near(mine);
    case 'ArrowLeft':
      return near(stops(day - 1));
    case 'ArrowRight':
      return near(stops(day + 1));
    case 'Home':
      return mine[0] ?? null;
    case 'End':
      return mine.at(-1) ?? null;
    default:
      return null;
  }
}
