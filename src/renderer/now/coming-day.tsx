import { type PointerEvent, useMemo, useRef, useState } from 'react';
import type { ProcessView } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { isSchedule } from '../schedule/lane-rows.ts';
import { plannedTimes } from '../schedule/planned-times.ts';
import { useProcesses } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { plural, shortTime } from '../ui/format.ts';
import { placeByKey } from '../ui/slider-keys.ts';
import { useNow } from '../ui/use-now.ts';
import { AheadPanel } from './ahead-panel.tsx';

const hourMs = 3_600_000;
const slots = 48;
const slotMs = (24 * hourMs) / slots;
/** Two hours. */
const largeStep = 4;
/** So many agents are looked ahead for, the soonest first. */
const agentsShown = 100;

/** The next 24 hours over all agents, in half hours; its cursor tells more about one of them. */
export function ComingDay() {
  const now = useNow(60_000);
  const processes = useProcesses();
  const from = Math.floor(now / slotMs) * slotMs;
  const key = processes.map(({ name, version, nextFiring }) => `${name}${version}${nextFiring !== null}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is planned changes with the definitions, not with each run
  const { counts, often } = useMemo(() => slotCounts(processes, from), [key, from]);
  /** Begin of the half hour that is looked at, in epoch ms. */
  const [cursor, setCursor] = useState<number | null>(null);
  useShortcuts({ back: () => (cursor === null ? false : setCursor(null)) });
  if (counts.every(({ times }) => times === 0) && often.length === 0) return null;
  const slot = cursor === null ? undefined : counts.find(({ at }) => at >= cursor);
  return (
    <div className="mb-3">
      <Strip counts={counts} looked={slot} onLook={setCursor} />
      <div aria-hidden className="mt-0.5 flex justify-between text-[0.6875rem] text-faint tabular-nums">
        <span>now</span>
        {[12, 24, 36].map((at) => (
          <span key={at}>{shortTime(from + at * slotMs)}</span>
        ))}
        <span>+24 h</span>
      </div>
      {often.length > 0 && <p className="mt-1 truncate text-faint text-xs">All the time: {often.join(', ')}</p>}
      {slot && <AheadPanel at={slot.at} until={slot.at + slotMs} onClose={() => setCursor(null)} />}
    </div>
  );
}

interface StripProps {
  counts: readonly Slot[];
  looked: Slot | undefined;
  onLook: (at: number | null) => void;
}

function Strip({ counts, looked, onLook }: StripProps) {
  const strip = useRef<HTMLDivElement>(null);
  const handle = useRef<HTMLSpanElement>(null);
  const most = Math.max(1, ...counts.map(({ times }) => times));
  const at = looked ? counts.indexOf(looked) : -1;
  const look = (index: number) => onLook(counts[Math.min(slots - 1, Math.max(0, index))]?.at ?? null);
  const follow = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect();
    if (box) look(Math.floor(((event.clientX - box.left) / box.width) * slots));
  };
  return (
    <div
      ref={strip}
      title="Drag to look ahead"
      className="relative cursor-col-resize touch-none select-none"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        handle.current?.focus({ preventScroll: true });
        follow(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && follow(event)}
    >
      <ol aria-label="Firings of the next 24 hours" className="flex h-9 items-end gap-px border-b">
        {counts.map((slot) => (
          <SlotBar key={slot.at} slot={slot} most={most} />
        ))}
      </ol>
      <span
        ref={handle}
        role="slider"
        tabIndex={0}
        aria-label="Look ahead"
        aria-valuemin={0}
        aria-valuemax={slots - 1}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={looked ? slotText(looked) : 'now'}
        className={cx(
          'absolute -top-1 -bottom-1 flex w-4 -translate-x-1/2 cursor-ew-resize justify-center pointer-coarse:w-8',
          !looked && 'opacity-70',
        )}
        style={{ left: `${looked ? ((at + 0.5) / slots) * 100 : 0}%` }}
        onKeyDown={(event) => {
          // Before the first slot is now.
          const next = placeByKey(event, { at, step: 1, largeStep, first: -1, last: slots - 1 });
          if (next === null) return;
          event.preventDefault();
          if (next < 0) onLook(null);
          else look(next);
        }}
      >
        <span className="pointer-events-none h-full w-1 rounded-full bg-accent" />
      </span>
    </div>
  );
}

function SlotBar({ slot, most }: { slot: Slot; most: number }) {
  const text = slotText(slot);
  return (
    <li title={text} className="flex h-full min-w-0 flex-1 items-end hover:bg-hover">
      {slot.times > 0 && <span className="sr-only">{text}</span>}
      <span
        aria-hidden
        className={slot.times > 0 ? 'block min-h-1 w-full rounded-t-xs bg-accent/70' : ''}
        style={{ height: `${(slot.times / most) * 100}%` }}
      />
    </li>
  );
}

function slotText({ at, times, names }: Slot): string {
  return `${shortTime(at)}: ${plural(times, 'firing')}${times > 0 ? `, ${names.join(', ')}` : ''}`;
}

interface Slot {
  at: number;
  times: number;
  names: string[];
}

/** What fires in every slot of the strip would hide all else, so it is only named. */
export function slotCounts(processes: readonly ProcessView[], from: number): { counts: Slot[]; often: string[] } {
  const counts = Array.from(
    { length: slots },
    (_, index): Slot => ({ at: from + index * slotMs, times: 0, names: [] }),
  );
  const often = new Set<string>();
  const soonest = processes
    .filter(({ nextFiring }) => nextFiring !== null && nextFiring < from + slots * slotMs)
    .toSorted((a, b) => (a.nextFiring ?? 0) - (b.nextFiring ?? 0))
    .slice(0, agentsShown);
  for (const { name, triggers } of soonest) {
    for (const trigger of triggers.filter(isSchedule)) {
      const times = plannedTimes(trigger, from, slots + 1, from + slots * slotMs);
      if (times.length > slots) often.add(name);
      else for (const at of times) note(counts[Math.floor((at - from) / slotMs)], name);
    }
  }
  return { counts, often: [...often].sort() };
}

function note(slot: Slot | undefined, name: string): void {
  if (!slot) return;
  slot.times++;
  if (!slot.names.includes(name)) slot.names.push(name);
}
