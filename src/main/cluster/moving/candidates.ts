import type { LocalProcess } from '../../../shared/crossing.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Peers } from '../peers.ts';

/** What is to be known of a process to say whether a node can have it. */
export type Needing = Pick<LocalProcess, 'name' | 'needs' | 'placement'>;

/** Which nodes a process could live on, by their own word. */
export class Candidates {
  readonly #peers: Peers;
  readonly #roster: Roster;
  readonly #local: Pick<LocalNode, 'lacks'>;
  /** What a node said against a process, by node and what that needs. */
  readonly #reasons = new Map<string, readonly string[]>();

  constructor(peers: Peers, roster: Roster, local: Pick<LocalNode, 'lacks'>) {
    this.#peers = peers;
    this.#roster = roster;
    this.#local = local;
  }

  /** What a node says against having the process; nothing: it can. @throws RuntimeError `PEER_UNREACHABLE`. */
  async against(process: Pick<LocalProcess, 'name' | 'needs' | 'placement'>, node: string): Promise<readonly string[]> {
    const { name, needs, placement } = process;
    if (node === this.#peers.self) return this.#local.lacks(needs, placement, name);
    const about = JSON.parse(JSON.stringify({ process: name, needs, placement }));
    return (await this.#peers.ask(node, 'placement.check', about)) as string[];
  }

  /** Nodes that were heard lately and said nothing against it; `onAnswer` when one that was not known has answered. */
  known(process: Needing, onAnswer: () => void): string[] {
    const key = JSON.stringify([process.placement, process.needs]);
    return [...this.#roster.nodes()].flatMap(([node, { isDrained }]) => {
      if (isDrained) return [];
      const reasons = this.#reasons.get(`${node}\n${key}`);
      if (reasons) return reasons.length === 0 ? node : [];
      void this.against(process, node)
        .then((found) => this.#reasons.set(`${node}\n${key}`, found))
        .then(onAnswer)
        .catch(() => {});
      return [];
    });
  }
}

/** Tells other nodes what this one lacks of what a process needs. */
export function answerPlacement(peers: Peers, local: Pick<LocalNode, 'lacks'>, isDrained: () => boolean): () => void {
  return peers.answer('placement.check', 'member', async ({ body }) => {
    const { process, needs, placement } = body as unknown as { process: string } & Pick<
      LocalProcess,
      'needs' | 'placement'
    >;
    const reasons = local.lacks(needs, placement, process);
    return isDrained() ? [...reasons, 'is not to be put on a drained node'] : reasons;
  });
}
