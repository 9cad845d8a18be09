import { useMemo, useState } from 'react';

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
  const [anchor, setAnchor] = useState<string | null>(null);
  const chosen = useMemo(() => new Set(ids.filter((id) => marked.has(id))), [ids, marked]);
  const all = ids.length > 0 && chosen.size === ids.length;
  return {
    chosen,
    all,
    toggle(id, range) {
      const from = range && anchor !== null ? ids.indexOf(anchor) : -1;
      const to = ids.indexOf(id);
      setAnchor(id);
      if (from >= 0 && to >= 0) {
        setMarked(new Set([...chosen, ...ids.slice(Math.min(from, to), Math.max(from, to) + 1)]));
        return;
      }
      const next = new Set(chosen);
      if (!next.delete(id)) next.add(id);
      setMarked(next);
    },
    toggleAll: () => setMarked(all ? new Set() : new Set(ids)),
    clear: () => setMarked(new Set()),
  };
}
