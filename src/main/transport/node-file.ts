import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from '../lib/child.ts';
import { checkPrivate, replacePrivateFile } from '../store/private-file.ts';

/** How clients on this computer find the node of a data folder: it says in `node.json` where it listens. */
export const NodeFile = z.object({ url: z.url(), pid: z.int().positive(), node: z.string(), version: z.string() });
export type NodeFile = z.infer<typeof NodeFile>;

export function writeNodeFile(dataDir: string, node: NodeFile): void {
  replacePrivateFile(pathOf(dataDir), `${JSON.stringify(node)}\n`);
}

export function removeNodeFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/**
 * The node that runs on this data folder; undefined where there is none. A file that a crash left behind does not count:
 * its port may belong to another program by now, which must not be sent the token.
 */
export function readNodeFile(dataDir: string): NodeFile | undefined {
  let node: NodeFile;
  try {
    checkPrivate(pathOf(dataDir));
    node = NodeFile.parse(JSON.parse(readFileSync(pathOf(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
  return isAlive(node.pid) ? node : undefined;
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'node.json');
}
