import type { RuntimeApi } from '../../../shared/api.ts';
import type { LossView } from '../../../shared/views/crossing-views.ts';
import type { Holdings } from '../leases/holdings.ts';
import { leaseView } from '../leases/lease-views.ts';
import type { Lease } from '../leases/leases.ts';
import { afterLoss, type Heir } from '../moving/loss-plan.ts';
import { nearest } from '../moving/shipping.ts';
import type { Peers } from '../peers.ts';
import { nodeNamed } from '../remote/cluster-api.ts';
import type { Crossing } from './crossing.ts';
import type { LocalNode } from './local-node.ts';
import type { RosterProcess } from './roster.ts';

const askMs = 2_000;

export interface LossParts {
  readonly peers: Peers;
  readonly name: string;
  readonly local: LocalNode;
  readonly crossing: Crossing;
  readonly holdings: Pick<Holdings, 'list'>;
  /** The node that decides who owns what; null: this node is alone. */
  readonly hub: () => string | null;
}

type About = Pick<RosterProcess, 'name' | 'placement' | 'needs' | 'standby'>;

/** Who owns what, and what would become of it without one of the nodes: computed from what is, and nothing is done. */
export function lossOperations(parts: LossParts): Pick<RuntimeApi, 'listLeases' | 'planLoss'> {
  return {
    listLeases: async () => {
      const { now, leases } = await parts.holdings.list();
      const items = leases.map((lease) => leaseView(lease, now, aboutOf(parts, lease.process)?.standby ?? null));
      return { arbiter: parts.hub(), items };
    },
    planLoss: ({ node }) => plan(parts, nodeNamed(parts.peers, parts, node)),
  };
}

async function plan(parts: LossParts, lost: string): Promise<LossView> {
  const { now, leases } = await parts.holdings.list();
  const isArbiter = parts.hub() === lost;
  const name = nameOf(parts, lost);
  const agents = await Promise.all(
    leases
      .filter(({ owner }) => owner === lost)
      .map(async (lease) => afterLoss({ lease, now, heir: await heirOf(parts, lease, lost), lost: name, isArbiter })),
  );
  const elsewhere = leases.filter(({ owner }) => owner !== null && owner !== lost);
  const others = await Promise.all(elsewhere.map((lease) => otherAfterLoss(parts, lease, lost, isArbiter)));
  const left = [parts.peers.self, ...parts.crossing.roster.nodes().keys()].filter((node) => node !== lost);
  const nodes = left.map((node) => {
    const has = leases.filter(({ owner }) => owner === node).length;
    const gets = agents.filter(({ outcome, to }) => outcome === 'moves' && to === node).length;
    return { node, name: nameOf(parts, node), agents: has, after: has + gets };
  });
  return { node: lost, name, isArbiter, agents, others: others.flatMap((one) => one ?? []), nodes };
}

/** The node whose copy counts, if it answers. */
async function heirOf(parts: LossParts, { process }: Lease, lost: string): Promise<Heir | null> {
  const { crossing, peers } = parts;
  const about = aboutOf(parts, process);
  const kept = crossing.copies.of(process);
  const node = about?.standby ?? (kept && kept.mode !== 'former' ? peers.self : null);
  if (node === null || node === lost) return null;
  const lacks = about ? await crossing.fitsOn(about, node).catch(() => null) : [];
  if (lacks === null) return null;
  const isDrained = node === peers.self ? crossing.isDrained : (crossing.roster.nodes().get(node)?.isDrained ?? false);
  const [, seq] = node === peers.self ? [0, kept?.head.seq] : await copyAt(parts, process, node);
  // A drained node does not say how far its copy is.
  if (seq === undefined && !isDrained) return null;
  const isSync = about?.placement.shipping === 'sync';
  return { node, name: nameOf(parts, node), copySeq: seq ?? 0, isSync, isDrained, lacks };
}

async function copyAt({ peers }: LossParts, process: string, node: string): Promise<number[]> {
  const answer = await peers.ask(node, 'copies.seq', { process }, { timeoutMs: askMs }).catch(() => null);
  return Array.isArray(answer) ? answer.map(Number) : [];
}

async function otherAfterLoss(parts: LossParts, lease: Lease, lost: string, isArbiter: boolean) {
  const { process, failover } = lease;
  const node = lease.owner as string;
  const gone = nameOf(parts, lost);
  if (isArbiter && failover === 'auto')
    return {
      process,
      node,
      outcome: 'pauses' as const,
      reason: `Its lease cannot be renewed without ${gone}; it goes on when that is back.`,
    };
  const about = aboutOf(parts, process);
  if (about?.standby !== lost) return null;
  const next = await nextStandby(parts, about, [node, lost]);
  const reason = next
    ? `${gone} keeps its copy; the next one would be on ${nameOf(parts, next)}.`
    : `${gone} keeps its copy, and no other node can.`;
  return { process, node, outcome: 'goes on' as const, reason };
}

async function nextStandby(parts: LossParts, about: About, not: readonly string[]): Promise<string | undefined> {
  const { crossing, peers } = parts;
  const others = [...crossing.roster.nodes()].filter(([, { isDrained }]) => !isDrained).map(([node]) => node);
  const known = crossing.isDrained ? others : [peers.self, ...others];
  const asked = known
    .filter((node) => !not.includes(node))
    .map(async (node) => ((await crossing.fitsOn(about, node).catch(() => [''])).length === 0 ? node : []));
  return nearest(about.name, (await Promise.all(asked)).flat());
}

function aboutOf({ crossing, local }: LossParts, process: string): About | undefined {
  const here = local.process(process);
  return here ? { ...here, standby: crossing.shipping.standbyOf(process) } : crossing.roster.whereIs(process)?.about;
}

function nameOf({ peers, name }: LossParts, node: string): string {
  return node === peers.self ? name : (peers.list().find((peer) => peer.node === node)?.name ?? node);
}
