import { CircleCheckBig } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { InboxItemView } from '../../shared/views.ts';
import { type Selection, useSelection } from '../agents/use-selection.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { isActionable, useActionable } from '../stores/actionable.ts';
import { useRead, useRuntime } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { brief, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Ago, Until } from '../ui/time.tsx';
import { InboxBulk } from './inbox-bulk.tsx';
import { InboxCard } from './inbox-card.tsx';
import { itemIcon, itemKinds } from './item-kinds.ts';

const empty = {
  open: 'All clear',
  snoozed: 'Nothing is snoozed',
  answered: 'Nothing was answered yet',
};

/** Everything that waits for a person, oldest first, until it is answered. */
export function InboxScreen({ selected }: { selected: string | undefined }) {
  const ready = useRuntime((state) => state.ready);
  const all = useRuntime((state) => state.inbox);
  const open = useActionable();
  const [show, setShow] = useState<'open' | 'snoozed' | 'answered'>('open');
  const wanted = show === 'answered';
  const answered = useRead(`inbox:${wanted}`, wanted ? ['inbox'] : [], async (client) =>
    wanted ? client.listInbox({ state: 'answered', limit: 100 }) : { items: [], next: null },
  );
  const items = useMemo(() => {
    if (show === 'answered') return answered.value?.items ?? [];
    return show === 'open' ? open : all.filter((item) => !isActionable(item));
  }, [show, open, all, answered.value]);
  const snoozed = all.length - open.length;
  const current = items.find(({ id }) => id === selected) ?? items[0];
  const selection = useSelection(useMemo(() => items.map(({ id }) => id), [items]));
  useInboxMoves(items, current?.id, selection);

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
            { value: 'snoozed', text: snoozed > 0 ? `Snoozed (${snoozed})` : 'Snoozed' },
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
        <Empty icon={CircleCheckBig} title={empty[show]}>
          When an agent asks you something, or is not sure whether a call went through, it waits here. Nothing here runs
          out silently.
        </Empty>
      )}
      {current && (
        <div className="flex min-h-0 flex-1 border-t">
          <InboxList items={items} current={current.id} selection={show === 'answered' ? null : selection} />
          <div className="min-w-0 flex-1 overflow-y-auto p-6 narrow:p-4">
            <div className="mx-auto max-w-2xl">
              <InboxCard
                key={current.id}
                id={current.id}
                answered={show === 'answered' ? current : undefined}
                keyboard={selection.chosen.size === 0}
              />
            </div>
          </div>
        </div>
      )}
      {selection.chosen.size > 0 && show !== 'answered' && (
        <InboxBulk selection={selection} items={items.filter(({ id }) => selection.chosen.has(id))} />
      )}
    </Screen>
  );
}

/** J and K go through the items; an answered one makes room for the next. */
function useInboxMoves(items: readonly InboxItemView[], current: string | undefined, selection: Selection): void {
  const move = (by: number) => {
    const at = items.findIndex(({ id }) => id === current);
    const next = items[Math.min(items.length - 1, Math.max(0, at + by))];
    if (next) navigate(hrefs.inbox(next.id), 'replace');
  };
  const choose = (range: boolean) => (current === undefined ? false : selection.toggle(current, range));
  useShortcuts({
    down: () => move(1),
    up: () => move(-1),
    select: () => choose(false),
    selectRange: () => choose(true),
    back: () => (selection.chosen.size > 0 ? selection.clear() : false),
  });
}

interface InboxListProps {
  items: readonly InboxItemView[];
  current: string;
  /** Null: nothing can be done to them any more. */
  selection: Selection | null;
}

function InboxList({ items, current, selection }: InboxListProps) {
  useEffect(() => {
    document.getElementById(`inbox-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return (
    <nav aria-label="Items" className="w-80 shrink-0 overflow-y-auto border-r bg-surface narrow:hidden">
      <ul>
        {items.map((item) => {
          const Icon = itemIcon(item.kind);
          return (
            <li key={item.id} id={`inbox-${item.id}`} className="relative">
              {selection && (
                <Checkbox
                  checked={selection.chosen.has(item.id)}
                  onChange={(_, range) => selection.toggle(item.id, range)}
                  label={`Select ${item.title}`}
                  className="absolute right-3 bottom-3"
                />
              )}
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
                    {item.snoozedUntil !== null && !isActionable(item) && (
                      <>
                        {' '}
                        · back in <Until at={item.snoozedUntil} />
                      </>
                    )}
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
