import { useMemo, useSyncExternalStore } from 'react';

/** Where the window is, as its address says it: `#/agents/watcher/runs/run_1?state=failed`. */
export interface Route {
  /** Decoded parts of the path; the first names the screen. */
  parts: string[];
  query: Record<string, string>;
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter(Boolean).map(decoded);
  return { parts: parts.length > 0 ? parts : ['now'], query: Object.fromEntries(new URLSearchParams(search)) };
}

export function hrefOf(parts: readonly string[], query: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams(
    Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1])),
  );
  return `#/${parts.map(encodeURIComponent).join('/')}${search.size > 0 ? `?${search}` : ''}`;
}

export const hrefs = {
  agent: (name: string, tab?: string) => hrefOf(tab ? ['agents', name, tab] : ['agents', name]),
  run: (name: string, id: string) => hrefOf(['agents', name, 'runs', id]),
  runs: (query: Record<string, string | undefined> = {}) => hrefOf(['runs'], query),
  inbox: (id?: string) => hrefOf(id ? ['inbox', id] : ['inbox']),
};

export function navigate(href: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') {
    window.location.hash = href;
    return;
  }
  window.history.replaceState(null, '', href);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(onHashChange, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
