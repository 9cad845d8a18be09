import { useEffect, useRef } from 'react';
import { cx } from './cx.ts';

export interface TabLink {
  id: string;
  text: string;
  href: string;
  count?: number | undefined;
}

/** The parts of one thing, each with an address of its own. */
export function TabLinks({ label, tabs, current }: { label: string; tabs: readonly TabLink[]; current: string }) {
  const bar = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another current one has to be brought into sight
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={bar} aria-label={label} className="flex min-w-0 gap-1 overflow-x-auto border-b [scrollbar-width:none]">
      {tabs.map(({ id, text, href, count }) => (
        <a
          key={id}
          href={href}
          aria-current={id === current ? 'page' : undefined}
          className={cx(
            '-mb-px inline-flex h-9 shrink-0 items-center gap-1.5 rounded-t-md border-transparent border-b-2 px-2.5 font-medium text-[0.8125rem] text-dim hover:text-ink',
            id === current && 'border-accent text-ink',
          )}
        >
          {text}
          {count !== undefined && count > 0 && (
            <span className="rounded-full bg-sunken px-1.5 text-[0.6875rem] text-dim leading-4.5">{count}</span>
          )}
        </a>
      ))}
    </nav>
  );
}
