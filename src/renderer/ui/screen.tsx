import { type ReactNode, useEffect } from 'react';
import { cx } from './cx.ts';

interface ScreenProps {
  title: string;
  /** Under the title, in a few words. */
  subtitle?: ReactNode;
  /** Left of the title: a way back, an icon. */
  lead?: ReactNode;
  actions?: ReactNode;
  /** Under the header and above what scrolls. */
  bar?: ReactNode;
  children: ReactNode;
  /** The screen scrolls inside its own parts (tables, canvas). */
  fixed?: boolean;
}

/** The frame of each screen: its heading, its actions, and what it is about. */
export function Screen({ title, subtitle, lead, actions, bar, children, fixed = false }: ScreenProps) {
  useEffect(() => {
    document.title = `${title} · Agent Runtime`;
  }, [title]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 px-6 pt-3 pb-2 narrow:px-4">
        {lead}
        <div className="min-w-0 flex-1 basis-52">
          <h1 tabIndex={-1} className="truncate font-semibold text-lg leading-6">
            {title}
          </h1>
          {subtitle && <div className="truncate text-[0.8125rem] text-dim">{subtitle}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-1.5">{actions}</div>}
      </header>
      {bar && <div className="px-6 narrow:px-4">{bar}</div>}
      <div className={cx('min-h-0 flex-1', fixed ? 'flex flex-col' : 'overflow-y-auto px-6 pt-3 pb-8 narrow:px-4')}>
        {children}
      </div>
    </div>
  );
}
