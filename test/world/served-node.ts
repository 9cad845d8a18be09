import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/main/lib/clock.ts';
import { TokenStore } from '../../src/main/transport/access/token-store.ts';
import { HttpServer } from '../../src/main/transport/http/http-server.ts';
import type { Served } from '../../src/main/transport/http/served.ts';
import { served } from './recorded-runtime.ts';

export interface ServedNode {
  server: HttpServer;
  tokens: TokenStore;
  token: string;
  url: string;
  dataDir: string;
  /** What went to the log instead of out. */
  faults: { errorId: string; thrown: unknown }[];
  close(): Promise<void>;
}

/** A real HTTP server on free ports of this computer, with a data folder of its own. */
export async function servedNode(
  parts: Partial<Served> = {},
  options: { windowDir?: string; hosts?: string[]; port?: number; dataDir?: string; headersMs?: number } = {},
): Promise<ServedNode> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'agent-runtime-')));
  const faults: ServedNode['faults'] = [];
  const tokens = new TokenStore(dataDir, systemClock);
  const server = new HttpServer({
    served: served(parts),
    tokens,
    clock: systemClock,
    log: (errorId, thrown) => faults.push({ errorId, thrown }),
    windowDir: options.windowDir ?? null,
    ...(options.hosts ? { hosts: options.hosts } : {}),
    ...(options.headersMs ? { headersMs: options.headersMs } : {}),
  });
  await server.listen(options.port ?? 0);
  return {
    server,
    tokens,
    token: tokens.read(),
    url: server.url,
    dataDir,
    faults,
    async close() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
