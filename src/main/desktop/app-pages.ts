import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';

export const pagesOrigin = 'app://agent-runtime';

/** To be registered before Electron is ready; `standard` gives pages an origin, `secure` what only secure pages may do. */
export const appScheme: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

/**
 * What our pages may load and do. Inline styles are allowed since CodeMirror, the toasts and the dialogs' scroll lock
 * add style elements of their own; a style can neither run code nor, with these sources, send anything away.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** The path of each page's file → the file. Made once: what is not here is not served, whatever a URL says. */
export function pageFiles(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const served = paths.filter((path) => extname(path) in contentTypes);
  const files = new Map(served.map((path) => [`/${relative(folder, path).split(sep).join('/')}`, path]));
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  return files;
}

/** Answers requests for our pages; every answer carries the policy. */
export function servePages(protocol: Protocol, files: ReadonlyMap<string, string>): void {
  protocol.handle(appScheme.scheme, async (request) => {
    const url = new URL(request.url);
    const file = url.host === new URL(pagesOrigin).host ? files.get(url.pathname) : undefined;
    if (!file) return new Response('There is no such page.', { status: 404, headers: headersOf('.txt') });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Pages can only be read.', {
        status: 405,
        headers: { ...headersOf('.txt'), allow: 'GET, HEAD' },
      });
    }
    const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file));
    return new Response(body, { headers: headersOf(extname(file)) });
  });
}

function headersOf(extension: string): Record<string, string> {
  return {
    'content-type': contentTypes[extension] ?? 'text/plain; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  };
}
