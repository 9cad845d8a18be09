import type { Node } from '../../src/main/compose/node-options.ts';
import { openNode } from '../../src/main/compose/open-node.ts';
import { clientOf, type RuntimeClient } from '../../src/shared/api.ts';
import { RuntimeError } from '../../src/shared/errors.ts';

/** A node with a data folder of its own, which can be started again. */
export class SharedNode {
  readonly folder: string;
  #node: Node | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  get isUp(): boolean {
    return this.#node !== undefined;
  }

  get id(): string {
    return this.#open.runtime.nodeId;
  }

  get url(): string {
    return this.#open.url;
  }

  get client(): RuntimeClient {
    const node = this.#open;
    return clientOf(async (name, input) => {
      const answer = await node.call(name, input);
      if ('error' in answer) throw new RuntimeError(answer.error.code, answer.error.message, answer.error.details);
      return answer.value;
    });
  }

  async start(): Promise<void> {
    this.#node = await openNode({ dataDir: this.folder, port: 0, logLevel: 'error' });
  }

  async close(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    await node?.close();
  }

  has(process: string): boolean {
    return this.#node?.runtime.list().some(({ name }) => name === process) ?? false;
  }

  get #open(): Node {
    if (this.#node) return this.#node;
    throw new RuntimeError('NODE_CLOSING', 'The node is not up.');
  }
}

/** An agent that notes each number it is woken with. */
export function noting(name: string, failover: 'manual' | 'auto' = 'auto') {
  return {
    version: '1.0',
    name,
    model: 'script',
    script: `export default async function run(event, agent) {
      await agent.context.set('seen', [...(agent.context.get('seen') ?? []), event.payload.n]);
      return 'seen';
    }`,
    placement: { failover },
  };
}
