import type { Scope } from '../../shared/api.ts';
import { fromWire, RuntimeError } from '../../shared/errors.ts';

const tabKey = 'agent-runtime.session';
/** A phone forgets its tabs: what a device was let in with is kept until the node says that it holds no longer. */
const deviceKey = 'agent-runtime.device';
const path = '/api/v1/session';

/** A page's way in: a token that lives as long as its tab, or as long as a paired device is let in. */
export interface Session {
  token(): string | null;
  end(): void;
}

/** What a node says of a session. `device` is null for windows on the computer of the node. */
export interface Standing {
  state: 'waiting' | 'active';
  scope: Scope;
  device: { name: string; words: string[] } | null;
}

/** The one-time code of an address such as `#code=…`, or of a device, `#pair=…`; a screen may follow it: `#code=…&to=/agents`. */
export function codeIn(hash: string): { code: string | null; pair: string | null; to: string } {
  const fragment = new URLSearchParams(hash.replace(/^#/, ''));
  return { code: fragment.get('code'), pair: fragment.get('pair'), to: fragment.get('to') ?? '' };
}

/** Takes the code out of the address bar, exchanges it, and keeps the token: of a login for this tab, of a device for good. */
export async function openSession(page: Window): Promise<Session> {
  const { code, pair, to } = codeIn(page.location.hash);
  let token = page.sessionStorage.getItem(tabKey) ?? page.localStorage.getItem(deviceKey);
  if (code !== null || pair !== null) {
    page.history.replaceState(null, '', `${page.location.pathname}#${to}`);
    token = await exchange(page, code ?? pair ?? '');
    if (code !== null) page.sessionStorage.setItem(tabKey, token);
    else page.localStorage.setItem(deviceKey, token);
  }
  return {
    token: () => token,
    end: () => {
      token = null;
      page.sessionStorage.removeItem(tabKey);
      page.localStorage.removeItem(deviceKey);
    },
  };
}

/** Ends the session at the node; the token opens nothing from then on. @throws RuntimeError where the node does not answer */
export async function endStanding(page: Window, token: string | null): Promise<void> {
  const headers = { authorization: `Bearer ${token ?? ''}` };
  const reply = await page.fetch(path, { method: 'DELETE', headers, cache: 'no-store' }).catch(() => null);
  if (!reply) throw new RuntimeError('NODE_UNREACHABLE', 'The node does not answer, so it still lets this device in.');
  // A session that had ended before is what was wanted.
  if (!reply.ok && reply.status !== 401) throw fromWire(await reply.json().catch(() => null));
}

/** What the node says of a token, or of a page without one. @throws RuntimeError such as `DEVICE_UNKNOWN` */
export async function askStanding(page: Window, token: string | null): Promise<Standing> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const reply = await page.fetch(path, { headers, cache: 'no-store' });
  const body: unknown = await reply.json().catch(() => null);
  if (!reply.ok) throw fromWire(body);
  return body as Standing;
}

async function exchange(page: Window, code: string): Promise<string> {
  const reply = await page.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const body: unknown = await reply.json().catch(() => null);
  if (!reply.ok) throw fromWire(body);
  const token = (body as { token?: unknown } | null)?.token;
  if (typeof token === 'string') return token;
  throw new RuntimeError('LOGIN_CODE_INVALID', 'The node gave no session for this address.');
}
