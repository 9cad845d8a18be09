import { useLayoutEffect, useState } from 'react';
import { useWorkspace } from '../stores/workspace-store.ts';

/** Height of a list row in pixels, from the style sheet: it follows density and text size. `lines` of text per row. */
export function useRowHeight(lines: 1 | 2 = 1): number {
  const density = useWorkspace((state) => state.appearance.density);
  const textSize = useWorkspace((state) => state.appearance.textSize);
  const [height, setHeight] = useState(44);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the style sheet answers differently after each of them changed
  useLayoutEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const rem = Number.parseFloat(style.fontSize);
    const row = Number.parseFloat(style.getPropertyValue('--row')) * rem;
    setHeight(Math.round(lines === 2 ? Math.max(row, 2.6 * rem) + 0.5 * rem : row));
  }, [density, textSize, lines]);
  return height;
}
