import type { LocalProcess } from '../../../shared/crossing.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster } from '../crossing/roster.ts';
import type { Peers } from '../peers.ts';

/** What is to be known of a process to say whether a node can have it. */
export type Needing = Pick<LocalProcess, 'name' | 'needs' | 'placement' | 'carries'>;

/** What a process needs of a node beside some secrets. */
export function withoutSecrets({ needs, placement }: Needing, names: readonly string[]) {
  const isOther = (name: string) => !names.includes(name);
  return {
    needs: { ...needs, secrets: needs.secrets.filter(isOther) },
    placement: { ...placement, secrets: placement.secrets.filter(isOther) },
  };
}

/** After this a node is asked again. */
const freshMs = 30_000;

/** Which nodes a process could live on, by their own word. */
export class Candidates {
  readonly #peers: Peers;
  readonly #roster: Roster;
  readonly #local: Pick<LocalNode, 'lacks'>;
  readonly #clock: Clock;
  readonly #carried: (process: Needing, to: string) => readonly string[];
  /** What a node said against a process, by node and what it needs. */
  readonly #reasons = new Map<string, { reasons: readonly string[]; at: number }>();

  readonly #looking = new Set<string>();

  /** `carried`: names of the secrets that a process would bring along. */
  constructor(
    peers: Peers,
    roster: Roster,
    local: Pick<LocalNode, 'lacks'>,
    clock: Clock,
    carried: (process: Needing, to: string) => readonly string[] = () => [],
  ) {
    this.#carried = carried;
    this.#clock = clock;
    this.#peers = peers;
    this.#roster = roster;
    this.#local = local;
  }

  /**
   * What a node says against having the process, with the secrets that would go along; nothing: it can.
   * @throws RuntimeError `PEER_UNREACHABLE`.
   */
  against(process: Needing, node: string): Promise<readonly string[]> {
    const { name } = process;
    return this.#ask({ name, ...withoutSecrets(process, this.#carried(process, node)) }, node);
  }

  async #ask({ name, needs, placement }: Needing, node: string): Promise<readonly string[]> {
    if (node === this.#peers.self) return this.#local.lacks(needs, placement, name);
    const about = JSON.parse(JSON.stringify({ process: name, needs, placement }));
    return (await this.#peers.ask(node, 'placement.check', about)) as string[];
  }

  /** Nodes that were heard lately and said nothing against it; `onAnswer` when one that was not known has answered. */
  known(process: Needing, onAnswer: () => void): string[] {
    const { name } = process;
    return [...this.#roster.nodes()].flatMap(([node, { isDrained }]) => {
      if (isDrained) return [];
      const about = withoutSecrets(process, this.#carried(process, node));
      const key = JSON.stringify([node, about.placement, about.needs]);
      const known = this.#reasons.get(key);
      if (known === undefined || this.#clock.elapsed() - known.at > freshMs)
        this.#look(key, { ...about, name }, node, onAnswer);
      return known?.reasons.length === 0 ? node : [];
    });
  }

  /** Keys and servers come and go: what is known is used until there is an answer, and asked for anew. */
  #look(key: string, about: Needing, node: string, onAnswer: () => void): void {
    if (this.#looking.has(key)) return;
    this.#looking.add(key);
    const known = this.#reasons.get(key)?.reasons;
    void this.#ask(about, node)
      .then((reasons) => {
        this.#reasons.set(key, { reasons, at: this.#clock.elapsed() });
        if (JSON.stringify(known) !== JSON.stringify(reasons)) onAnswer();
      })
      .catch(() => {})
      .finally(() => this.#looking.delete(key));
  }
}

/** Tells other nodes what this one lacks of what a process needs. */
export function answerPlacement(peers: Peers, local: Pick<LocalNode, 'lacks'>, isDrained: () => boolean): () => void {
  return peers.answer('placement.check', 'member', async ({ body }) => {
    const { process, needs, placement } = body as unknown as { process: string } & Pick<
      LocalProcess,
      'needs' | 'placement'
    >;
    const reasons = await local.lacks(needs, placement, process);
    return isDrained() ? [...reasons, 'is not to be put on a drained node'] : reasons;
  });
}
