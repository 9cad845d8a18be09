import { useEffect, useSyncExternalStore } from 'react';
import { useWorkspace } from '../stores/workspace-store.ts';

/** Puts the person's choices on the page, where the style sheets read them. True: the page is dark. */
export function useAppearance(): boolean {
  const { theme, density, motion, textSize, contrast } = useWorkspace((state) => state.appearance);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const systemStill = useMedia('(prefers-reduced-motion: reduce)');
  const systemContrast = useMedia('(prefers-contrast: more)');
  const dark = theme === 'dark' || (theme === 'system' && systemDark);
  useEffect(() => {
    const { dataset, style } = document.documentElement;
    dataset['theme'] = dark ? 'dark' : 'light';
    style.colorScheme = dark ? 'dark' : 'light';
    dataset['density'] = density;
    dataset['text'] = textSize;
    dataset['motion'] = motion === 'reduce' || (motion === 'system' && systemStill) ? 'reduce' : 'full';
    dataset['contrast'] = contrast === 'more' || systemContrast ? 'more' : 'normal';
  }, [dark, density, textSize, motion, systemStill, contrast, systemContrast]);
  return dark;
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => window.matchMedia(query).matches,
  );
}
