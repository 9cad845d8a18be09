import type { OperationName, RuntimeApi, Scope } from '../../../shared/api.ts';
import { isOperation, operations } from '../../../shared/api.ts';
import { dispatch } from '../../../shared/dispatch.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { clusterOperations } from '../../../shared/operations/cluster-operations.ts';
import { windowOperations } from '../../../shared/operations/window-operations.ts';
import type { PeerRole, Peers } from '../peers.ts';

const ranks: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };
const scopes: Record<PeerRole, Scope> = { observe: 'read', operate: 'operate', member: 'admin', hub: 'admin' };

/**
 * Asked of this computer and no other: whom it trusts is for the person in front of it to say, and these name files
 * or programs on it.
 */
const neverForPeers = new Set<string>([
  ...Object.keys(clusterOperations).filter((name) => name !== 'cluster' && name !== 'discovered'),
  ...Object.keys(windowOperations),
  'restore',
  'importServers',
]);

/** Answers every operation of the table to peers, as far as their role goes. */
export function answerOperations(peers: Peers, api: RuntimeApi): () => void {
  return peers.answer('operation', 'observe', async ({ from, role, body }) => {
    const { name, input = {} } = isJsonObject(body) ? body : {};
    if (typeof name !== 'string') throw new RuntimeError('REQUEST_INVALID', 'A question for an operation names it.');
    if (isOperation(name)) assertMay(role, name);
    const answer = await dispatch(api, name, input, `node:${from}`);
    return (answer ?? null) as Json;
  });
}

/** @throws RuntimeError `PEER_REFUSED`, `ROLE_REQUIRED` */
function assertMay(role: PeerRole, name: OperationName): void {
  const needed = operations[name].scope;
  if (neverForPeers.has(name)) {
    throw new RuntimeError('PEER_REFUSED', `${name} is answered on the node itself only, not to peers.`, {
      operation: name,
    });
  }
  if (ranks[scopes[role]] >= ranks[needed]) return;
  throw new RuntimeError('ROLE_REQUIRED', `${name} needs more than the role ${role}, which this node has there.`, {
    operation: name,
    role,
  });
}

/** As long as the longest operation may take, which waits for an answer of an agent. */
const operationTimeoutMs = 120_000;

/** A runtime on another node: to its caller the same as one here, except that `by` is what the other proves by itself. */
export function remoteApi(peers: Peers, node: string): RuntimeApi {
  const names = Object.keys(operations) as OperationName[];
  const options = (name: OperationName) => ({
    timeoutMs: operationTimeoutMs,
    isRepeatable: operations[name].route.startsWith('GET '),
  });
  const ask = (name: OperationName) => (input: unknown) =>
    peers.ask(node, 'operation', { name, input: input as Json }, options(name));
  return Object.fromEntries(names.map((name) => [name, ask(name)])) as unknown as RuntimeApi;
}
