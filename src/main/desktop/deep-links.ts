import { resolve } from 'node:path';
import { installPlace, longestInstallLink } from '../../shared/install-link.ts';
import { readPairingLink } from '../../shared/pairing-link.ts';

export const linkScheme = 'agentruntime';

/**
 * Where in the window a link leads: `agentruntime://agent/digest/runs/run_1` is the route `/agents/digest/runs/run_1`.
 * A link only ever shows something; it cannot do anything. Null for what is no such link.
 */
export function routeOf(link: string): string | null {
  if (link.length > longestInstallLink || !URL.canParse(link)) return null;
  const url = new URL(link);
  if (url.protocol !== `${linkScheme}:`) return null;
  // The form that it opens reads it by the rules for strangers, and asks.
  if (`${url.host}${url.pathname}`.replace(/^\/+|\/+$/g, '') === installPlace)
    return `/tools/install?link=${encodeURIComponent(link)}`;
  if (link.length > 1_000) return null;
  if (readPairingLink(link)) return `/cluster?join=${encodeURIComponent(link)}`;
  const path = `/${url.host}${url.pathname}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  // A link names one agent; the screen it is on is that of all agents.
  const route = path.replace(/^\/agent(?=\/)/, '/agents');
  return /^[A-Za-z0-9._~%/-]*$/.test(route) ? route : null;
}

/** What another start of the app, or the system, asked for on its command line. */
export interface LaunchWish {
  route: string | null;
  /** A `.agent` file to be opened, as an absolute path. */
  manifest: string | null;
  /** Whether the app is to start without a window, as it does at login. */
  isHidden: boolean;
}

export function launchWish(argv: readonly string[], workingDir: string): LaunchWish {
  const words = argv.slice(1);
  const manifest = words.find((word) => word.endsWith('.agent') && !word.startsWith('-') && !routeOf(word));
  return {
    route: words.map(routeOf).find((route) => route !== null) ?? null,
    manifest: manifest ? resolve(workingDir, manifest) : null,
    isHidden: words.includes('--hidden'),
  };
}
