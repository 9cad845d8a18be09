import { memo, useMemo } from 'react';
import { barLook } from './bar-look.ts';
import type { RunLine } from './run-spans.ts';
import type { TimeScale } from './time-scale.ts';

/** The units of the drawing: so fine that thousands of steps fall on marks that are there already. */
const width = 1_000;
const height = 36;
const mostLanes = 12;
const thinnest = 2;

/** All lines of a run, small: one path for each colour, whatever the number of steps. */
export const RunOutline = memo(function RunOutline({ lines, scale }: { lines: readonly RunLine[]; scale: TimeScale }) {
  const paths = useMemo(() => outlineOf(lines, scale), [lines, scale]);
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full"
    >
      {[...paths].map(([mark, path]) => (
        <path key={mark} d={path} className={mark} />
      ))}
    </svg>
  );
});

/** Class of the colour → what is drawn in it. */
export function outlineOf(lines: readonly RunLine[], scale: Pick<TimeScale, 'place'>): Map<string, string> {
  const lanes = Math.min(mostLanes, lines.length);
  const laneHeight = height / lanes;
  const bar = Math.min(5, laneHeight - 0.5);
  const drawn = new Set<string>();
  const paths = new Map<string, string>();
  lines.forEach((line, index) => {
    const lane = Math.floor((index * lanes) / lines.length);
    const left = Math.min(width - thinnest, Math.round(scale.place(line.from) * width));
    const length = Math.max(thinnest, Math.round(scale.place(line.to) * width) - left);
    const { mark } = barLook(line);
    const spot = `M${left} ${Math.round((lane * laneHeight + (laneHeight - bar) / 2) * 10) / 10}h${length}v${bar}h${-length}z`;
    if (drawn.has(mark + spot)) return;
    drawn.add(mark + spot);
    paths.set(mark, (paths.get(mark) ?? '') + spot);
  });
  return paths;
}
