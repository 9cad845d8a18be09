import { z } from 'zod';

/** What the operations on the cluster answer with. Times are epoch milliseconds of the node that answers. */

const time = z.number().meta({ unit: 'epoch ms' });

/** What a node may do at another. `member` may own processes, `hub` also arbitrates. */
export const PeerRoleName = z.enum(['observe', 'operate', 'member', 'hub']);

/** `alive` answers; `suspect` did not lately; `dead` for longer; `asleep` said goodbye. */
export const NodeState = z.enum(['alive', 'suspect', 'dead', 'asleep']);
export type NodeState = z.infer<typeof NodeState>;

/** What a node says of itself when it is pinged. */
export const NodeReport = z.object({
  version: z.string(),
  platform: z.string(),
  startedAt: time,
  processes: z.int(),
  running: z.int(),
  failed: z.int(),
  waiting: z.int(),
  needsYou: z.int(),
  /** Of the last minute, per core; 1 is busy. 0 where the system does not say. */
  load: z.number(),
  memoryBytes: z.number(),
  /** Set while its journal cannot be written. */
  outage: z.string().nullable(),
  /** It takes no agents in; a node that does not say so takes them. */
  drained: z.boolean().default(false),
});
export type NodeReport = z.infer<typeof NodeReport>;

export const ClusterNodeView = z.object({
  node: z.string(),
  name: z.string(),
  /** The id as four words, to compare by eye. */
  words: z.string(),
  self: z.boolean(),
  hub: z.boolean(),
  /** What it may do here; null: it is this node. */
  role: PeerRoleName.nullable(),
  state: NodeState,
  since: time,
  /** Why it is not simply alive; null otherwise. */
  problem: z.string().nullable(),
  /** Where it was reached last, as host:port. */
  address: z.string().nullable(),
  lastSeenAt: time.nullable(),
  roundTripMs: z.number().nullable(),
  /** How far its clock is ahead of this node's; half a round trip uncertain. */
  clockSkewMs: z.number().nullable(),
  /** Came with the hub's list instead of a pairing of its own. */
  introduced: z.boolean(),
  report: NodeReport.nullable(),
});
export type ClusterNodeView = z.infer<typeof ClusterNodeView>;

export const PairingView = z.object({
  id: z.string(),
  /** Who is at the other end, by its own word until both sides have confirmed. */
  name: z.string(),
  node: z.string(),
  address: z.string(),
  /** The same on both screens, or somebody stands in between. */
  words: z.array(z.string()),
  /** What the other node will be allowed here. */
  role: PeerRoleName,
  state: z.enum(['compare', 'waiting', 'paired', 'rejected', 'failed']),
  /** Why it failed or was rejected; null otherwise. */
  reason: z.string().nullable(),
  expiresAt: time,
});
export type PairingView = z.infer<typeof PairingView>;

export const PairingCode = z.object({
  code: z.string().regex(/^\d{8}$/),
  expiresAt: time,
  /** Where this node can be reached, as host:port. */
  addresses: z.array(z.string()),
});
export type PairingCode = z.infer<typeof PairingCode>;

export const ClusterView = z.object({
  /** null: this node is in no cluster. */
  cluster: z.object({ id: z.string(), name: z.string(), hub: z.string() }).nullable(),
  /** This node. */
  node: z.string(),
  /** Where it listens for peers; null: nowhere. */
  port: z.int().nullable(),
  addresses: z.array(z.string()),
  mdns: z.object({
    enabled: z.boolean(),
    state: z.enum(['off', 'searching', 'resting']),
    problem: z.string().nullable(),
  }),
  /** Addresses that are tried besides those that are found. */
  peers: z.array(z.string()),
  nodes: z.array(ClusterNodeView),
  pairings: z.array(PairingView),
});
export type ClusterView = z.infer<typeof ClusterView>;

/** An address where something says that it is a node. Nothing about it is proven. */
export const DiscoveredNode = z.object({
  address: z.string(),
  source: z.enum(['mdns', 'static', 'registry']),
  /** The paired node that was met there; null: nobody that is known. */
  node: z.string().nullable(),
  name: z.string().nullable(),
  seenAt: time,
});
export type DiscoveredNode = z.infer<typeof DiscoveredNode>;
