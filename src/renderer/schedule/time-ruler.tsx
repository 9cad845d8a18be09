// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { useMedia } from '../frame/use-appearance.ts';
import { shortTime, weekdayDate } from '../ui/format.ts';
import { atWall, wallOf } from '../ui/shown-zone.ts';

/** How much time is in sight. */
export type Span = 'hour' | 'day' | 'week';

const hourMs = 3_600_000;

export const laneColumns = 'grid grid-cols-[14rem_1fr] narrow:grid-cols-[8rem_1fr]';

/** Hours or days across the top, and where now is. */
export function TimeRuler({ from, to, now, span }: { from: number; to: number; now: number; span: Span }) {
  const wide = useMedia('(width >= 52rem)');
  const marks = marksBetween(from, to, span, wide ? 3 : 8);
  return (
    <div role="row" className={`${laneColumns} h-8 border-b text-faint text-xs`}>
      <span role="columnheader" className="flex items-center border-r px-6 font-medium text-dim narrow:px-4">
        Agent
      </span>
      <span role="columnheader" className="relative overflow-hidden">
        <span className="sr-only">Times</span>
        {marks.map(({ at, text }) => (
          <span
            key={at}
            aria-hidden
            className="absolute inset-y-0 flex items-center border-l pl-1.5 tabular-nums"
            style={{ left: `${((at - from) / (to - from)) * 100}%` }}
          >
            {text}
          </span>
        ))}
        {now > from && now < to && (
          <span
            aria-hidden
            className="absolute inset-y-0 w-0.5 bg-accent"
            style={{ left: `${((now - from) / (to - from)) * 100}%` }}
          />
        )}
      </span>
    </div>
  );
}

/** Steps are of the clock on the wall; on a day on which clocks change, an hour is drawn once, and as long as it is. */
function marksBetween(from: number, to: number, span: Span, everyHours: number): { at: number; text: string }[] {
  const stepMs = { hour: 600_000, day: everyHours * hourMs, week: 24 * hourMs }[span];
  const marks: { at: number; text: string }[] = [];
  for (let wall = Math.floor(wallOf(from) / stepMs) * stepMs; ; wall += stepMs) {
    const at = atWall(wall);
    if (at >= to) return marks;
    // What a clock change leaves out falls on what comes after it.
    if (at >= from && at > (marks.at(-1)?.at ?? 0))
      marks.push({ at, text: span === 'week' ? weekdayDate(at) : shortTime(at) });
  }
}
