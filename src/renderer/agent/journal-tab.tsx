// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { BookText, ShieldCheck, ShieldX } from 'lucide-react';
import { useRef, useState } from 'react';
import type { JournalEntryView } from '../../shared/views/views.ts';
import { usePages } from '../stores/use-pages.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Choice } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { useRowHeight } from '../ui/row-height.ts';
import { At } from '../ui/time.tsx';
import { useAction } from '../ui/use-action.ts';
import { useCursor } from '../ui/use-cursor.ts';
import { VirtualRows, type VirtualRowsRef } from '../ui/virtual-rows.tsx';
import { EntryPane } from './entry-pane.tsx';
import { entryWords, isTrouble, journalKinds, kindText } from './entry-words.ts';

type Kind = (typeof journalKinds)[number];
const idOf = (entry: JournalEntryView) => String(entry.seq);

/** Everything that happened to the agent, newest first, entry by entry. */
export function JournalTab({ name }: { name: string }) {
  const [kind, setKind] = useState<Kind | ''>('');
  const [hold, setHold] = useState(false);
  const [chosen, setChosen] = useState<number | null>(null);
  const list = useRef<VirtualRowsRef>(null);
  const rowHeight = useRowHeight();
  const journal = usePages(
    `journal:${name}:${kind}`,
    [`journal:${name}`],
    idOf,
    (client, cursor) =>
      client
        .readJournal({
          name,
          order: 'desc',
          limit: 200,
          ...(kind && { kind }),
          ...(cursor && { after: Number(cursor) }),
        })
        .then(withNext),
    hold,
  );
  const { current, setCurrent } = useCursor(journal.rows.map(idOf), list);
  const entry = journal.rows.find(({ seq }) => seq === chosen);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-2 px-6 py-2 narrow:px-4">
        <Choice
          aria-label="Kind"
          value={kind}
          onChange={(event) => setKind(event.target.value as Kind | '')}
          className="h-8 w-auto"
        >
          <option value="">All kinds</option>
          {journalKinds.map((option) => (
            <option key={option} value={option}>
              {kindText(option)}
            </option>
          ))}
        </Choice>
        {journal.waiting > 0 && (
          <Button onClick={journal.showWaiting}>{plural(journal.waiting, 'new entry', 'new entries')}</Button>
        )}
        <span className="flex-1" />
        <Verify name={name} />
      </div>
      {journal.error && <ErrorNote error={journal.error} className="mx-6" />}
      {journal.loading && !journal.error && (
        <div className="px-6">
          <Loading rows={8} />
        </div>
      )}
      {!journal.loading && journal.rows.length === 0 && <Empty icon={BookText} title="No entry of this kind." />}
      {journal.rows.length > 0 && (
        <div className="flex min-h-0 flex-1 border-t bg-surface">
          <VirtualRows
            ref={list}
            label={`Journal of ${name}`}
            count={journal.rows.length}
            rowHeight={rowHeight}
            keyOf={(index) => String(journal.rows[index]?.seq ?? index)}
            onEnd={journal.loadMore}
            onHold={setHold}
          >
            {(index) => {
              const row = journal.rows[index];
              return (
                row && (
                  <EntryRow
                    entry={row}
                    lit={row.seq === chosen || current === idOf(row)}
                    onFocus={() => setCurrent(idOf(row))}
                    onOpen={() => setChosen(row.seq)}
                  />
                )
              );
            }}
          </VirtualRows>
          {entry && <EntryPane entry={entry} onClose={() => setChosen(null)} />}
        </div>
      )}
    </div>
  );
}

/** A page read downwards goes on below its last entry. */
function withNext(page: { items: JournalEntryView[]; next: string | null }): {
  items: JournalEntryView[];
  next: string | null;
} {
  const last = page.items.at(-1);
  return { items: page.items, next: page.next !== null && last ? String(last.seq) : null };
}

interface EntryRowProps {
  entry: JournalEntryView;
  lit: boolean;
  onFocus: () => void;
  onOpen: () => void;
}

function EntryRow({ entry, lit, onFocus, onOpen }: EntryRowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keys
    <div
      role="row"
      onClick={onOpen}
      onFocus={onFocus}
      className={cx(
        'flex h-full items-center gap-3 border-line/60 border-b px-6 text-[0.8125rem] hover:bg-hover/60 narrow:px-4',
        lit && 'bg-accent-soft/60',
      )}
    >
      <span role="cell" className="w-14 shrink-0 text-right font-mono text-faint text-xs">
        {entry.seq}
      </span>
      <span role="cell" className="w-20 shrink-0 text-dim text-xs tabular-nums">
        <At at={entry.at} />
      </span>
      <span role="cell" className="w-36 shrink-0 truncate text-dim text-xs narrow:hidden">
        {kindText(entry.kind)}
      </span>
      <span role="cell" className="min-w-0 flex-1">
        <button
          type="button"
          onClick={onOpen}
          className={cx('block max-w-full truncate text-left', isTrouble(entry) && 'font-medium text-bad')}
        >
          {entryWords(entry)}
        </button>
      </span>
    </div>
  );
}

/** Checks the hash chain, and that replaying gives the state that is live. */
function Verify({ name }: { name: string }) {
  const client = useClient();
  const [busy, act] = useAction();
  const [result, setResult] = useState<{ ok: boolean; entries: number; problem: string | null } | null>(null);
  const verify = () => act(async () => setResult(await client.verifyJournal({ name })));
  const Icon = result && !result.ok ? ShieldX : ShieldCheck;
  return (
    <span className="flex items-center gap-2">
      {result && (
        <span role="status" className={cx('text-xs', result.ok ? 'text-ok' : 'text-bad')}>
          {result.ok
            ? `${plural(result.entries, 'entry', 'entries')} are unbroken, and replaying gives the live state.`
            : result.problem}
        </span>
      )}
      <Button icon={Icon} disabled={busy} onClick={() => void verify()}>
        Verify
      </Button>
    </span>
  );
}
