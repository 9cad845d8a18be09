import { createContext, useContext } from 'react';
import type { RuntimeClient } from '../../shared/api.ts';
import { RuntimeError } from '../../shared/errors.ts';

/** Which node of the cluster this window shows, and how to look at another one. */
export interface ShownNode {
  /** Its id; null: the node this window came from. */
  node: string | null;
  choose(node: string | null): void;
  /** The node this window came from, whichever is shown. */
  home: RuntimeClient;
  /** Any node, by its id. */
  clientTo(node: string): RuntimeClient;
}

export const ShownNodeContext = createContext<ShownNode | null>(null);

export function useShownNode(): ShownNode {
  const shown = useContext(ShownNodeContext);
  if (!shown) throw new RuntimeError('INTERNAL', 'A screen was drawn outside of the window.');
  return shown;
}
