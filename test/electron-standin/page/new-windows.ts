import type { PageScope } from './bridge-end.ts';

interface Link {
  href: string;
  target: string;
}

/**
 * Keeps a page from opening windows, which only the app may allow: `window.open` gives null, as it does where Electron
 * denies it, and links to new windows do nothing but ask. To let Chromium open a window and close it again is no way,
 * since a page that is closed while DevTools holds it can stop its opener. Put into pages as source text.
 */
export function askForNewWindows(page: PageScope, ask: (url: string) => void): void {
  const absolute = (url: unknown) =>
    new URL(String(url ?? ''), (page as unknown as { location: Link }).location.href).href;
  Object.assign(page, {
    open: (url?: unknown) => {
      ask(absolute(url));
      return null;
    },
  });
  const askForLink = (event: Event) => {
    const path = event.composedPath() as Partial<Link>[];
    const link = path.find((element) => element.href !== undefined && element.target !== undefined);
    const keys = event as Event & { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; button: number };
    const isNew = link?.target === '_blank' || keys.ctrlKey || keys.metaKey || keys.shiftKey || keys.button === 1;
    if (!link?.href || !isNew) return;
    event.preventDefault();
    ask(absolute(link.href));
  };
  page.addEventListener('click', askForLink);
  page.addEventListener('auxclick', askForLink);
}
