import { z } from 'zod';
import { ClusterView, DiscoveredNode, PairingCode, PairingView, PeerRoleName } from '../views/cluster-views.ts';
import { Page } from '../views/views.ts';
import { byId, none, type Operation, operation } from './operation.ts';

const address = z
  .string()
  .min(1)
  .max(260)
  .meta({ description: 'Where its peers reach it: host, or host:port.', examples: ['192.168.1.20:7421'] });
const clusterName = z.string().trim().min(1).max(64);
const nodeName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}*$/u, 'no control characters')
  .optional()
  .meta({ description: 'What this node is called in the cluster (default: as its computer is).' });
const port = z.coerce
  .number()
  .int()
  .min(0)
  .max(65_535)
  .optional()
  .meta({ description: 'Where to listen for peers (default 7421, or a free one where that is taken).' });
const byNode = z.strictObject({ node: z.string().min(1).max(100).meta({ description: 'Its id, or its name.' }) });
const role = PeerRoleName.optional().meta({ description: 'What the other node may do here.' });

/** Operations on the cluster: who belongs to it, and how its nodes fare. */
export const clusterOperations = {
  cluster: operation(
    'GET /cluster',
    'read',
    'The cluster this node belongs to: its nodes, how they fare, and pairings that wait.',
    none,
    ClusterView,
  ),
  createCluster: operation(
    'POST /cluster',
    'admin',
    'Makes this node the hub of a new cluster. From then on it listens for nodes that it was paired with.',
    z.strictObject({ name: clusterName.default('Home'), port, mdns: z.boolean().default(false), nodeName }),
    ClusterView,
    201,
  ),
  configureCluster: operation(
    'PATCH /cluster',
    'admin',
    'Changes how nodes find each other.',
    z.strictObject({
      name: clusterName.optional(),
      nodeName,
      mdns: z.boolean().optional().meta({ description: 'Whether to announce this node and look for others by mDNS.' }),
      peers: z.array(address).max(100).optional().meta({ description: 'Addresses to try besides those found.' }),
    }),
    ClusterView,
  ),
  leaveCluster: operation(
    'POST /cluster/leave',
    'admin',
    'Forgets all nodes this one is paired with, and stops listening for peers.',
    none,
    ClusterView,
  ),
  openPairing: operation(
    'POST /cluster/pairing-code',
    'admin',
    'Gives a code that lets one node ask to be paired, for two minutes. On the hub.',
    none,
    PairingCode,
    201,
  ),
  pair: operation(
    'POST /cluster/pair',
    'admin',
    'Asks the hub of a cluster to take this node in, with the code that it shows. Both sides then compare words.',
    z.strictObject({
      address,
      code: z.string().trim().min(1).max(20),
      role,
      port,
      mdns: z.boolean().default(false),
      nodeName,
    }),
    PairingView,
    202,
  ),
  confirmPairing: operation(
    'POST /cluster/pairings/:id/confirm',
    'admin',
    'Says that both screens show the same words. The nodes are paired once both sides have said so.',
    byId.extend({ role }),
    PairingView,
  ),
  rejectPairing: operation(
    'POST /cluster/pairings/:id/reject',
    'admin',
    'Says that the words differ, or that this was not wanted. Nothing is kept.',
    byId,
    PairingView,
  ),
  setPeerRole: operation(
    'PUT /cluster/nodes/:node/role',
    'admin',
    'Changes what a paired node may do here.',
    byNode.extend({ role: PeerRoleName }),
    ClusterView,
  ),
  unpair: operation(
    'DELETE /cluster/nodes/:node',
    'admin',
    'Forgets a node: it is cut off at once. On the hub, it leaves the whole cluster.',
    byNode,
    ClusterView,
  ),
  acceptNode: operation(
    'POST /cluster/nodes/:node/accept',
    'admin',
    'Lets a node in again that was refused because two claimed to be it, after the copy was given an identity of its own.',
    byNode,
    ClusterView,
  ),
  renewIdentity: operation(
    'POST /cluster/identity/renew',
    'admin',
    'Makes this node a new one, such as a copy of a disk: with the next start it has a new key and is paired with nobody.',
    none,
    z.object({ restartNeeded: z.literal(true) }),
  ),
  lookAround: operation(
    'POST /cluster/look',
    'operate',
    'Looks for nodes on the network by mDNS for a minute, without saying anything of this one. `discovered` lists them.',
    none,
    z.object({ ok: z.literal(true) }),
    202,
  ),
  discovered: operation(
    'GET /cluster/discovered',
    'read',
    'Addresses where nodes were found. Who is there is proven only by pairing.',
    none,
    Page(DiscoveredNode),
  ),
} satisfies Record<string, Operation>;
