import { z } from 'zod';
import { ProcessName } from '../manifest.ts';
import {
  BranchDetail,
  BranchView,
  DrainView,
  LeasesView,
  LossView,
  MovedView,
  PlacementView,
  RebalanceView,
  ShippingView,
  TakeOverView,
} from '../views/crossing-views.ts';
import { Page } from '../views/views.ts';
import { byId, byName, none, type Operation, operation } from './operation.ts';

/** Operations on what crosses nodes: where processes live, copies of their journals, what was written alone. */
export const crossingOperations = {
  moveProcess: operation(
    'POST /processes/:name/move',
    'operate',
    'Moves a process to another node: its step is finished, its journal goes along, and it goes on there.',
    byName.extend({ node: z.string().min(1).max(100).meta({ description: 'Its id, or its name.' }) }),
    MovedView,
  ),
  placement: operation(
    'GET /processes/:name/placement',
    'read',
    'Where a process lives, which nodes it could live on and what the others lack, and how far its copy is behind.',
    byName,
    PlacementView,
  ),
  takeOver: operation(
    'POST /processes/:name/take-over',
    'admin',
    'Takes a process from a node that is not heard of, on the node that keeps its copy. Says first what may be lost; done with `confirm`.',
    byName.extend({
      confirm: z.boolean().default(false).meta({ description: 'Left out: only says what would be lost.' }),
    }),
    TakeOverView,
  ),
  drainNode: operation(
    'POST /node/drain',
    'admin',
    'Moves every process of this node to another that can have it, and takes none in until it is undrained.',
    none,
    DrainView,
  ),
  undrainNode: operation('POST /node/undrain', 'admin', 'Lets processes live on this node again.', none, DrainView),
  shipping: operation(
    'GET /cluster/shipping',
    'read',
    'How far copies of journals are behind, and what waits for nodes that cannot be reached.',
    none,
    ShippingView,
  ),
  listLeases: operation(
    'GET /cluster/leases',
    'read',
    'Who owns which process, since which ownership, and when another node may have it.',
    none,
    LeasesView,
  ),
  planLoss: operation(
    'GET /cluster/nodes/:node/loss',
    'read',
    'What would happen if a node were lost now: what would go on where, what would wait, and why. Does nothing.',
    z.strictObject({ node: z.string().min(1).max(100).meta({ description: 'Its id, or its name.' }) }),
    LossView,
  ),
  planRebalance: operation(
    'GET /cluster/rebalance',
    'read',
    'Which processes would move so that no node has much more to do than the others.',
    none,
    RebalanceView,
  ),
  rebalance: operation(
    'POST /cluster/rebalance',
    'operate',
    'Makes the first move of the plan, where the last one is a minute ago.',
    none,
    RebalanceView,
  ),
  configureRebalance: operation(
    'PUT /cluster/rebalance',
    'admin',
    'Whether this node evens out by itself what nodes have to do: one move a minute at most, and only what has lasted for a minute. Off unless switched on.',
    z.strictObject({ auto: z.boolean() }),
    RebalanceView,
  ),
  listBranches: operation(
    'GET /branches',
    'read',
    'What this node wrote of processes that another node had taken over: kept, and never merged.',
    z.strictObject({ process: ProcessName.optional() }),
    Page(BranchView),
  ),
  getBranch: operation(
    'GET /branches/:id',
    'read',
    'A branch with its entries, and with what may have happened outside because of it.',
    byId,
    BranchDetail,
  ),
  dismissBranch: operation(
    'POST /branches/:id/dismiss',
    'operate',
    'Notes that a person has seen to a branch. It stays.',
    byId,
    BranchView,
  ),
} satisfies Record<string, Operation>;
