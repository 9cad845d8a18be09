import type { Leases } from './leases.ts';

/** The leases of the hub: this node's own where it is the hub, asked each time since that may change. */
export function leasesHereOrThere(here: Leases, there: Leases, isHub: () => boolean): Leases {
  const now = () => (isHub() ? here : there);
  return {
    acquire: (holder, wishes) => now().acquire(holder, wishes),
    renew: (holder, held) => now().renew(holder, held),
    release: (holder, process, epoch, to) => now().release(holder, process, epoch, to),
    force: (holder, wish) => now().force(holder, wish),
    evict: (node) => now().evict(node),
    forget: (holder, process, epoch) => now().forget(holder, process, epoch),
    list: () => now().list(),
  };
}
