import { fromWire, RuntimeError } from '../../shared/errors.ts';

const key = 'agent-runtime.session';

/** A page's way in: a token that lives as long as its tab, got for the one-time code in the address. */
export interface Session {
  token(): string | null;
  end(): void;
}

/** The one-time code of an address such as `#code=…`; a screen may follow it: `#code=…&to=/agents`. */
export function codeIn(hash: string): { code: string | null; to: string } {
  const fragment = new URLSearchParams(hash.replace(/^#/, ''));
  return { code: fragment.get('code'), to: fragment.get('to') ?? '' };
}

/** Takes the code out of the address bar, exchanges it, and keeps the token for this tab only. */
export async function openSession(page: Window): Promise<Session> {
  const { code, to } = codeIn(page.location.hash);
  let token = page.sessionStorage.getItem(key);
  if (code) {
    page.history.replaceState(null, '', `${page.location.pathname}#${to}`);
    token = await exchange(page, code);
    page.sessionStorage.setItem(key, token);
  }
  return {
    token: () => token,
    end: () => {
      token = null;
      page.sessionStorage.removeItem(key);
    },
  };
}

async function exchange(page: Window, code: string): Promise<string> {
  const reply = await page.fetch('/api/v1/session', {
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
