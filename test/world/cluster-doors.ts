import type { ClusterHosts } from './cluster-hosts.ts';
import { Door } from './door.ts';
import { type AskOptions, Outside, requestTo, usualTimeoutMs } from './outside.ts';

/** Doors into all computers of a cluster. */
export class ClusterDoors extends Outside {
  readonly address = Door.address;
  readonly #hosts: ClusterHosts;
  readonly #doors = new Map<number, Door>();

  private constructor(hosts: ClusterHosts) {
    super();
    this.#hosts = hosts;
  }

  static async open(hosts: ClusterHosts): Promise<ClusterDoors> {
    const doors = new ClusterDoors(hosts);
    for (const node of hosts.numbers) {
      const door = await Door.open(hosts.network.prefixOf(node), ({ at, key, body }) =>
        doors.effects.push({ node, at, key, what: (JSON.parse(body) as { what: string }).what }),
      );
      doors.#doors.set(node, door);
    }
    return doors;
  }

  get numbers(): readonly number[] {
    return this.#hosts.numbers;
  }

  /** From the computer that the node is on. */
  async call<T>(
    node: number,
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, timeoutMs = usualTimeoutMs }: AskOptions = {},
  ): Promise<{ status: number; body: T }> {
    const request = requestTo(this.#hosts.child(node), path, body, headers);
    const answer = await (this.#doors.get(node) as Door).ask({ ...request, method, timeoutMs });
    return { status: answer.status, body: (answer.body ? JSON.parse(answer.body) : null) as T };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#doors.values()].map((door) => door.close()));
  }
}
