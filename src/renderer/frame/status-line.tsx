import { CalendarClock, Database, ListEnd, type LucideIcon, Plug, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRuntime, useRuntimeShallow } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { bytes, numberText } from '../ui/format.ts';
import { Until } from '../ui/time.tsx';
import { Tip } from '../ui/tip.tsx';

/** The heartbeat of the node, in one line; each part leads to its details. */
export function StatusLine() {
  const version = useRuntime((state) => state.node?.version);
  return (
    <footer className="flex h-7 shrink-0 items-center gap-1 border-t bg-surface px-3 text-[0.75rem] text-dim narrow:hidden">
      <NextFiring />
      <Queue />
      <DatabaseSize />
      <span className="flex-1" />
      {version && <span className="px-2 text-faint">v{version}</span>}
      <ConnectionState />
    </footer>
  );
}

function Part({
  icon: Icon,
  href,
  tip,
  children,
}: {
  icon: LucideIcon;
  href: string;
  tip: string;
  children: ReactNode;
}) {
  return (
    <Tip text={tip}>
      <a href={href} className="flex h-6 items-center gap-1.5 rounded px-2 hover:bg-hover hover:text-ink">
        <Icon aria-hidden className="size-3.5" />
        {children}
      </a>
    </Tip>
  );
}

function NextFiring() {
  const next = useRuntimeShallow(({ processes }) => {
    let first: { name: string; at: number } | null = null;
    for (const { name, nextFiring } of Object.values(processes)) {
      if (nextFiring !== null && (!first || nextFiring < first.at)) first = { name, at: nextFiring };
    }
    return first ?? { name: '', at: 0 };
  });
  return (
    <Part icon={CalendarClock} href="#/schedule" tip={next.name ? `${next.name} is next` : 'No schedule is set'}>
      {next.name ? (
        <>
          Next firing in <Until at={next.at} className="font-medium text-ink tabular-nums" />
        </>
      ) : (
        'Nothing scheduled'
      )}
    </Part>
  );
}

function Queue() {
  const waiting = useRuntime(({ processes }) => Object.values(processes).reduce((sum, view) => sum + view.waiting, 0));
  return (
    <Part icon={ListEnd} href="#/agents?state=waiting" tip="Events that wait for their turn, over all agents">
      {waiting === 0 ? 'Queues empty' : `${numberText(waiting)} waiting`}
    </Part>
  );
}

function DatabaseSize() {
  const size = useRuntime((state) => state.node?.databaseBytes);
  if (size === undefined) return null;
  return (
    <Part icon={Database} href="#/settings/health" tip="Size of the journal and its tables">
      {bytes(size)}
    </Part>
  );
}

function ConnectionState() {
  const state = useRuntime((now) => now.connection.state);
  const texts = { connecting: 'Connecting…', live: 'Live', lost: 'Disconnected', denied: 'Signed out' };
  const Icon = state === 'live' ? Plug : Unplug;
  return (
    <span
      role="status"
      className={cx('flex items-center gap-1.5 px-2', state === 'live' ? 'text-ok' : 'font-medium text-bad')}
    >
      <Icon aria-hidden className="size-3.5" />
      {texts[state]}
    </span>
  );
}
