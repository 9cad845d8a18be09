import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { cx } from './cx.ts';

interface PanelProps {
  title: string;
  icon?: LucideIcon;
  /** Beside the title: a count, a link. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Without padding, for lists that go to the edge. */
  flush?: boolean;
}

/** A titled part of a screen. */
export function Panel({ title, icon: Icon, aside, children, className, flush = false }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={cx('min-w-0 overflow-hidden rounded-xl border bg-surface shadow-raised', className)}
    >
      <header className="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1 px-4 pt-2 pb-1">
        {Icon && <Icon aria-hidden className="size-4 text-faint" />}
        <h2 id={id} className="min-w-24 flex-1 truncate font-semibold text-[0.8125rem]">
          {title}
        </h2>
        {aside}
      </header>
      <div className={flush ? 'pb-1.5' : 'px-4 pb-4'}>{children}</div>
    </section>
  );
}
