import type { Home } from './homes.ts';
import type { Roster } from './roster.ts';

export interface Whereabouts {
  readonly process: string;
  /** It is being taken up here, or nobody has said yet whose it is. */
  readonly isTaken: boolean;
  /** Where it was given to. */
  readonly place?: Pick<Home, 'place' | 'node'>;
  readonly roster: Pick<Roster, 'whereIs' | 'unheard' | 'isFresh'>;
}

/** Why a process may be somewhere although nobody who was asked has it; null: nothing says that there is one. */
export function whereaboutsOf({ process, isTaken, place, roster }: Whereabouts): string | null {
  if (isTaken) return 'it is being taken up here';
  if (place?.place === 'leaving') return `it is on its way to node ${place.node}`;
  const heard = roster.whereIs(process);
  if (heard) return `it was last heard of on node ${heard.node}`;
  const { node } = place ?? {};
  // A node that is heard and does not name it has it no more.
  if (place?.place === 'elsewhere' && node && !roster.isFresh(node)) return `it went to node ${node}`;
  const [unheard] = roster.unheard();
  return unheard === undefined ? null : `node ${unheard} has not said yet what lives on it`;
}
