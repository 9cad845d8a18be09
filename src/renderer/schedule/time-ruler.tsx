// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { useMedia } from '../frame/use-appearance.ts';
import { shortTime } from '../ui/format.ts';

/** How much time is in sight. */
export type Span = 'hour' | 'day' | 'week';

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

function marksBetween(from: number, to: number, span: Span, everyHours: number): { at: number; text: string }[] {
  const marks: { at: number; text: string }[] = [];
  const date = new Date(from);
  date.setMinutes(span === 'hour' ? Math.floor(date.getMinutes() / 10) * 10 : 0, 0, 0);
  if (span === 'week') date.setHours(0);
  for (let at = date.getTime(); at < to; at = date.getTime()) {
    if (at >= from && (span !== 'day' || date.getHours() % everyHours === 0))
      marks.push({ at, text: markText(date, span) });
    if (span === 'week') date.setDate(date.getDate() + 1);
    else if (span === 'day') date.setHours(date.getHours() + 1);
    else date.setMinutes(date.getMinutes() + 10);
  }
  return marks;
}

function markText(date: Date, span: Span): string {
  return span === 'week'
    ? date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric' })
    : shortTime(date.getTime());
}
