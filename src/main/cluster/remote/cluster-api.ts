import type { OperationName, RuntimeApi } from '../../../shared/api.ts';
import { operations } from '../../../shared/api.ts';
import { type ErrorCode, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { Peers } from '../peers.ts';
import { remoteApi } from './operations-of-peers.ts';

export interface ClusterApiOptions {
  peers: Peers;
  local: RuntimeApi;
  /** Nodes that can be asked now. */
  alive(): readonly string[];
}

type Call = (input: unknown, by: string) => Promise<unknown>;

const findTimeoutMs = 2_000;
/** What was not found here may be on another node: ids are unique, so the first that knows it is the right one. */
const elsewhere: ReadonlySet<ErrorCode> = new Set([
  'RUN_NOT_FOUND',
  'TRIGGER_EVENT_NOT_FOUND',
  'INBOX_ITEM_NOT_FOUND',
  'MESSAGE_NOT_FOUND',
]);

/**
 * The runtime of the whole cluster: a process, a deleted one, a run or an inbox item that is not on this node is looked for
 * on the others, and lists span all nodes where `nodes: all` says so. Everything else is this node's own.
 */
export function clusterApi(options: ClusterApiOptions): RuntimeApi {
  const names = Object.keys(operations) as OperationName[];
  return Object.fromEntries(names.map((name) => [name, routed(name, options)])) as unknown as RuntimeApi;
}

/** Tells peers whether a process is here. */
export function answerWhere(peers: Peers, local: RuntimeApi): () => void {
  return peers.answer('process.here', 'observe', async ({ body }) =>
    local.getProcess({ name: String(body) }, 'cluster').then(
      () => true,
      () => false,
    ),
  );
}

/**
 * The node that is meant by an id or a name.
 * @throws RuntimeError `PEER_UNKNOWN`
 */
export function nodeNamed(peers: Peers, own: { name: string }, wanted: string): string {
  if (wanted === peers.self || wanted === own.name) return peers.self;
  const known = peers.list();
  const found = known.filter(({ node, name }) => node === wanted || name === wanted);
  if (found.length === 1 && found[0]) return found[0].node;
  const names = [own.name, ...known.map(({ name }) => name)].join(', ');
  const why =
    found.length > 1
      ? `${found.length} nodes are called "${wanted}": give the id.`
      : `There is no node "${wanted}" here, only ${names}.`;
  throw new RuntimeError('PEER_UNKNOWN', why, { node: wanted });
}

function routed(name: OperationName, options: ClusterApiOptions): Call {
  const local = options.local[name] as Call;
  const { shape } = operations[name].input as { shape?: Record<string, unknown> } as {
    shape?: Record<string, unknown>;
  };
  const spans = shape !== undefined && Object.hasOwn(shape, 'nodes');
  const { route } = operations[name];
  const isOfProcess = / \/processes\/:name/.test(route);
  const isOfTrash = / \/trash\/:name/.test(route);
  const mayBeElsewhere = (code: ErrorCode) => elsewhere.has(code) || (isOfTrash && code === 'PROCESS_NOT_FOUND');
  return async (input, by) => {
    if (spans && isJsonObject(input) && input['nodes'] === 'all') return ofAllNodes(name, input, by, options);
    try {
      return await local.call(options.local, input, by);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError) || options.alive().length === 0) throw thrown;
      if (isOfProcess && thrown.code === 'PROCESS_NOT_FOUND') {
        const node = await nodeOfProcess(String((input as JsonObject)['name']), thrown, options);
        const answer = await remote(name, input, by, node, options);
        // Who asked may keep it beside what lives here.
        return name === 'getProcess' && isJsonObject(answer) ? { ...answer, node } : answer;
      }
      if (!mayBeElsewhere(thrown.code)) throw thrown;
      return firstThatKnows((node) => remote(name, input, by, node, options), thrown, mayBeElsewhere, options);
    }
  };
}

function remote(name: OperationName, input: unknown, by: string, node: string, { peers }: ClusterApiOptions) {
  const call = remoteApi(peers, node)[name] as Call;
  return call(input, by);
}

/** @throws RuntimeError `PROCESS_ON_SEVERAL`, or what is given where no node has it. */
async function nodeOfProcess(
  process: string,
  notFound: RuntimeError,
  { peers, alive }: ClusterApiOptions,
): Promise<string> {
  const asked = alive().map(async (node) => {
    const here = await peers.ask(node, 'process.here', process, { timeoutMs: findTimeoutMs }).catch(() => false);
    return here === true ? [node] : [];
  });
  const [first, ...others] = (await Promise.all(asked)).flat();
  if (first === undefined) throw notFound;
  if (others.length === 0) return first;
  const names = [first, ...others].map((node) => peers.list().find((peer) => peer.node === node)?.name ?? node);
  throw new RuntimeError('PROCESS_ON_SEVERAL', `Several nodes have a process "${process}": ${names.join(', ')}.`, {
    name: process,
    nodes: [first, ...others],
  });
}

async function firstThatKnows(
  ask: (node: string) => Promise<unknown>,
  notFound: RuntimeError,
  mayBeElsewhere: (code: ErrorCode) => boolean,
  { alive }: ClusterApiOptions,
): Promise<unknown> {
  for (const node of alive()) {
    try {
      return await ask(node);
    } catch (thrown) {
      const goesOn = thrown instanceof RuntimeError && (mayBeElsewhere(thrown.code) || thrown.code.startsWith('PEER_'));
      if (!goesOn) throw thrown;
    }
  }
  throw notFound;
}

interface ListPage {
  items: JsonObject[];
  next: string | null;
}

/** One list of all nodes that answer, each element with its node. A node that does not answer is left out. */
async function ofAllNodes(
  name: OperationName,
  input: JsonObject,
  by: string,
  options: ClusterApiOptions,
): Promise<ListPage> {
  const own = { ...input, nodes: 'this' };
  const local = options.local[name] as Call;
  const pages = await Promise.all([
    local.call(options.local, own, by).then((page) => marked(page, options.peers.self)),
    ...options.alive().map((node) =>
      remote(name, own as Json, by, node, options).then(
        (page) => marked(page, node),
        () => [],
      ),
    ),
  ]);
  return { items: pages.flat().toSorted(newestFirst), next: null };
}

/** As each node orders its own; what has no such time stays as it came. */
function newestFirst(a: JsonObject, b: JsonObject): number {
  const [one, other] = [a, b].map(
    (element) => element['startedAt'] ?? element['openedAt'] ?? element['deletedAt'] ?? element['at'],
  );
  return typeof one === 'number' && typeof other === 'number' ? other - one : 0;
}

const marked = (page: unknown, node: string): JsonObject[] =>
  (page as ListPage).items.map((element) => ({ ...element, node }));
