import { useCallback, useMemo, useRef, useState } from 'react';

export interface Selection {
  chosen: ReadonlySet<string>;
  all: boolean;
  toggle(id: string, range: boolean): void;
  toggleAll(): void;
  clear(): void;
}

/** Which rows of a list are chosen. A range goes from the row chosen last. Rows that left the list are not chosen. */
export function useSelection(ids: readonly string[]): Selection {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const present = useRef(ids);
  present.current = ids;
  const chosen = useMemo(
    () => (marked.size === 0 ? marked : new Set(ids.filter((id) => marked.has(id)))),
    [ids, marked],
  );
  const all = ids.length > 0 && chosen.size === ids.length;
  const toggle = useCallback((id: string, range: boolean) => {
    const from = range && anchor.current !== null ? present.current.indexOf(anchor.current) : -1;
    const to = present.current.indexOf(id);
    anchor.current = id;
    setMarked((before) => {
      if (from >= 0 && to >= 0) {
        return new Set([...before, ...present.current.slice(Math.min(from, to), Math.max(from, to) + 1)]);
      }
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const toggleAll = useCallback(
    () => setMarked((before) => (before.size >= present.current.length ? new Set() : new Set(present.current))),
    [],
  );
  const clear = useCallback(() => setMarked(new Set()), []);
  return useMemo(() => ({ chosen, all, toggle, toggleAll, clear }), [chosen, all, toggle, toggleAll, clear]);
}
