import { z } from 'zod';

/** What the operations on what crosses nodes answer with. Times are epoch milliseconds of the node that answers. */

const time = z.number().meta({ unit: 'epoch ms' });

export const MovedView = z.object({
  process: z.string(),
  from: z.string(),
  to: z.string(),
  /** Its ownership from now on. */
  epoch: z.int(),
  /** How long nothing of it ran. */
  gapMs: z.number(),
});
export type MovedView = z.infer<typeof MovedView>;

export const PlacementView = z.object({
  process: z.string(),
  node: z.string(),
  failover: z.enum(['manual', 'auto', 'eager']),
  /** The node that keeps a copy of its journal. */
  standby: z.string().nullable(),
  shipping: z.enum(['async', 'sync', 'off']),
  /** How far the copy is behind. */
  lagEntries: z.int(),
  lagSeconds: z.number(),
  nodes: z.array(
    z.object({
      node: z.string(),
      name: z.string(),
      /** What the process needs and the node lacks; none: it can live there. */
      reasons: z.array(z.string()),
    }),
  ),
});
export type PlacementView = z.infer<typeof PlacementView>;

export const ShippingView = z.object({
  copies: z.array(
    z.object({
      process: z.string(),
      standby: z.string().nullable(),
      mode: z.enum(['async', 'sync', 'off']),
      entries: z.int(),
      seconds: z.number(),
    }),
  ),
  /** What is published here and waits for nodes that do not take it. */
  backlogs: z.array(
    z.object({ node: z.string(), bytes: z.number(), problem: z.string().nullable(), since: time.nullable() }),
  ),
  /** Webhooks that wait for the nodes of their processes. */
  hooks: z.int(),
  /** Journals of other nodes' processes that are kept here. */
  kept: z.array(z.object({ process: z.string(), owner: z.string(), epoch: z.int(), seq: z.int(), mode: z.string() })),
});
export type ShippingView = z.infer<typeof ShippingView>;

export const DrainView = z.object({
  drained: z.boolean(),
  moved: z.array(MovedView),
  stayed: z.array(z.object({ process: z.string(), reason: z.string() })),
});
export type DrainView = z.infer<typeof DrainView>;

export const TakeOverView = z.object({
  process: z.string(),
  /** Who owns it by the arbiter. */
  owner: z.string().nullable(),
  epoch: z.int(),
  /** The newest entry that this node has, and the newest that the owner said it had. */
  copySeq: z.int(),
  ownerSeq: z.int().nullable(),
  /** The ownership that was taken; null: nothing was done yet. */
  newEpoch: z.int().nullable(),
});
export type TakeOverView = z.infer<typeof TakeOverView>;

export const BranchView = z.object({
  id: z.string(),
  process: z.string(),
  epoch: z.int(),
  /** The newest entry that both pasts have. */
  afterSeq: z.int(),
  lastSeq: z.int(),
  owner: z.string().nullable(),
  foundAt: time,
  dismissedAt: time.nullable(),
});
export type BranchView = z.infer<typeof BranchView>;

export const BranchDetail = BranchView.extend({
  /** What may have happened outside, or at other processes. */
  effects: z.array(
    z.object({
      seq: z.int(),
      at: time,
      what: z.enum(['call', 'event', 'message', 'accepted']),
      name: z.string(),
      outcome: z.enum(['ok', 'error', 'unknown']),
      about: z.json(),
    }),
  ),
  entries: z.array(z.object({ seq: z.int(), at: time, kind: z.string(), body: z.json() })),
});
export type BranchDetail = z.infer<typeof BranchDetail>;

export const LeaseView = z.object({
  process: z.string(),
  /** Grows with every change of owner. */
  epoch: z.int(),
  /** null: nobody. */
  owner: z.string().nullable(),
  /** What the arbiter goes by; stricter than the definition where that cannot be kept for now. */
  failover: z.enum(['manual', 'auto', 'eager']),
  /** By the arbiter's clock. */
  renewedAgoMs: z.number(),
  /** In how long another node may have it unless its owner is heard of; null: only when a person says so. */
  freeInMs: z.number().nullable(),
  reservedFor: z.string().nullable(),
  /** The newest entry that the owner told the arbiter of. */
  headSeq: z.int().nullable(),
  /** The node that keeps a copy of its journal, by what was heard last. */
  standby: z.string().nullable(),
});
export type LeaseView = z.infer<typeof LeaseView>;

export const LeasesView = z.object({
  /** The node that decides who owns what; null: a database that all nodes share, or this node is alone. */
  arbiter: z.string().nullable(),
  items: z.array(LeaseView),
});
export type LeasesView = z.infer<typeof LeasesView>;

export const LossView = z.object({
  node: z.string(),
  name: z.string(),
  /** It decides who owns what: while it is gone nobody can take anything over. */
  isArbiter: z.boolean(),
  /** What lives on it now. */
  agents: z.array(
    z.object({
      process: z.string(),
      outcome: z.enum(['moves', 'waits']),
      /** Where it would go on, or where a person could have it go on; null: nowhere, or whichever node looks first. */
      to: z.string().nullable(),
      /** How long nothing of it would run; null: until the node is back or a person decides. */
      withinMs: z.number().nullable(),
      /** Its newest entries that would not be there; null: not known. */
      missing: z.int().nullable(),
      /** What that node lacks of what it needs. */
      lacks: z.array(z.string()),
      reason: z.string(),
    }),
  ),
  /** What changes for agents of other nodes. */
  others: z.array(
    z.object({ process: z.string(), node: z.string(), outcome: z.enum(['pauses', 'goes on']), reason: z.string() }),
  ),
  /** How many agents each node that is left would have. */
  nodes: z.array(z.object({ node: z.string(), name: z.string(), agents: z.int(), after: z.int() })),
});
export type LossView = z.infer<typeof LossView>;

export const RebalanceView = z.object({
  loads: z.array(z.object({ node: z.string(), load: z.number(), processes: z.int() })),
  /** At most one a minute is made. */
  moves: z.array(z.object({ process: z.string(), from: z.string(), to: z.string(), reason: z.string() })),
  /** Why there are none, or no more. */
  reason: z.string(),
  /** The node that does it by itself; null: none does. */
  auto: z.string().nullable(),
});
export type RebalanceView = z.infer<typeof RebalanceView>;
