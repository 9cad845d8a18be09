import { type RefObject, useLayoutEffect, useState } from 'react';

/** How wide an element is, in rem, so that larger text leaves less room; null until it is drawn. */
export function useWidth(element: RefObject<HTMLElement | null>): number | null {
  const [rem, setRem] = useState<number | null>(null);
  useLayoutEffect(() => {
    const watched = element.current;
    if (!watched) return;
    const measure = () => {
      const text = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      setRem(Math.floor(watched.clientWidth / text));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return rem;
}
