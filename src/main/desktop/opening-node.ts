import { clientOf, type RuntimeClient } from '../../shared/api.ts';
import { fromWire } from '../../shared/errors.ts';
import type { WindowNode } from '../transport/window-node.ts';

/** A node that is still being opened, usable at once: calls wait for it, and so do watches. */
export function openingNode(opening: Promise<WindowNode>): WindowNode {
  return {
    call: async (name, input) => (await opening).call(name, input),
    watch(after, listener) {
      let end: (() => void) | null = null;
      let isEnded = false;
      opening.then(
        (node) => {
          if (!isEnded) end = node.watch(after, listener);
        },
        // Whoever opens the node tells the person why it could not be.
        () => {},
      );
      return () => {
        isEnded = true;
        end?.();
      };
    },
  };
}

/** The operations of a node as functions that throw. */
export function runtimeOf(node: WindowNode): RuntimeClient {
  return clientOf(async (name, input) => {
    const reply = await node.call(name, input);
    if (!reply.ok) throw fromWire(reply.error);
    return reply.value;
  });
}
