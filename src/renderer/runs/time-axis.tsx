import { type PointerEvent, useRef, useState } from 'react';
import { lasting } from '../ui/format.ts';
import { between, type TimeWindow, wholeWindow } from './time-range.ts';
import { type TimeScale, ticks } from './time-scale.ts';

interface TimeAxisProps {
  scale: TimeScale;
  shown: TimeWindow;
  onShow: (shown: TimeWindow) => void;
  marks: number;
}

/** Marks of time since the begin; dragging over it looks closer, a double click shows all again. */
export function TimeAxis({ scale, shown, onShow, marks }: TimeAxisProps) {
  const place = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<TimeWindow | null>(null);
  const begin = scale.timeAt(0);
  const partAt = (event: PointerEvent) => {
    const box = place.current?.getBoundingClientRect();
    if (!box) return 0;
    return shown.from + ((event.clientX - box.left) / box.width) * (shown.to - shown.from);
  };
  const end = () => {
    if (drag) {
      const wanted = between(drag.from, drag.to);
      if (wanted.to - wanted.from > (shown.to - shown.from) * 0.02) onShow(wanted);
    }
    setDrag(null);
  };
  return (
    <div
      ref={place}
      aria-hidden
      title="Drag to look closer; double click to see all"
      className="relative mr-6 h-full flex-1 cursor-col-resize touch-none select-none narrow:mr-4"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: partAt(event), to: partAt(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: partAt(event) })}
      onPointerUp={end}
      onDoubleClick={() => onShow(wholeWindow)}
    >
      {ticks(scale, shown.from, shown.to, marks).map(({ part, at }, index) => (
        <span
          key={part}
          className="absolute inset-y-0 flex items-center border-line border-l pl-1 text-[0.6875rem] text-faint tabular-nums"
          style={{ left: `${(index / marks) * 100}%` }}
        >
          {index < marks && (at - begin < 1 ? '0' : lasting(at - begin))}
        </span>
      ))}
      {drag && <span className="absolute inset-y-0 bg-accent/20" style={stripe(drag, shown)} />}
    </div>
  );
}

function stripe(drag: TimeWindow, shown: TimeWindow): { left: string; width: string } {
  const place = (part: number) => ((part - shown.from) / (shown.to - shown.from)) * 100;
  const left = place(Math.min(drag.from, drag.to));
  return { left: `${left}%`, width: `${place(Math.max(drag.from, drag.to)) - left}%` };
}
