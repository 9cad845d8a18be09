import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type NodeChild, startNode } from '../../world/node-child.ts';
import { expect } from './window-test.ts';

const cli = fileURLToPath(new URL('../../../scripts/agent-runtime.mjs', import.meta.url));

/** Another node on a folder of its own, that may be killed and started again. */
export interface SecondNode {
  readonly node: NodeChild;
  restart(): Promise<void>;
  /** Backs it up, stops it, puts the backup in its place and starts it. */
  restore(): Promise<void>;
  end(): Promise<void>;
}

export async function startSecond(): Promise<SecondNode> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-runtime-second-'));
  let node = await startNode(folder);
  return {
    get node() {
      return node;
    },
    async restart() {
      await node.kill();
      node = await startNode(folder);
    },
    async restore() {
      const { body } = await node.call('POST', '/node/backup', {});
      await node.kill('SIGTERM');
      const words = [cli, 'restore', (body as { path: string }).path, '--data-dir', folder];
      await promisify(execFile)(process.execPath, words);
      node = await startNode(folder);
    },
    async end() {
      await node.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type View = { pairings?: { id: string }[]; nodes: { state: string }[] };

/** Pairs the second node with the first one, as two people would do it: `desk`, the hub, and `attic`. */
export async function paired(first: NodeChild, second: NodeChild): Promise<void> {
  await first.call('POST', '/cluster', { name: 'Home', nodeName: 'desk' });
  const { body } = await first.call('POST', '/cluster/pairing-code', {});
  const { code, addresses } = body as { code: string; addresses: string[] };
  const address = `127.0.0.1:${addresses[0]?.split(':').at(-1)}`;
  await second.call('POST', '/cluster/pair', { address, code, nodeName: 'attic' });
  for (const one of [first, second]) {
    const { pairings = [] } = (await one.call('GET', '/cluster')).body as View;
    for (const { id } of pairings) await one.call('POST', `/cluster/pairings/${id}/confirm`, {});
  }
  for (const one of [first, second]) {
    const alive = async () =>
      ((await one.call('GET', '/cluster')).body as View).nodes.filter(({ state }) => state === 'alive').length;
    await expect.poll(alive, { timeout: 30_000 }).toBe(2);
  }
}
