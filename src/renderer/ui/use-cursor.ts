import { type RefObject, useCallback, useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import type { VirtualRowsRef } from './virtual-rows.tsx';

export interface Cursor {
  /** Id of the row that keys act on. */
  current: string | null;
  setCurrent: (id: string | null) => void;
}

/** J, K and the arrows move through a list; the row they are at has the focus. */
export function useCursor(ids: readonly string[], list: RefObject<VirtualRowsRef | null>): Cursor {
  const [current, setCurrent] = useState<string | null>(null);
  const move = useCallback(
    (by: number) => {
      if (ids.length === 0) return;
      const at = current === null ? -1 : ids.indexOf(current);
      const next = Math.min(ids.length - 1, Math.max(0, at < 0 ? 0 : at + by));
      setCurrent(ids[next] ?? null);
      list.current?.focusRow(next);
    },
    [ids, current, list],
  );
  useShortcuts({ down: () => move(1), up: () => move(-1) });
  return { current, setCurrent };
}
