import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect } from 'react';
import type { InboxItemView } from '../../shared/views/views.ts';
import type { Selection } from '../agents/use-selection.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { isActionable } from '../stores/actionable.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { brief } from '../ui/format.ts';
import { Ago, Until } from '../ui/time.tsx';
import { itemIcon, itemKinds, itemLook } from './item-kinds.ts';

interface InboxListProps {
  items: readonly InboxItemView[];
  current: string;
  /** Null: nothing can be done to them any more. */
  selection: Selection | null;
}

export function InboxList({ items, current, selection }: InboxListProps) {
  useEffect(() => {
    document.getElementById(`inbox-${current}`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  return (
    <nav aria-label="Items" className="w-80 shrink-0 overflow-y-auto border-r bg-surface narrow:hidden">
      <ul>
        {items.map((item) => (
          <Row key={item.id} item={item} isCurrent={item.id === current} selection={selection} />
        ))}
      </ul>
    </nav>
  );
}

interface RowProps {
  item: InboxItemView;
  isCurrent: boolean;
  selection: Selection | null;
}

function Row({ item, isCurrent, selection }: RowProps) {
  const Icon = itemIcon(item.kind);
  return (
    <li id={`inbox-${item.id}`} className="relative">
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
        aria-current={isCurrent ? 'true' : undefined}
        className={cx(
          'flex gap-3 border-line/60 border-b px-4 py-3 hover:bg-hover/60',
          isCurrent && 'bg-accent-soft hover:bg-accent-soft',
        )}
      >
        <Icon aria-hidden className={cx('mt-0.5 size-4 shrink-0', itemLook(item.kind).ink)} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium text-[0.8125rem]">{item.title}</span>
          <span className="block truncate text-[0.8125rem] text-dim">{brief(item.question, 90)}</span>
          <span className="block truncate pr-6 text-faint text-xs">
            {itemKinds[item.kind]} · <Ago at={item.latestAt} />
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
}

/** In a narrow window there is one item at a time. */
export function ItemSteps({ items, current }: { items: readonly InboxItemView[]; current: string }) {
  const at = items.findIndex(({ id }) => id === current);
  const go = (to: number) => {
    const item = items[to];
    if (item) navigate(hrefs.inbox(item.id), 'replace');
  };
  return (
    <div className="mb-3 hidden items-center justify-between narrow:flex">
      <IconButton icon={ChevronLeft} label="Item before" disabled={at <= 0} onClick={() => go(at - 1)} />
      <span className="text-dim text-xs tabular-nums">
        {at + 1} of {items.length}
      </span>
      <IconButton icon={ChevronRight} label="Next item" disabled={at >= items.length - 1} onClick={() => go(at + 1)} />
    </div>
  );
}
