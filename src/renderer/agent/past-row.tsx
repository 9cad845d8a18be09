import type { ReactNode } from 'react';
import { cx } from '../ui/cx.ts';
import { brief } from '../ui/format.ts';

export const pastWords = {
  same: 'as now',
  changed: 'changed since',
  gone: 'gone since',
  later: 'not there yet',
} as const;

export type PastChange = keyof typeof pastWords;

interface PastRowProps {
  name: string;
  /** What it held then; where it was not there yet, what it holds now. */
  value: unknown;
  change: PastChange;
  /** It is what the moment itself changed. */
  lit?: boolean;
  children?: ReactNode;
}

/** One key as it was at another time, and what has become of it since. */
export function PastRow({ name, value, change, lit = false, children }: PastRowProps) {
  return (
    <li
      className={cx(
        'flex min-h-9 items-center gap-3 border-line/60 border-t py-1 text-[0.8125rem]',
        lit && '-mx-2 rounded-md bg-accent-soft px-2',
      )}
    >
      <span className="w-40 shrink-0 truncate font-medium narrow:w-24" title={name}>
        {name}
      </span>
      <span
        title={brief(value, 600)}
        className={cx('min-w-0 flex-1 truncate font-mono text-xs', change === 'later' && 'text-faint line-through')}
      >
        {brief(value)}
      </span>
      <span className={cx('shrink-0 text-xs', change === 'same' ? 'text-faint' : 'text-warn')}>
        {pastWords[change]}
      </span>
      {children}
    </li>
  );
}
