import type { BranchDetail, BranchView } from '../../src/shared/crossing-views.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { JournalEntryView } from '../../src/shared/views.ts';
import type { ClusterHosts } from './cluster-hosts.ts';
import { Door } from './door.ts';
import type { SeenEffect } from './effect-audit.ts';

const usualTimeoutMs = 10_000;

/** Doors into all computers of a cluster, with one book of all effects: what stands outside of its nodes. */
export class ClusterDoors {
  /** In the order in which they were heard. */
  readonly effects: SeenEffect[] = [];
  readonly #hosts: ClusterHosts;
  readonly #doors = new Map<number, Door>();

  private constructor(hosts: ClusterHosts) {
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

  /** Calls the API of a node from its own computer; an answer of any status. @throws when there was none. */
  async call<T>(
    node: number,
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, timeoutMs = usualTimeoutMs }: { headers?: Record<string, string>; timeoutMs?: number } = {},
  ): Promise<{ status: number; body: T }> {
    const { url, token } = this.#hosts.child(node);
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await (this.#doors.get(node) as Door).ask({
      url: `${url}${path.startsWith('/hooks') ? '' : '/api/v1'}${path}`,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      timeoutMs,
      ...text,
    });
    return { status: answer.status, body: (answer.body ? JSON.parse(answer.body) : null) as T };
  }

  /** As `call`, where nothing but a yes will do. @throws RuntimeError with what the node said. */
  async get<T>(node: number, path: string): Promise<T> {
    const { status, body } = await this.call<T>(node, 'GET', path);
    if (status === 200) return body;
    throw new RuntimeError('INTERNAL', `GET ${path} at node ${node}: ${status} ${JSON.stringify(body)}`);
  }

  /** The whole journal of a process that lives at that node. */
  async journal(node: number, process: string): Promise<JournalEntryView[]> {
    const entries: JournalEntryView[] = [];
    for (let after = 0; ; ) {
      const { items } = await this.get<{ items: JournalEntryView[] }>(
        node,
        `/processes/${process}/journal?limit=1000&after=${after}`,
      );
      entries.push(...items);
      if (items.length < 1_000) return entries;
      after = items.at(-1)?.seq ?? after;
    }
  }

  /** What old owners wrote alone, as that node keeps it. */
  async branches(node: number): Promise<BranchDetail[]> {
    const { items } = await this.get<{ items: BranchView[] }>(node, '/branches');
    return Promise.all(items.map(({ id }) => this.get<BranchDetail>(node, `/branches/${id}`)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#doors.values()].map((door) => door.close()));
  }
}
