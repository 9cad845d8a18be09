import { ListTree, ZoomIn, ZoomOut } from 'lucide-react';
import { useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import type { RunView, TriggerEventDetail } from '../../shared/views/views.ts';
import { useMedia } from '../frame/use-appearance.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { numberText, plural } from '../ui/format.ts';
import { Empty } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { useExactNow } from '../ui/use-now.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { linesOf, type RunLine, spansOf } from './run-spans.ts';
import { TimeAxis } from './time-axis.tsx';
import { TimeBrush } from './time-brush.tsx';
import { linesWithin, rangeOf, type TimeRange, type TimeWindow, windowOf, zoomed } from './time-range.ts';
import { type TimeScale, timeScale } from './time-scale.ts';
import { WaterfallRow } from './waterfall-row.tsx';

interface WaterfallProps {
  run: RunView;
  event: TriggerEventDetail | undefined;
  chosen: string | null;
  onChoose: (line: string | null) => void;
}

/** What a run did when: a line per step on one time scale, and above them the whole run to pick a part of. */
export function Waterfall({ run, event, chosen, onChoose }: WaterfallProps) {
  const wide = useMedia('(width >= 52rem)');
  const { lines, scale } = useLines(run, event);
  const [range, setRange] = useState<TimeRange | null>(null);
  const shown = windowOf(range, scale);
  const setShown = useCallback((next: TimeWindow) => setRange(rangeOf(next, scale)), [scale]);
  // The handles follow the pointer at once; the rows as fast as they can be drawn.
  const drawnRange = useDeferredValue(range);
  const drawn = useMemo(() => windowOf(drawnRange, scale), [drawnRange, scale]);
  const inRange = useMemo(() => linesWithin(lines, drawnRange), [lines, drawnRange]);
  useShortcuts({ back: () => (range === null ? false : setRange(null)) });

  return (
    <section
      aria-label="Timeline"
      className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface narrow:max-h-[65dvh] narrow:min-h-80 narrow:flex-none"
    >
      {lines.length > 0 && (
        <div className="flex h-12 shrink-0 items-stretch border-b py-1.5">
          <p className={`${firstColumn} items-center text-dim text-xs tabular-nums`} aria-live="polite">
            {range === null ? 'Whole run' : `${numberText(inRange.length)} of ${plural(lines.length, 'line')}`}
          </p>
          <TimeBrush lines={lines} scale={scale} shown={shown} onShow={setShown} />
        </div>
      )}
      <div className="flex h-9 shrink-0 items-center border-b">
        <div className={`${firstColumn} items-center gap-1 font-medium text-dim text-xs`}>
          <span className="flex-1">Step</span>
          <IconButton
            icon={ZoomIn}
            label="Look closer"
            onClick={() => setShown(zoomed(shown, 0.5))}
            className="size-6"
          />
          <IconButton
            icon={ZoomOut}
            label="Show more"
            disabled={range === null}
            onClick={() => setShown(zoomed(shown, 2))}
            className="size-6"
          />
        </div>
        <TimeAxis scale={scale} shown={drawn} onShow={setShown} marks={wide ? 5 : 2} />
      </div>
      {lines.length === 0 && (
        <Empty icon={ListTree} title={run.endedAt === null ? 'It is about to begin.' : 'It ended without a step.'} />
      )}
      {lines.length > 0 && inRange.length === 0 && (
        <Empty icon={ListTree} title="No step went on in this part of the run.">
          <Button onClick={() => setRange(null)}>Show the whole run</Button>
        </Empty>
      )}
      {inRange.length > 0 && (
        <Rows run={run.id} lines={inRange} scale={scale} shown={drawn} chosen={chosen} onChoose={onChoose} />
      )}
    </section>
  );
}

const firstColumn = 'flex w-64 shrink-0 pr-2 pl-6 narrow:w-36 narrow:pl-4';

function useLines(run: RunView, event: TriggerEventDetail | undefined): { lines: RunLine[]; scale: TimeScale } {
  const present = useExactNow();
  const now = run.endedAt ?? present;
  const lines = useMemo(() => linesOf(run, event, now), [run, event, now]);
  const scale = useMemo(() => timeScale(spansOf(run, lines, now)), [run, lines, now]);
  return { lines, scale };
}

interface RowsProps {
  run: string;
  lines: readonly RunLine[];
  scale: TimeScale;
  shown: TimeWindow;
  chosen: string | null;
  onChoose: (line: string | null) => void;
}

function Rows({ run, lines, scale, shown, chosen, onChoose }: RowsProps) {
  const list = useRef<VirtualRowsRef>(null);
  const rowHeight = useRowHeight();
  const ids = useMemo(() => lines.map(({ id }) => id), [lines]);
  const { current, setCurrent } = useCursor(ids, list);
  useShortcuts({ timeline: () => list.current?.focusRow(Math.max(0, ids.indexOf(current ?? chosen ?? ''))) });
  return (
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
              run={run}
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
  );
}
