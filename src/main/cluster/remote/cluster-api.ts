import type { OperationName, RuntimeApi } from '../../../shared/api.ts';
import { operations } from '../../../shared/api.ts';
import { type ErrorCode, RuntimeError } from '../../../shared/errors.ts';
import { type Gathered, gatheredCosts, gatheredForecast, gatheredSchedule } from '../../../shared/gathering.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import type { SilentNode } from '../../../shared/views/gathered-view.ts';
import type { Peers } from '../peers.ts';
import { remoteApi } from './operations-of-peers.ts';

export interface ClusterApiOptions {
  peers: Peers;
  local: RuntimeApi;
  /** What people call this node. */
  name(): string;
  /** Nodes that can be asked now. */
  alive(): readonly string[];
  /** Nodes that belong here and cannot be asked now. */
  away(): readonly string[];
  /** Why a process that no node has may be somewhere all the same; null: nothing says that there is one. */
  whereabouts(process: string): string | null;
}

type Call = (input: unknown, by: string) => Promise<unknown>;

const findTimeoutMs = 2_000;
/** What was not found here may be on another node: ids are unique, so the first that knows it is the right one. */
const elsewhere: ReadonlySet<ErrorCode> = new Set([
  'RUN_NOT_FOUND',
  'TRIGGER_EVENT_NOT_FOUND',
  'INBOX_ITEM_NOT_FOUND',
  'MESSAGE_NOT_FOUND',
  // It was here: the node that its agent went to has it, or will.
  'NOT_KNOWN_YET',
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
  const mayBeElsewhere = (code: ErrorCode) =>
    isOfProcess && code === 'NOT_KNOWN_YET'
      ? false
      : elsewhere.has(code) || (isOfTrash && code === 'PROCESS_NOT_FOUND');
  return async (input, by) => {
    if (spans && isJsonObject(input) && input['nodes'] === 'all') return ofAllNodes(name, input, by, options);
    try {
      return await local.call(options.local, input, by);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) throw thrown;
      if (isOfProcess && thrown.code === 'PROCESS_NOT_FOUND') {
        const process = String((input as JsonObject)['name']);
        return ofProcess(process, (node) => remote(name, input, by, node, options), thrown, options).then(
          // Who asked may keep it beside what lives here.
          ({ answer, node }) => (name === 'getProcess' && isJsonObject(answer) ? { ...answer, node } : answer),
        );
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

/** What the node says that has the process. @throws RuntimeError `PROCESS_ON_SEVERAL`, `PROCESS_NOT_FOUND`, `NOT_KNOWN_YET`. */
async function ofProcess(
  process: string,
  ask: (node: string) => Promise<unknown>,
  notFound: RuntimeError,
  options: ClusterApiOptions,
): Promise<{ answer: unknown; node: string }> {
  const node = await nodeOfProcess(process, options);
  if (node !== undefined) {
    try {
      return { answer: await ask(node), node };
    } catch (thrown) {
      const hasLeft = thrown instanceof RuntimeError && thrown.code === 'PROCESS_NOT_FOUND';
      if (!hasLeft) throw thrown;
    }
  }
  const why = node === undefined ? options.whereabouts(process) : `node ${node} had it a moment ago`;
  if (why === null) throw notFound;
  throw new RuntimeError('NOT_KNOWN_YET', `Nobody can say yet where "${process}" is: ${why}.`, { name: process });
}

/** @throws RuntimeError `PROCESS_ON_SEVERAL`. */
async function nodeOfProcess(process: string, { peers, alive }: ClusterApiOptions): Promise<string | undefined> {
  const asked = alive().map(async (node) => {
    const here = await peers.ask(node, 'process.here', process, { timeoutMs: findTimeoutMs }).catch(() => false);
    return here === true ? [node] : [];
  });
  const [first, ...others] = (await Promise.all(asked)).flat();
  if (first === undefined || others.length === 0) return first;
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
  { peers, alive, away }: ClusterApiOptions,
): Promise<unknown> {
  const silent = [...away()];
  let unsure = notFound;
  for (const node of alive()) {
    try {
      return await ask(node);
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) throw thrown;
      if (thrown.code === 'PEER_UNREACHABLE') silent.push(node);
      else if (!mayBeElsewhere(thrown.code) && !thrown.code.startsWith('PEER_')) throw thrown;
      if (thrown.code === 'NOT_KNOWN_YET') unsure = thrown;
    }
  }
  if (silent.length === 0 || unsure.code === 'NOT_KNOWN_YET') throw unsure;
  const names = silent.map((node) => peers.list().find((peer) => peer.node === node)?.name ?? node).join(', ');
  throw new RuntimeError(
    'NOT_KNOWN_YET',
    `${notFound.message} That is what the nodes say that answer; ${names} may have it.`,
  );
}

interface ListPage {
  items: JsonObject[];
  next: string | null;
}

/** How what nodes answered becomes one answer; lists that are not named here begin with the newest. */
const gatherings: Partial<Record<OperationName, (all: readonly Gathered<never>[], input: JsonObject) => object>> = {
  schedule: (all, { limit }) => gatheredSchedule(all, Number(limit)),
  forecast: (all) => gatheredForecast(all),
  costs: (all) => gatheredCosts(all),
};

/** One answer of all nodes, each line with its node. What a node said before is not shown in the place of an answer. */
async function ofAllNodes(
  name: OperationName,
  input: JsonObject,
  by: string,
  options: ClusterApiOptions,
): Promise<object> {
  const { local, peers, alive, away } = options;
  const own = { ...input, nodes: 'this' };
  const nameOf = (node: string) => peers.list().find((peer) => peer.node === node)?.name ?? node;
  const silent: SilentNode[] = away().map((node) => ({ node, name: nameOf(node), reason: 'It is not there now.' }));
  const none: RuntimeError[] = [];
  const asked = [
    (local[name] as Call).call(local, own, by).then((answer) => ({ node: peers.self, answer })),
    ...alive().map((node) => remote(name, own as Json, by, node, options).then((answer) => ({ node, answer }))),
  ].map((one, index) =>
    one.catch((thrown: unknown) => {
      if (!(thrown instanceof RuntimeError)) throw thrown;
      const node = [peers.self, ...alive()][index] ?? '';
      // It can say for sure that it has no such process; and a question that is wrong is so everywhere.
      if (thrown.code === 'PROCESS_NOT_FOUND') none.push(thrown);
      else if (index === 0) throw thrown;
      else silent.push({ node, name: nameOf(node), reason: thrown.message });
      return null;
    }),
  );
  const all = (await Promise.all(asked)).filter((one) => one !== null);
  if (all.length === 0 && none[0] && silent.length === 0) throw none[0];
  const gather = gatherings[name];
  const answer = gather ? gather(all as Gathered<never>[], input) : gatheredList(all as Gathered<ListPage>[]);
  const nodeNames = Object.fromEntries(
    all.map(({ node }) => [node, node === peers.self ? options.name() : nameOf(node)]),
  );
  return gather ? { ...answer, silent, nodeNames } : answer;
}

function gatheredList(all: readonly Gathered<ListPage>[]): ListPage {
  const items = all.flatMap(({ node, answer }) => answer.items.map((element) => ({ ...element, node })));
  return { items: items.toSorted(newestFirst), next: null };
}

/** As each node orders its own; what has no such time stays as it came. */
function newestFirst(a: JsonObject, b: JsonObject): number {
  const [one, other] = [a, b].map(
    (element) => element['startedAt'] ?? element['openedAt'] ?? element['deletedAt'] ?? element['at'],
  );
  return typeof one === 'number' && typeof other === 'number' ? other - one : 0;
}
