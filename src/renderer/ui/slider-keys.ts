import type { KeyboardEvent } from 'react';

interface Steps {
  /** Where the handle is. */
  at: number;
  step: number;
  largeStep: number;
  first: number;
  last: number;
}

/** Where a key takes the handle of a slider, which may be beyond its ends; null: the key is none of its own. */
export function placeByKey(
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  { at, step, largeStep, first, last }: Steps,
): number | null {
  const by = shiftKey ? largeStep : step;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - by;
    case 'ArrowRight':
    case 'ArrowUp':
      return at + by;
    case 'PageDown':
      return at - largeStep;
    case 'PageUp':
      return at + largeStep;
    case 'Home':
      return first;
    case 'End':
      return last;
    default:
      return null;
  }
}
