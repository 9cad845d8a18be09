import type { Peer, Peers } from './peers.ts';

/** Those that share a database with this node, asked through it, and those that are paired with it, over their links. */
export function peersOfBoth(shared: Peers, linked: Peers): Peers {
  const isShared = (node: string) => shared.list().some((peer) => peer.node === node);
  return {
    self: linked.self,
    list: (): readonly Peer[] => [...shared.list(), ...linked.list().filter(({ node }) => !isShared(node))],
    ask: (node, ...rest) => (isShared(node) ? shared : linked).ask(node, ...rest),
    answer(...about) {
      const undo = [shared.answer(...about), linked.answer(...about)];
      return () => {
        for (const end of undo) end();
      };
    },
    onChange(listener) {
      const undo = [shared.onChange(listener), linked.onChange(listener)];
      return () => {
        for (const end of undo) end();
      };
    },
  };
}
