import { CircleCheckBig } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { InboxItemView } from '../../shared/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { brief, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Ago } from '../ui/time.tsx';
import { InboxCard } from './inbox-card.tsx';
import { itemIcon, itemKinds } from './item-kinds.ts';

/** Everything that waits for a person, oldest first, until it is answered. */
export function InboxScreen({ selected }: { selected: string | undefined }) {
  const open = useRuntime((state) => state.inbox);
  const ready = useRuntime((state) => state.ready);
  const [show, setShow] = useState<'open' | 'answered'>('open');
  const answered = useRead(`inbox:${show}`, ['inbox'], (client) => client.listInbox({ state: show, limit: 100 }));
  const items = useMemo(() => (show === 'open' ? open : (answered.value?.items ?? [])), [show, open, answered.value]);
  const current = items.find(({ id }) => id === selected) ?? items[0];
  useInboxMoves(items, current?.id);

  return (
    <Screen
      title="Inbox"
      fixed
      subtitle={
        ready &&
        show === 'open' &&
        (open.length === 0 ? 'Nothing waits for you.' : `${plural(open.length, 'run waits', 'runs wait')} for you.`)
      }
      actions={
        <Segmented
          label="Show"
          value={show}
          options={[
            { value: 'open', text: 'Open' },
            { value: 'answered', text: 'Answered' },
          ]}
          onChange={setShow}
        />
      }
    >
      {(!ready || (show === 'answered' && !answered.value && !answered.error)) && (
        <div className="px-6">
          <Loading />
        </div>
      )}
      {show === 'answered' && answered.error && (
        <ErrorNote error={answered.error} retry={answered.reload} className="mx-6" />
      )}
      {ready && items.length === 0 && (
        <Empty icon={CircleCheckBig} title={show === 'open' ? 'All clear' : 'Nothing was answered yet'}>
          When an agent asks you something, or is not sure whether a call went through, it waits here. Nothing here runs
          out silently.
        </Empty>
      )}
      {current && (
        <div className="flex min-h-0 flex-1 border-t">
          <InboxList items={items} current={current.id} />
          <div className="min-w-0 flex-1 overflow-y-auto p-6 narrow:p-4">
            <div className="mx-auto max-w-2xl">
              <InboxCard
                key={current.id}
                id={current.id}
                answered={show === 'answered' ? current : undefined}
                keyboard
              />
            </div>
          </div>
        </div>
      )}
    </Screen>
  );
}

/** J and K go through the items; an answered one makes room for the next. */
function useInboxMoves(items: readonly InboxItemView[], current: string | undefined): void {
  const move = (by: number) => {
    const at = items.findIndex(({ id }) => id === current);
    const next = items[Math.min(items.length - 1, Math.max(0, at + by))];
    if (next) navigate(hrefs.inbox(next.id), 'replace');
  };
  useShortcuts({ down: () => move(1), up: () => move(-1) });
}

function InboxList({ items, current }: { items: readonly InboxItemView[]; current: string }) {
  useEffect(() => {
    document.getElementById(`inbox-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return (
    <nav aria-label="Items" className="w-80 shrink-0 overflow-y-auto border-r bg-surface narrow:hidden">
      <ul>
        {items.map((item) => {
          const Icon = itemIcon(item.kind);
          return (
            <li key={item.id} id={`inbox-${item.id}`}>
              <a
                href={hrefs.inbox(item.id)}
                aria-current={item.id === current ? 'true' : undefined}
                className={cx(
                  'flex gap-3 border-line/60 border-b px-4 py-3 hover:bg-hover/60',
                  item.id === current && 'bg-accent-soft hover:bg-accent-soft',
                )}
              >
                <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium text-[0.8125rem]">{item.title}</span>
                  <span className="block truncate text-[0.8125rem] text-dim">{brief(item.question, 90)}</span>
                  <span className="block truncate text-faint text-xs">
                    {itemKinds[item.kind]} · <Ago at={item.openedAt} />
                  </span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
