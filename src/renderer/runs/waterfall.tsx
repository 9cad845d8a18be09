import { ListTree, ZoomIn, ZoomOut } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { RunView, TriggerEventDetail } from '../../shared/views.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { IconButton } from '../ui/button.tsx';
import { Empty } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { useNow } from '../ui/use-now.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { linesOf, spansOf } from './run-spans.ts';
import { TimeAxis, type TimeWindow, wholeWindow } from './time-axis.tsx';
import { timeScale } from './time-scale.ts';
import { WaterfallRow } from './waterfall-row.tsx';

interface WaterfallProps {
  run: RunView;
  event: TriggerEventDetail | undefined;
  chosen: string | null;
  onChoose: (line: string | null) => void;
}

/** What a run did when: a line per step, on one time scale. Drag on the scale to look closer. */
export function Waterfall({ run, event, chosen, onChoose }: WaterfallProps) {
  const list = useRef<VirtualRowsRef>(null);
  const wide = useMedia('(width >= 52rem)');
  const rowHeight = useRowHeight();
  const [shown, setShown] = useState<TimeWindow>(wholeWindow);
  const ticking = useNow();
  const now = run.endedAt === null ? Math.max(ticking, Date.now()) : run.endedAt;
  const lines = useMemo(() => linesOf(run, event, now), [run, event, now]);
  const scale = useMemo(() => timeScale(spansOf(run, lines, now)), [run, lines, now]);
  const ids = useMemo(() => lines.map(({ id }) => id), [lines]);
  const { setCurrent } = useCursor(ids, list);
  const zoom = (by: number) => setShown(({ from, to }) => zoomed(from, to, by));

  return (
    <section
      aria-label="Timeline"
      className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface narrow:min-h-80 narrow:flex-none"
    >
      <div className="flex h-9 shrink-0 items-center border-b">
        <div className="flex w-64 shrink-0 items-center gap-1 pr-2 pl-6 font-medium text-dim text-xs narrow:w-36 narrow:pl-4">
          <span className="flex-1">Step</span>
          <IconButton icon={ZoomIn} label="Look closer" onClick={() => zoom(0.5)} className="size-6" />
          <IconButton
            icon={ZoomOut}
            label="Show more"
            disabled={shown === wholeWindow}
            onClick={() => zoom(2)}
            className="size-6"
          />
        </div>
        <TimeAxis scale={scale} shown={shown} onShow={setShown} marks={wide ? 5 : 2} />
      </div>
      {lines.length === 0 && (
        <Empty icon={ListTree} title={run.endedAt === null ? 'It is about to begin.' : 'It ended without a step.'} />
      )}
      {lines.length > 0 && (
        <VirtualRows
          ref={list}
          label="Steps"
          count={lines.length}
          rowHeight={rowHeight}
          keyOf={(index) => ids[index] ?? String(index)}
        >
          {(index) => {
            const line = lines[index];
            return (
              line && (
                <WaterfallRow
                  line={line}
                  run={run.id}
                  scale={scale}
                  shown={shown}
                  lit={line.id === chosen}
                  onChoose={() => onChoose(line.id === chosen ? null : line.id)}
                  onFocus={() => setCurrent(line.id)}
                />
              )
            );
          }}
        </VirtualRows>
      )}
    </section>
  );
}

function zoomed(from: number, to: number, by: number): TimeWindow {
  const middle = (from + to) / 2;
  const half = Math.min(0.5, Math.max(0.0005, ((to - from) / 2) * by));
  if (half >= 0.5) return wholeWindow;
  const start = Math.min(1 - 2 * half, Math.max(0, middle - half));
  return { from: start, to: start + 2 * half };
}
