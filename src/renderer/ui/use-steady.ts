import { useRef, useState } from 'react';

interface Steady {
  shown: readonly string[];
  /** For the element around the list. */
  over: { onPointerEnter: () => void; onPointerLeave: () => void };
}

/** A short list as it was when the pointer came, for as long as it is over it: nothing moves away under it. */
export function useSteady(fresh: readonly string[]): Steady {
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const latest = useRef(fresh);
  latest.current = fresh;
  return {
    shown: held ?? fresh,
    over: { onPointerEnter: () => setHeld(latest.current), onPointerLeave: () => setHeld(null) },
  };
}
