import type { ComponentProps } from 'react';
import { cx } from '../ui/cx.ts';
import { dayText, hourText, plural, shortly, shortTime } from '../ui/format.ts';
import type { Block } from './calendar-layout.ts';
import { calendarLook, onceLook } from './calendar-looks.ts';
import { type CalendarMark, countOf, outcomeOfAll } from './calendar-marks.ts';

interface BlockProps extends ComponentProps<'button'> {
  block: Block;
  isPicked: boolean;
}

/** One time, or several that fall together, in the cell of its hour. */
export function CalendarBlock({ block, isPicked, className, ...rest }: BlockProps) {
  const { items, minute, minutes, hour, lane, lanes, isStrip, isBesideStrips } = block;
  const room = isBesideStrips ? stripWidth : '0px';
  const [first] = items;
  if (!first) return null;
  const isOnce = items.every(({ moves }) => moves !== null && 'event' in moves);
  const { icon: Icon, look, isHatched } = isOnce ? onceLook : calendarLook(outcomeOfAll(items));
  const count = countOf(items);
  return (
    <button
      type="button"
      {...rest}
      aria-label={blockLabel(block)}
      title={blockLabel(block)}
      aria-pressed={isPicked}
      className={cx(
        'absolute z-1 flex items-start gap-1 overflow-hidden rounded-md border px-1 text-left text-[0.6875rem] leading-4 hover:z-2 focus-visible:z-2',
        look,
        isStrip && 'flex-col items-center justify-center px-0',
        isHatched && 'pl-2.5',
        isPicked && 'z-2 ring-2 ring-accent',
        className,
      )}
      style={{
        top: `${((minute - hour * 60) / 60) * 100}%`,
        height: `calc(${(minutes / 60) * 100}% - 2px)`,
        left: isStrip ? 1 : `calc(${room} + (100% - ${room}) * ${lane / lanes} + 1px)`,
        width: isStrip ? `calc(${stripWidth} - 2px)` : `calc((100% - ${room}) / ${lanes} - 3px)`,
      }}
    >
      {isHatched && <span aria-hidden className="hole absolute inset-y-0 left-0 w-1.5 border-0" />}
      <Icon aria-hidden className="mt-0.5 size-3 shrink-0" />
      {!isStrip && (
        <span className="min-w-0 flex-1 truncate">
          {lanes === 1 && minutes < 60 && <span className="tabular-nums">{shortTime(first.at)} </span>}
          <span className="font-medium">{agentsOf(items)}</span>{' '}
        </span>
      )}
      {count > 1 && (
        <span className={cx('shrink-0 font-medium tabular-nums', !isStrip && 'rounded-sm bg-surface px-1 text-ink')}>
          {shortly(count)}
        </span>
      )}
    </button>
  );
}

const stripWidth = '2rem';

function agentsOf(items: readonly CalendarMark[]): string {
  const names = [...new Set(items.map(({ title }) => title))];
  return names.length === 1 ? (names[0] ?? '') : plural(names.length, 'agent');
}

/** What it is, for those who hear it; it begins with what can be read on it. */
export function blockLabel({ items, hour, minutes }: Block): string {
  const [first] = items;
  if (!first) return '';
  const count = countOf(items);
  const text = calendarLook(outcomeOfAll(items)).text;
  const times = count > 1 ? ` ${shortly(count)} times` : '';
  if (minutes === 60) return `${agentsOf(items)}${times} from ${hourText(hour)}, ${dayText(first.at)}: ${text}`;
  const when = `${shortTime(first.at)} ${agentsOf(items)}${times}, ${dayText(first.at)}`;
  if (items.length > 1) return `${when}: ${text}`;
  return `${when}: ${text}${first.reason ? `, ${first.reason}` : ''}${first.moves ? '. Can be moved' : ''}`;
}
