import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RuntimeError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import { readToken } from '../transport/access/token-store.ts';
import { defaultDataDir } from '../transport/data-dir.ts';
import { readNodeFile } from '../transport/node-file.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** Where the command line says that the node is. */
export interface NodePlace {
  dataDir: string;
  url: string | undefined;
  token: string | undefined;
}

export function placeOf(flags: Record<string, string | undefined>, terminal: Terminal): NodePlace {
  const dataDir = flags['data-dir'] ?? defaultDataDir(terminal.env, terminal.platform, terminal.home);
  return {
    dataDir: resolve(terminal.cwd, dataDir),
    url: flags['url'] ?? (flags['data-dir'] === undefined ? terminal.env['AGENT_RUNTIME_URL'] : undefined),
    token: flags['token'] ?? terminal.env['AGENT_RUNTIME_TOKEN'],
  };
}

/**
 * The address of the node and the token for it. The token of the data folder is for this computer: to an address
 * elsewhere it is never sent.
 * @throws RuntimeError `NODE_UNREACHABLE` where no node runs. @throws UsageError
 */
export function findNode(place: NodePlace): { url: string; token: string } {
  const running = place.url === undefined ? readNodeFile(place.dataDir) : undefined;
  const url = place.url ?? running?.url;
  if (url === undefined) {
    const message = `No node runs on ${place.dataDir}: start one with "npm start" or "npm run headless", or name another with --url or --data-dir.`;
    throw new RuntimeError('NODE_UNREACHABLE', message, { dataDir: place.dataDir });
  }
  if (place.token !== undefined) return { url, token: place.token };
  if (!URL.canParse(url) || !isLoopbackHost(new URL(url).hostname))
    throw new UsageError(`${url} is not on this computer: give its token with --token.`);
  const file = join(place.dataDir, 'token');
  if (!existsSync(file)) throw new UsageError(`There is no token in ${place.dataDir}: give one with --token.`);
  return { url, token: readToken(file) };
}
