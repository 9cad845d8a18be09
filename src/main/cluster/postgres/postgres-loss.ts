import type { LeasesView, LossView } from '../../../shared/views/crossing-views.ts';
import { leaseView } from '../leases/lease-views.ts';
import type { LeaseList } from '../leases/leases.ts';
import { pollMs } from './postgres-leases.ts';

export function leasesInDatabase({ now, leases }: LeaseList): LeasesView {
  return { arbiter: null, items: leases.map((lease) => leaseView(lease, now, null)) };
}

/**
 * What would become of a node's processes where every journal is in the database: whichever node looks first takes what
 * is free. `names` are those of the nodes that were there lately.
 */
export function lossInDatabase({ now, leases }: LeaseList, names: ReadonlyMap<string, string>, lost: string): LossView {
  const left = [...names].filter(([node]) => node !== lost);
  const [only] = left.length === 1 ? left : [];
  const takers = left.map(([, name]) => name).join(' or ');
  const agents = leases
    .filter(({ owner }) => owner === lost)
    .map(({ process, freeAt }): LossView['agents'][number] => {
      const about = { process, to: only?.[0] ?? null, missing: 0, lacks: [] };
      const waits = (reason: string) => ({ ...about, outcome: 'waits' as const, withinMs: null, reason });
      if (left.length === 0) return waits('No other node is at the database.');
      if (freeAt === null) return waits(`Only a person gives it to another node, such as ${takers}.`);
      const reason = only ? `${takers} goes on with it.` : `Whichever looks first goes on with it: ${takers}.`;
      return { ...about, outcome: 'moves', withinMs: Math.max(0, freeAt - now) + pollMs, reason };
    });
  const gets = agents.filter(({ outcome }) => outcome === 'moves').length;
  const nodes = left.map(([node, name]) => {
    const has = leases.filter(({ owner }) => owner === node).length;
    return { node, name, agents: has, after: has + (only ? gets : 0) };
  });
  return { node: lost, name: names.get(lost) ?? lost, isArbiter: false, agents, others: [], nodes };
}
