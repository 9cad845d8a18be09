import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useWhyNot } from '../stores/access.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { clockTime } from '../ui/format.ts';
import { toast } from '../ui/toast.ts';
import { act } from '../ui/use-action.ts';
import type { CalendarDay } from './calendar-layout.ts';
import type { CalendarMark } from './calendar-marks.ts';
import { carriedBy, droppedAt } from './carry.ts';

export interface Carried {
  item: CalendarMark;
  at: number;
  by: 'pointer' | 'keys';
}

/** Further than this with the button down, and it is carried, not clicked. */
const carriesPx = 5;
/** So near an edge of what scrolls, it scrolls. */
const edgePx = 36;

/**
 * Carrying one item of the calendar to another time: with the pointer, or picked up by a key, carried by the arrows,
 * dropped by Enter or Space and put back by Escape.
 */
export function useCarry(days: readonly CalendarDay[], now: number, onDropped: (carried: Carried) => void) {
  const client = useClient();
  const whyNot = useWhyNot();
  const refusalOf = ({ moves }: CalendarMark) =>
    moves === null ? null : whyNot('event' in moves ? 'moveTriggerEvent' : 'snoozeInboxItem');
  const [carried, setCarried] = useState<Carried | null>(null);
  const current = useRef<Carried | null>(null);
  const press = useRef<{ item: CalendarMark; x: number; y: number; grabbed: number; told: boolean } | null>(null);
  const wasCarried = useRef(false);
  current.current = carried;

  const drop = async (held: Carried) => {
    const { item, at } = held;
    setCarried(null);
    onDropped(held);
    if (item.moves === null || at === item.at) return;
    const { moves } = item;
    const move = (to: number) =>
      'event' in moves
        ? client.moveTriggerEvent({ id: moves.event, to })
        : client.snoozeInboxItem({ id: moves.inbox, until: to });
    await act(() => move(at), {
      done: `“${item.title}” was moved to ${clockTime(at, Date.now())}.`,
      undo: () => move(item.at),
    });
  };
  const dropping = useRef(drop);
  dropping.current = drop;

  const byKeys = carried?.by === 'keys';
  useEffect(() => {
    if (!byKeys) return;
    // Before anybody else hears of the key: what is carried may have left the part of the grid that has the focus.
    const onKey = (event: KeyboardEvent) => {
      const held = current.current;
      if (!held || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = carriedBy(event.key, held.at, Date.now());
      if (at !== null) setCarried({ ...held, at });
      else if (event.key === 'Enter' || event.key === ' ') void dropping.current(held);
      else if (event.key === 'Escape' || event.key === 'Tab') setCarried(null);
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [byKeys]);

  const byPointer = carried?.by === 'pointer';
  useEffect(() => {
    if (!byPointer) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      press.current = null;
      setCarried(null);
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [byPointer]);

  /** For the block of one item. A click that ended a carry is none: `isClick` says so. */
  const handlers = (item: CalendarMark) => ({
    onPointerDown(event: PointerEvent<HTMLElement>) {
      wasCarried.current = false;
      if (event.button !== 0 || event.pointerType === 'touch') return;
      const grabbed = event.clientY - event.currentTarget.getBoundingClientRect().top;
      press.current = { item, x: event.clientX, y: event.clientY, grabbed, told: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const held = press.current;
      if (!held || Math.hypot(event.clientX - held.x, event.clientY - held.y) < carriesPx) return;
      wasCarried.current = true;
      const refusal = refusalOf(held.item);
      if (held.item.moves === null || refusal !== null) {
        if (!held.told) toast.error(refusal ?? fixedWords(held.item));
        held.told = true;
        return;
      }
      const grid = event.currentTarget.closest<HTMLElement>('[data-calendar]');
      const at = grid && timeAt(grid, event.clientX, event.clientY - held.grabbed, days, now);
      if (at) setCarried({ item: held.item, at, by: 'pointer' });
    },
    onPointerUp() {
      press.current = null;
      if (current.current?.by === 'pointer') void drop(current.current);
    },
    onPointerCancel() {
      press.current = null;
      if (current.current?.by === 'pointer') setCarried(null);
    },
  });
  return {
    carried,
    handlers,
    isClick: () => !wasCarried.current,
    pickUp: (item: CalendarMark) => {
      const refusal = refusalOf(item);
      if (refusal === null) setCarried({ item, at: item.at, by: 'keys' });
      else toast.error(refusal);
    },
  };
}

/** Why something stays where it is. */
export function fixedWords({ row, isHour, outcome }: Pick<CalendarMark, 'row' | 'isHour' | 'outcome'>): string {
  const isToCome = outcome === 'planned' || outcome === 'due' || outcome === 'paused' || outcome === 'waiting';
  if (isToCome && (isHour || row?.trigger !== 'manual'))
    return 'It repeats, so it cannot be moved by itself. Change its schedule, or add a pause.';
  return isToCome
    ? 'It waits, and begins as soon as it may.'
    : 'What has happened, or was left out, stays where it is.';
}

/** The time at a point of the window; the grid is scrolled where the point comes near its edge. */
function timeAt(grid: HTMLElement, x: number, y: number, days: readonly CalendarDay[], now: number): number | null {
  const cell = grid.querySelector<HTMLElement>('[data-cell="0:0"]')?.getBoundingClientRect();
  if (!cell) return null;
  const frame = grid.getBoundingClientRect();
  if (y < frame.top + 2 * edgePx) grid.scrollBy({ top: -12 });
  else if (y > frame.bottom - edgePx) grid.scrollBy({ top: 12 });
  const column = Math.min(days.length - 1, Math.max(0, Math.floor((x - cell.left) / cell.width)));
  const day = days[column];
  return day ? droppedAt(day, ((y - cell.top) / cell.height) * 60, now) : null;
}
