import { type PointerEvent, useRef } from 'react';
import { cx } from '../ui/cx.ts';
import { lasting } from '../ui/format.ts';
import { placeByKey } from '../ui/slider-keys.ts';
import { RunOutline } from './run-outline.tsx';
import type { RunLine } from './run-spans.ts';
import { between, moved, type TimeWindow, wholeWindow, withEnd } from './time-range.ts';
import type { TimeScale } from './time-scale.ts';

interface TimeBrushProps {
  lines: readonly RunLine[];
  scale: TimeScale;
  shown: TimeWindow;
  onShow: (shown: TimeWindow) => void;
}

/** What a pointer has hold of since it went down, where, and what was in sight then. */
interface Grip {
  of: 'from' | 'to' | 'range' | 'nothing';
  at: number;
  before: TimeWindow;
}

/** Shorter than this part of the strip it was a click. */
const shortestDrag = 0.005;
const step = 0.005;
const largeStep = 0.05;

/** The whole run, small; what lies between the two handles is what the rows show. */
export function TimeBrush({ lines, scale, shown, onShow }: TimeBrushProps) {
  const strip = useRef<HTMLDivElement>(null);
  const grip = useRef<Grip | null>(null);
  const whole = shown.from === 0 && shown.to === 1;
  const partAt = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect();
    return box ? (event.clientX - box.left) / box.width : 0;
  };
  const onPointerMove = (event: PointerEvent) => {
    if (grip.current) onShow(dragged(grip.current, partAt(event)));
  };
  const letGo = () => {
    grip.current = null;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its two handles do the same by keys
    <div
      ref={strip}
      title="Drag to look at a part; double click to see all"
      className="relative mr-6 h-full flex-1 cursor-crosshair touch-none select-none narrow:mr-4"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = { of: heldBy(event, whole), at: partAt(event), before: shown };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onDoubleClick={() => onShow(wholeWindow)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || whole) return;
        event.preventDefault();
        onShow(grip.current?.before ?? wholeWindow);
        letGo();
      }}
    >
      <RunOutline lines={lines} scale={scale} />
      <span className="absolute inset-y-0 left-0 bg-canvas/75" style={{ width: percent(shown.from) }} />
      <span className="absolute inset-y-0 right-0 bg-canvas/75" style={{ width: percent(1 - shown.to) }} />
      <span
        data-grip="range"
        className={cx('absolute inset-y-0 border-accent border-y', whole ? 'border-transparent' : 'cursor-grab')}
        style={{ left: percent(shown.from), width: percent(shown.to - shown.from) }}
      />
      <Handle end="from" scale={scale} shown={shown} onShow={onShow} />
      <Handle end="to" scale={scale} shown={shown} onShow={onShow} />
    </div>
  );
}

function Handle({ end, scale, shown, onShow }: Pick<TimeBrushProps, 'scale' | 'shown' | 'onShow'> & { end: End }) {
  const begin = scale.timeAt(0);
  const since = Math.round(scale.timeAt(shown[end]) - begin);
  return (
    <span
      role="slider"
      tabIndex={0}
      aria-label={end === 'from' ? 'Begin of what is shown' : 'End of what is shown'}
      aria-valuemin={0}
      aria-valuemax={Math.round(scale.timeAt(1) - begin)}
      aria-valuenow={since}
      aria-valuetext={since < 1 ? 'at the begin' : `${lasting(since)} after the begin`}
      data-grip={end}
      className="absolute inset-y-0 z-[1] flex w-4 -translate-x-1/2 cursor-ew-resize justify-center pointer-coarse:w-8"
      style={{ left: percent(shown[end]) }}
      onKeyDown={(event) => {
        const at = placeByKey(event, { at: shown[end], step, largeStep, first: 0, last: 1 });
        if (at === null) return;
        event.preventDefault();
        onShow(withEnd(shown, end, at));
      }}
    >
      <span className="pointer-events-none h-full w-1 rounded-full bg-accent" />
    </span>
  );
}

type End = 'from' | 'to';

function percent(part: number): string {
  return `${part * 100}%`;
}

function heldBy({ target }: PointerEvent, whole: boolean): Grip['of'] {
  const held = target instanceof Element ? target.closest('[data-grip]')?.getAttribute('data-grip') : null;
  if (held === 'from' || held === 'to') return held;
  return held === 'range' && !whole ? 'range' : 'nothing';
}

function dragged({ of, at, before }: Grip, to: number): TimeWindow {
  if (of === 'range') return moved(before, to - at);
  if (of === 'nothing') return Math.abs(to - at) < shortestDrag ? before : between(at, to);
  return withEnd(before, of, before[of] + to - at);
}
