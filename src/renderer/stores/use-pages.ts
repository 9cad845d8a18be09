import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import type { RuntimeError } from '../../shared/errors.ts';
import { mergeNewest } from './merge-pages.ts';
import { coded } from './reads.ts';
import { useClient, useRead } from './use-runtime.ts';

interface PageOf<T> {
  items: T[];
  next: string | null;
}

export interface Pages<T> {
  rows: readonly T[];
  /** Rows that arrived while the list was held still. */
  waiting: number;
  more: boolean;
  /** The first page has not come yet. */
  loading: boolean;
  error: RuntimeError | undefined;
  loadMore(): void;
  showWaiting(): void;
}

interface Loaded<T> {
  key: string;
  rows: readonly T[];
  held: readonly T[];
  next: string | null;
  waiting: number;
}

/**
 * A long list, newest first: pages are read as the reader goes down, and the top is freshened by notices. While `hold`
 * is true known rows still change where they stand, but new ones wait, so nothing moves under the pointer.
 */
export function usePages<T>(
  key: string,
  topics: readonly string[],
  idOf: (row: T) => string,
  page: (client: RuntimeClient, cursor: string | undefined) => Promise<PageOf<T>>,
  hold = false,
): Pages<T> {
  const client = useClient();
  const first = useRead(`pages:${key}`, topics, (from) => page(from, undefined));
  const [loaded, setLoaded] = useState<Loaded<T>>({ key, rows: [], held: [], next: null, waiting: 0 });
  const [error, setError] = useState<RuntimeError>();
  const busy = useRef(false);
  const holding = useRef(hold);
  holding.current = hold;

  // Before it is painted, so that no list is seen without its rows.
  useLayoutEffect(() => {
    const fresh = first.value;
    if (!fresh) return;
    setLoaded((before) => freshened(before.key === key ? before : emptied(key), fresh, idOf, holding.current));
  }, [first.value, key, idOf]);

  const showWaiting = useCallback(
    () => setLoaded((now) => (now.waiting > 0 ? { ...now, held: now.rows, waiting: 0 } : now)),
    [],
  );
  useEffect(() => {
    if (!hold) showWaiting();
  }, [hold, showWaiting]);

  const loadMore = useCallback(() => {
    const cursor = loaded.key === key ? loaded.next : null;
    if (cursor === null || busy.current) return;
    busy.current = true;
    page(client, cursor)
      .then((older) =>
        setLoaded((now) => (now.key === key && now.next === cursor ? lengthened(now, older, idOf) : now)),
      )
      .then(() => setError(undefined))
      .catch((thrown) => setError(coded(thrown)))
      .finally(() => {
        busy.current = false;
      });
  }, [client, page, key, idOf, loaded.key, loaded.next]);

  const mine = loaded.key === key;
  return {
    rows: mine ? loaded.held : [],
    waiting: mine ? loaded.waiting : 0,
    more: mine && loaded.next !== null,
    loading: !mine || (first.value === undefined && first.error === undefined),
    error: first.error ?? error,
    loadMore,
    showWaiting,
  };
}

function emptied<T>(key: string): Loaded<T> {
  return { key, rows: [], held: [], next: null, waiting: 0 };
}

function freshened<T>(before: Loaded<T>, fresh: PageOf<T>, idOf: (row: T) => string, hold: boolean): Loaded<T> {
  const { rows, added, anew } = mergeNewest(before.rows, fresh.items, idOf);
  const next = anew || before.rows.length <= fresh.items.length ? fresh.next : before.next;
  if (rows === before.rows && next === before.next && (hold || before.held === rows)) return before;
  if (!hold || before.held.length === 0) return { key: before.key, rows, held: rows, next, waiting: 0 };
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const held = before.held.map((row) => byId.get(idOf(row)) ?? row);
  return { key: before.key, rows, held, next, waiting: before.waiting + added };
}

/** Pages follow each other: what comes again of a page is at the end of what is here. */
const overlap = 500;

function lengthened<T>(now: Loaded<T>, older: PageOf<T>, idOf: (row: T) => string): Loaded<T> {
  const ids = new Set(now.rows.slice(-overlap).map(idOf));
  const below = older.items.filter((row) => !ids.has(idOf(row)));
  return { ...now, rows: [...now.rows, ...below], held: [...now.held, ...below], next: older.next };
}
