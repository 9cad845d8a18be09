import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClusterView, PairingView } from '../../src/shared/views/cluster-views.ts';
import { cli } from './cli.ts';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../../src/main/cli/cli.ts', import.meta.url));

/** A node that runs, worked from the command line as a person would. */
export interface NodeByHand {
  dataDir: string;
  /** The answer as JSON. @throws what the command line says when it refuses. */
  run<T>(line: string): Promise<T>;
}

export function byHand(dataDir: string): NodeByHand {
  return {
    dataDir,
    async run<T>(line: string): Promise<T> {
      const { code, out, err } = await cli([...line.split(' '), '--data-dir', dataDir, '--json']);
      if (code !== 0) throw new Error(`agent-runtime ${line}: ${err}`);
      return JSON.parse(out) as T;
    },
  };
}

/** The same on another computer, where what `prefix` begins with runs. */
export function byHandThere(dataDir: string, prefix: readonly string[]): NodeByHand {
  const [program = '', ...rest] = [...prefix, process.execPath, entry];
  return {
    dataDir,
    async run<T>(line: string): Promise<T> {
      const args = [...rest, ...line.split(' '), '--data-dir', dataDir, '--json'];
      const { stdout } = await run(program, args, { maxBuffer: 16 * 1024 * 1024 });
      return JSON.parse(stdout) as T;
    },
  };
}

/** Takes a node into the cluster of a hub, with two people who compare the words. */
export async function takeIn(hub: NodeByHand, node: NodeByHand, host = '127.0.0.1', flags = '--port 0'): Promise<void> {
  const { port } = await hub.run<ClusterView>('cluster');
  const { code } = await hub.run<{ code: string }>('cluster code');
  const asked = await node.run<PairingView>(`cluster join ${host}:${port} ${code} ${flags}`);
  const shown = (await hub.run<ClusterView>('cluster')).pairings.find(({ state }) => state === 'compare');
  if (!shown || shown.words.join() !== asked.words.join()) throw new Error('the words on the two screens differ');
  await node.run(`cluster confirm ${asked.id}`);
  await hub.run(`cluster confirm ${shown.id}`);
}
