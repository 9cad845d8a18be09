import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import icon from '../icon.svg';
import { useActionableCount } from '../stores/actionable.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Tip } from '../ui/tip.tsx';
import { hrefOf, useRoute } from './route.ts';
import { type ScreenEntry, screens } from './screens.ts';

export function Rail() {
  const collapsed = useWorkspace((state) => state.railCollapsed);
  const arrange = useWorkspace((state) => state.arrange);
  const settings = screens.filter(({ id }) => id === 'settings');
  const places = screens.filter(({ id }) => id !== 'settings');
  return (
    <nav
      aria-label="Screens"
      className={cx(
        'flex shrink-0 flex-col gap-0.5 border-r bg-surface p-2 narrow:hidden',
        collapsed ? 'w-14' : 'w-48',
      )}
    >
      <a href="#/now" className="mb-2 flex h-10 items-center gap-2.5 rounded-md px-1.5 font-semibold">
        <Mark />
        {!collapsed && <span className="truncate text-sm">Agent Runtime</span>}
        {collapsed && <span className="sr-only">Agent Runtime</span>}
      </a>
      {places.map((entry) => (
        <RailLink key={entry.id} entry={entry} collapsed={collapsed} />
      ))}
      <div className="flex-1" />
      {settings.map((entry) => (
        <RailLink key={entry.id} entry={entry} collapsed={collapsed} />
      ))}
      <div className={cx('flex pt-1', collapsed ? 'justify-center' : 'justify-end')}>
        <IconButton
          icon={collapsed ? PanelLeftOpen : PanelLeftClose}
          label={collapsed ? 'Unfold the rail' : 'Fold the rail'}
          keys="toggleRail"
          onClick={() => arrange({ railCollapsed: !collapsed })}
        />
      </div>
    </nav>
  );
}

function RailLink({ entry, collapsed }: { entry: ScreenEntry; collapsed: boolean }) {
  const current = useRoute().parts[0] === entry.id;
  const Icon = entry.icon;
  const link = (
    <a
      href={hrefOf([entry.id])}
      aria-current={current ? 'page' : undefined}
      className={cx(
        'flex h-9 items-center gap-2.5 rounded-md px-2.5 font-medium text-[0.8125rem] text-dim hover:bg-hover hover:text-ink',
        current && 'bg-accent-soft text-accent-text hover:bg-accent-soft hover:text-accent-text',
      )}
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      <span className={cx('flex-1 truncate', collapsed && 'sr-only')}>{entry.text}</span>
      <Badge id={entry.id} collapsed={collapsed} />
    </a>
  );
  return collapsed ? (
    <Tip text={entry.text} keys={entry.shortcut}>
      {link}
    </Tip>
  ) : (
    link
  );
}

/** What waits for the person, beside the place where it is dealt with. */
function Badge({ id, collapsed }: { id: string; collapsed: boolean }) {
  const waiting = useActionableCount();
  const open = id === 'inbox' ? waiting : 0;
  if (open === 0) return null;
  return (
    <span
      className={cx(
        'min-w-5 rounded-full bg-warn-soft px-1.5 text-center font-semibold text-[0.6875rem] text-warn leading-5',
        collapsed && '-ml-3 -mt-4 min-w-4 px-1 leading-4',
      )}
    >
      {open}
      <span className="sr-only"> waiting for you</span>
    </span>
  );
}

export function Mark() {
  return <img src={icon} alt="" className="size-7 shrink-0" />;
}
