import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';
import { windowHeaders, windowTypes } from '../transport/http/window-files.ts';

export const pagesOrigin = 'app://agent-runtime';

/** To be registered before Electron is ready; `standard` gives pages an origin, `secure` what only secure pages may do. */
export const appScheme: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

/** Answers requests for our pages; what is not in `files` does not exist, and every answer carries the policy. */
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
  const type = windowTypes[extension] ?? 'application/octet-stream';
  return { ...windowHeaders, 'Content-Type': type, 'Cache-Control': 'no-cache' };
}
