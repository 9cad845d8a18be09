import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterView } from '../../src/shared/views/cluster-views.ts';
import { byHandThere, type NodeByHand, takeIn } from './cluster-cli.ts';
import { Namespaces } from './namespaces.ts';
import { type NodeChild, startNode } from './node-child.ts';
import { until } from './until.ts';

interface Host extends NodeByHand {
  readonly number: number;
  child: NodeChild;
}

/** Several computers on one switch, each with a real node program on it. They are numbered from 1, as their addresses are. */
export class ClusterHosts {
  readonly network: Namespaces;
  readonly #hosts: Host[] = [];

  private constructor(network: Namespaces) {
    this.network = network;
  }

  static async make(count: number): Promise<ClusterHosts> {
    const made = new ClusterHosts(await Namespaces.make(count));
    for (let number = 1; number <= count; number++) {
      const prefix = made.network.prefixOf(number);
      const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-'));
      const child = await startNode(folder, { prefix });
      made.#hosts.push({ ...byHandThere(folder, prefix), number, child });
    }
    return made;
  }

  get numbers(): number[] {
    return this.#hosts.map(({ number }) => number);
  }

  /** Works the node from the command line, as a person there would. */
  hand(number: number): NodeByHand {
    return this.#host(number);
  }

  child(number: number): NodeChild {
    return this.#host(number).child;
  }

  id(number: number): string {
    return this.child(number).node;
  }

  isUp(number: number): boolean {
    const { exitCode, signalCode } = this.child(number).process;
    return exitCode === null && signalCode === null;
  }

  /** Starts the program again that was killed. */
  async restart(number: number): Promise<void> {
    const host = this.#host(number);
    host.child = await startNode(host.dataDir, { prefix: this.network.prefixOf(number) });
  }

  /** What the node at one computer says of the node at another. */
  async seen(at: number, of: number) {
    return (await this.hand(at).run<ClusterView>('cluster')).nodes.find(({ node }) => node === this.id(of));
  }

  /**
   * The first becomes the hub and takes the others in, as far as that is not so; resolves when all know that all are
   * alive.
   */
  async unite(numbers: readonly number[], flags?: string): Promise<void> {
    const [hub = 1, ...others] = numbers;
    const { cluster } = await this.hand(hub).run<ClusterView>('cluster');
    if (!cluster) await this.hand(hub).run(`cluster create Home${flags ? ` ${flags}` : ''}`);
    for (const other of others)
      if (!(await this.seen(hub, other)))
        await takeIn(this.hand(hub), this.hand(other), this.network.address(hub), flags);
    await this.untilAllAlive(numbers);
  }

  async untilAllAlive(numbers: readonly number[], withinMs = 60_000): Promise<void> {
    for (const at of numbers)
      await until(async () => {
        const { nodes } = await this.hand(at).run<ClusterView>('cluster');
        return nodes.filter(({ state }) => state === 'alive').length === numbers.length;
      }, withinMs);
  }

  /** Loads a manifest on one of them, and starts it. */
  async create(number: number, manifest: string): Promise<void> {
    const path = join(this.#host(number).dataDir, 'made.agent');
    writeFileSync(path, manifest);
    await this.hand(number).run(`load ${path} --start`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map(({ child }) => child.kill()));
    await this.network.remove();
    for (const { dataDir } of this.#hosts) rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }

  #host(number: number): Host {
    const found = this.#hosts[number - 1];
    if (found) return found;
    throw new Error(`there is no computer ${number}`);
  }
}
