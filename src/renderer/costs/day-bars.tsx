import { type CostsView, noCost } from '../../shared/views/cost-views.ts';
import { cx } from '../ui/cx.ts';
import { dayText, shortDate } from '../ui/format.ts';
import type { Measure } from './measures.ts';

/** One bar for each day, and a list of the same for those who do not see it. */
export function DayBars({ days, measure }: { days: CostsView['days']; measure: Measure }) {
  const most = Math.max(...days.map(measure.of), Number.MIN_VALUE);
  const every = Math.max(1, Math.ceil(days.length / 8));
  return (
    <figure>
      <div aria-hidden className="flex items-baseline justify-between pb-1 text-[0.6875rem] text-faint tabular-nums">
        <span>{measure.of(days.at(-1) ?? noCost) >= 0 && most > Number.MIN_VALUE ? measure.write(most) : ''}</span>
      </div>
      <ol aria-label={`${measure.text} by day`} className="flex h-40 items-end gap-[2px] border-b">
        {days.map((day, index) => {
          const value = measure.of(day);
          const text = `${dayText(day.from)}: ${measure.write(value)}, ${day.runs} runs`;
          return (
            <li key={day.from} title={text} className="group flex h-full min-w-0 flex-1 items-end hover:bg-hover">
              <span className="sr-only">{text}</span>
              <span
                aria-hidden
                className={cx(
                  'block w-full rounded-t-sm',
                  index === days.length - 1 ? 'bg-accent' : 'bg-accent/55 group-hover:bg-accent',
                  value > 0 && 'min-h-[3px]',
                )}
                style={{ height: `${(value / most) * 100}%` }}
              />
            </li>
          );
        })}
      </ol>
      <div aria-hidden className="mt-1 flex justify-between text-[0.6875rem] text-faint">
        {days
          .filter((_, index) => index % every === 0 && index < days.length - every / 2)
          .map(({ from }) => (
            <span key={from}>{shortDate(from)}</span>
          ))}
        <span>today</span>
      </div>
    </figure>
  );
}
