import { CheckCheck, CircleCheckBig } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { type Selection, useSelection } from '../agents/use-selection.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useActionable, useActionableParts, useUnread } from '../stores/actionable.ts';
import { useClient, useRuntime } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { FilterChips } from '../ui/filter-chips.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useAction } from '../ui/use-action.ts';
import { InboxBulk } from './inbox-bulk.tsx';
import { InboxCard } from './inbox-card.tsx';
import { InboxList, ItemSteps } from './inbox-list.tsx';
import { itemKinds } from './item-kinds.ts';
import { waitingWords } from './report-words.ts';
import { type Shown, useInboxPart } from './use-inbox-part.ts';

const empty: Record<Shown, string> = {
  open: 'All clear',
  results: 'Every result is read',
  snoozed: 'Nothing is snoozed',
  answered: 'Nothing was answered yet',
};

/** Everything that waits for a person, oldest first, until it is dealt with; and results to read, when they like. */
export function InboxScreen({ selected, query }: { selected: string | undefined; query: Record<string, string> }) {
  const ready = useRuntime((state) => state.ready);
  const [show, setShow] = useShown(selected, query['show'] === 'results');
  const [kind, setKind] = useState('');
  const kinds = useKinds();
  const { items, read } = useInboxPart(show, kinds.some(({ id }) => id === kind) ? kind : '');
  const isRead = show === 'answered' || show === 'results';
  const current = items.find(({ id }) => id === selected) ?? items[0];
  const selection = useSelection(useMemo(() => items.map(({ id }) => id), [items]));
  useInboxMoves(items, current?.id, selection);
  return (
    <Screen
      title="Inbox"
      fixed
      subtitle={<Subtitle show={show} />}
      actions={<Parts show={show} onChange={setShow} />}
      bar={
        show === 'open' &&
        kinds.length > 2 && (
          <div className="pb-2">
            <FilterChips label="Kind" value={kind} options={kinds} onChange={setKind} byDigits={false} />
          </div>
        )
      }
    >
      {(!ready || (isRead && !read.value && !read.error)) && (
        <div className="px-6">
          <Loading />
        </div>
      )}
      {isRead && read.error && <ErrorNote error={read.error} retry={read.reload} className="mx-6" />}
      {ready && items.length === 0 && (!isRead || read.value) && <AllClear show={show} />}
      {current && (
        <div className="flex min-h-0 flex-1 border-t">
          <InboxList items={items} current={current.id} selection={show === 'answered' ? null : selection} />
          <div className="min-w-0 flex-1 overflow-y-auto p-6 narrow:p-4">
            <div className="mx-auto max-w-2xl">
              <ItemSteps items={items} current={current.id} />
              <InboxCard
                key={current.id}
                id={current.id}
                listed={isRead ? current : undefined}
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

/** Which part is shown. A link to an item that needs nobody leads to the results. */
function useShown(selected: string | undefined, results: boolean): [Shown, (show: Shown) => void] {
  const [show, setShow] = useState<Shown>(results ? 'results' : 'open');
  const ready = useRuntime((state) => state.ready);
  const isKnown = useRuntime((state) => selected === undefined || state.inbox.some(({ id }) => id === selected));
  const unread = useUnread();
  const isPlaced = useRef(false);
  useEffect(() => {
    if (!ready || isPlaced.current) return;
    isPlaced.current = true;
    if (!isKnown && unread > 0) setShow('results');
  }, [ready, isKnown, unread]);
  return [show, setShow];
}

/** The kinds of what is open, each with how many there are. */
function useKinds(): { id: string; text: string; count?: number }[] {
  const open = useActionable();
  const byKind = Map.groupBy(open, (item) => item.kind);
  const kinds = Object.keys(itemKinds) as InboxItemView['kind'][];
  return [
    { id: '', text: 'All' },
    ...kinds.flatMap((kind) => {
      const count = byKind.get(kind)?.length ?? 0;
      return count > 0 ? [{ id: kind, text: itemKinds[kind], count }] : [];
    }),
  ];
}

function Parts({ show, onChange }: { show: Shown; onChange: (show: Shown) => void }) {
  const all = useRuntime((state) => state.inbox.length);
  const open = useActionable().length;
  const unread = useUnread();
  const counted = (text: string, count: number) => (count > 0 ? `${text} (${count})` : text);
  return (
    <>
      {show === 'results' && unread > 0 && <ReadAll />}
      <Segmented
        label="Show"
        value={show}
        options={[
          { value: 'open', text: 'Open' },
          { value: 'results', text: counted('Results', unread) },
          { value: 'snoozed', text: counted('Snoozed', all - open) },
          { value: 'answered', text: 'Answered' },
        ]}
        onChange={onChange}
      />
    </>
  );
}

function Subtitle({ show }: { show: Shown }) {
  const ready = useRuntime((state) => state.ready);
  const [asked, told] = useActionableParts();
  const unread = useUnread();
  if (!ready) return null;
  if (show === 'open') return waitingWords(asked, told);
  return show === 'results' && unread > 0 ? `${plural(unread, 'result')} to read, when you like.` : null;
}

function ReadAll() {
  const client = useClient();
  const [busy, act] = useAction();
  return (
    <Button
      icon={CheckCheck}
      asks="answerReports"
      disabled={busy}
      onClick={() => void act(() => readAll(client), { done: 'All results are marked as read.' })}
    >
      Mark all as read
    </Button>
  );
}

/** In pieces; those that come meanwhile are left. */
async function readAll(client: RuntimeClient): Promise<void> {
  for (let left = 1; left > 0; ) {
    const done = await client.answerReports({ kind: 'finished', answer: 'read' });
    left = done.answered > 0 ? done.left : 0;
  }
}

function AllClear({ show }: { show: Shown }) {
  return (
    <Empty icon={CircleCheckBig} title={empty[show]}>
      {show === 'results'
        ? 'What an agent thinks is worth reading comes here. It needs nothing of you, and no badge counts it.'
        : 'When an agent asks you something, fails or misses a planned time, it waits here. Nothing here runs out silently.'}
    </Empty>
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
