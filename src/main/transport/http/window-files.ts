import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';

export const windowTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

export const windowHeaders: Record<string, string> = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

/**
 * The built window, from a map made once: what is not in the map does not exist, so no path that a request brings is
 * ever given to the file system. Source maps stay at home.
 */
export class WindowFiles {
  readonly #files: ReadonlyMap<string, string>;

  constructor(folder: string | null) {
    this.#files = new Map(folder === null ? [] : windowFileList(folder));
  }

  /** @throws RuntimeError `ROUTE_NOT_FOUND`, `METHOD_NOT_ALLOWED` */
  serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) throw new RuntimeError('ROUTE_NOT_FOUND', `There is no page ${path} here.`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new RuntimeError('METHOD_NOT_ALLOWED', 'A page can only be read.', { allow: ['GET', 'HEAD'] });
    }
    const body = readFileSync(file);
    // Names below /assets/ hold a hash of what is in them.
    const cache = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
    response.writeHead(200, {
      ...windowHeaders,
      'Content-Type': windowTypes[extname(file)] ?? 'application/octet-stream',
      'Content-Length': body.length,
      'Cache-Control': cache,
    });
    response.end(body);
  }
}

/** The path of each file as a page asks for it, and the file. */
export function windowFileList(folder: string): [string, string][] {
  let names: string[];
  try {
    names = namesIn(folder).filter((name) => extname(name) !== '.map');
  } catch {
    return [];
  }
  const files = names.map((name): [string, string] => [`/${encodeURI(name)}`, join(folder, name)]);
  const index = files.find(([path]) => path === '/index.html');
  return index ? [...files, ['/', index[1]]] : files;
}

/** Folder by folder: within a packed archive, Electron does not list recursively with types. */
function namesIn(folder: string, above = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = `${above}${entry.name}`;
    if (entry.isDirectory()) return namesIn(join(folder, entry.name), `${name}/`);
    return entry.isFile() ? [name] : [];
  });
}
