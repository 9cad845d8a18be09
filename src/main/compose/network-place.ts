import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { NetworkChanges, NetworkPlace } from '../../shared/operations/network-operations.ts';
import { replacePrivateFile } from '../store/private-file.ts';
import type { NodeOptions } from './node-options.ts';

const Kept = z.object({
  port: z.int().min(1_024).max(65_535).nullable().catch(null),
  hosts: z.array(z.string()).catch([]),
});
type Kept = z.infer<typeof Kept>;

export interface Network extends NetworkPlace {
  /** What a start goes by: what it is given, else what is kept. `isKept`: another port may be taken in its place. */
  readonly start: { port: number | undefined; isKept: boolean; hosts: readonly string[] };
}

/** What is kept in `network.json` of the data folder. What cannot be read is taken as not set. */
export function openNetwork(
  dataDir: string,
  { port: givenPort, hosts: givenHosts = [] }: Pick<NodeOptions, 'port' | 'hosts'>,
  running: () => number | null,
  tokenFile: () => string,
): Network {
  const path = join(dataDir, 'network.json');
  const atStart = read(path);
  let kept = atStart;
  const start = {
    port: givenPort ?? atStart.port ?? undefined,
    isKept: givenPort === undefined && atStart.port !== null,
    hosts: [...new Set([...givenHosts, ...atStart.hosts])],
  };
  return {
    start,
    view: () => ({
      address: '127.0.0.1',
      port: running(),
      savedPort: kept.port,
      givenPort: givenPort ?? null,
      hosts: [...start.hosts],
      savedHosts: [...kept.hosts],
      givenHosts: [...givenHosts],
      tokenFile: tokenFile(),
      restartNeeded:
        (givenPort === undefined && kept.port !== atStart.port) || kept.hosts.join() !== atStart.hosts.join(),
    }),
    change({ port, hosts }: NetworkChanges) {
      kept = { port: port === undefined ? kept.port : port, hosts: hosts ? [...new Set(hosts)] : kept.hosts };
      replacePrivateFile(path, `${JSON.stringify(kept)}\n`);
    },
  };
}

function read(path: string): Kept {
  try {
    return Kept.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { port: null, hosts: [] };
  }
}
