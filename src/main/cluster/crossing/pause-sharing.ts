import { toWire } from '../../../shared/errors.ts';
import type { Peers } from '../peers.ts';
import type { LocalNode } from './local-node.ts';
import type { Roster } from './roster.ts';

export interface PauseSharingParts {
  readonly peers: Peers;
  readonly roster: Roster;
  readonly local: Pick<LocalNode, 'pauses' | 'log'>;
}

/**
 * Pause windows belong to the cluster: an agent rests in them wherever it lives. Nodes tell each other in their rosters
 * what they keep comes to, and where that differs, both take in what the other has.
 */
export class PauseSharing {
  readonly #parts: PauseSharingParts;
  readonly #undo: (() => void)[];
  /** Nodes that are being asked. */
  readonly #asked = new Set<string>();

  constructor(parts: PauseSharingParts) {
    this.#parts = parts;
    const { peers, roster, local } = parts;
    this.#undo = [
      peers.answer('pauses.merge', 'member', async ({ from, body }) => {
        await local.pauses.merge(body, from);
        return local.pauses.kept;
      }),
      roster.onChange((node) => void this.#compare(node)),
    ];
  }

  close(): void {
    for (const undo of this.#undo) undo();
  }

  async #compare(node: string): Promise<void> {
    const { peers, roster, local } = this.#parts;
    const { pauses } = local;
    const theirs = roster.nodes().get(node)?.pauses;
    // A node of an earlier version says nothing of them.
    if (theirs === undefined || theirs === pauses.digest || this.#asked.has(node)) return;
    this.#asked.add(node);
    try {
      await pauses.merge(await peers.ask(node, 'pauses.merge', pauses.kept), node);
    } catch (thrown) {
      const { code } = toWire(thrown);
      if (!code.startsWith('PEER_')) local.log('warn', 'pause windows could not be compared', { node, code });
    } finally {
      this.#asked.delete(node);
    }
  }
}
