import { homedir } from 'node:os';
import type { RuntimeApi } from '../../shared/api.ts';
import { asError, RuntimeError, toWire } from '../../shared/errors.ts';
import { usualPort } from '../../shared/operations/network-operations.ts';
import { sweepWorkFolders } from '../agent/sandbox/work-folder.ts';
import { ownHosts } from '../cluster/link/addresses.ts';
import { type Cluster, openCluster } from '../cluster/open-cluster.ts';
import { type Links, openLinks } from '../cluster/open-links.ts';
import { spentSince } from '../journal/tables/cost-queries.ts';
import { nodeChild } from '../lib/child.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { AgentRuntime } from '../runtime/agent-runtime.ts';
import { nodeReport } from '../runtime/health/node-report.ts';
import { Backups } from '../runtime/keeping/backups.ts';
import { runtimeApi } from '../runtime/runtime-api.ts';
import { needsYou } from '../runtime/telling/snoozes.ts';
import { TokenStore } from '../transport/access/token-store.ts';
import { answerCall } from '../transport/answer-call.ts';
import { defaultDataDir } from '../transport/data-dir.ts';
import { ownNets } from '../transport/devices/near-addresses.ts';
import { NetworkDoor } from '../transport/devices/network-door.ts';
import { renderMetrics } from '../transport/diagnostics/metrics.ts';
import { HttpServer } from '../transport/http/http-server.ts';
import type { Served } from '../transport/http/served.ts';
import { removeNodeFile, writeNodeFile } from '../transport/node-file.ts';
import { type Network, openNetwork } from './network-place.ts';
import { type NodeCrossing, openCrossing } from './node-crossing.ts';
import { type Ground, openGround } from './node-ground.ts';
import { runtimeMetrics } from './node-metrics.ts';
import type { Node, NodeOptions } from './node-options.ts';
import { makeRuntime } from './node-runtime.ts';
import { packageVersion, windowFolder } from './program-files.ts';
import { openSharedCrossing } from './shared-node-crossing.ts';

const windowChanged = { kind: 'node.changed', state: 'window', text: 'the window for other devices' } as const;

/** Everything a node is made of, put together. Nothing else in the program knows all its parts. */
export async function openNode(options: NodeOptions = {}): Promise<Node> {
  if (Number(process.versions.node.split('.')[0]) < 24)
    throw new RuntimeError('NODE_VERSION', `Agent Runtime needs Node 24; this is ${process.versions.node}.`);
  const dataDir = options.dataDir ?? defaultDataDir(process.env, process.platform, homedir());
  // What was opened last is closed first, when the node is closed as when it could not be opened.
  await using opening = new AsyncDisposableStack();
  const ground = await openGround(dataDir, options, opening);
  const { log, identity, store } = ground;
  const version = packageVersion();
  let server: HttpServer | undefined;
  let door: NetworkDoor | undefined;
  const links = openLinks({ dataDir, identity, version, clock: systemClock, log: log.write });
  const crossing = await openNodeCrossing(ground, links, options);
  opening.defer(() => crossing?.stop());
  const ports = () => [server?.port, door?.port, links.peers.port].filter((port) => typeof port === 'number');
  const runtime = makeRuntime(ground, options, { version, crossing, ports });
  opening.defer(() => runtime.close('the node was closed'));
  const backups = new Backups({ database: store.database, journal: store.journal, dataDir, parts: runtime.parts });
  opening.defer(() => backups.close());
  const url = () => server?.url ?? null;
  const { desktop = false, desktopPlace } = options;
  const tokens = new TokenStore(dataDir, systemClock);
  const network = openNetwork(
    dataDir,
    options,
    () => server?.port ?? null,
    () => tokens.tokenFile,
  );
  const fault = cleanFault(log, runtime);
  const windowDir = windowFolder();
  door = new NetworkDoor({
    ...{ dataDir, seal: ground.secretKey, clock: systemClock, windowDir, fault, log: log.write },
    addresses: ownHosts,
    nets: ownNets,
    onChange: () => runtime.notices.say(windowChanged),
  });
  const facts = {
    url,
    dataDir,
    desktop,
    ...(desktopPlace ? { desktopPlace } : {}),
    backups,
    place: store.place,
    network,
    window: door,
  };
  await runtime.parts.servers.sweep();
  sweepWorkFolders();
  await crossing?.begin(runtime);
  await runtime.open();
  const local = { ...runtimeApi(runtime, facts), ...crossing?.operations() };
  const cluster = await openClusterPart(ground, links, options, runtime, local, crossing);
  opening.defer(() => cluster.close());
  await crossing?.start();
  opening.defer(() => crossing?.leave());
  const served = servedBy({ runtime, cluster, crossing, version });
  backups.start();
  const { hosts } = network.start;
  server = new HttpServer({ served, tokens, clock: systemClock, log: fault, windowDir, hosts });
  opening.defer(() => server?.close());
  await listen(server, network.start);
  opening.defer(() => door?.close());
  await door.open(served);
  writeNodeFile(dataDir, { url: server.url, pid: process.pid, node: runtime.nodeId, version });
  opening.defer(() => removeNodeFile(dataDir));
  return nodeOf({ runtime, cluster, crossing, server, served, tokens, version, fault, closing: opening.move() });
}

function openNodeCrossing({ dataDir, store, marks, log }: Ground, links: Links, { labels = [] }: NodeOptions) {
  const { journal, database, shared } = store;
  if (shared) return openSharedCrossing({ dataDir, shared, links, clock: systemClock, labels });
  const onCut = (process: string) => marks.followBack(process);
  return openCrossing({ dataDir, journal, database, links, clock: systemClock, labels, log, onCut });
}

function openClusterPart(
  { dataDir, log }: Ground,
  links: Links,
  { startChild = nodeChild() }: NodeOptions,
  runtime: AgentRuntime,
  local: RuntimeApi,
  crossing: NodeCrossing | undefined,
): Promise<Cluster> {
  return openCluster({
    dataDir,
    links,
    ...(crossing?.peers ? { shared: crossing.peers } : {}),
    whereabouts: (process) => crossing?.whereabouts(process) ?? null,
    clock: systemClock,
    startChild,
    local,
    notices: runtime.notices,
    say: (notice) => runtime.notices.say(notice),
    report: () => nodeReport(runtime),
    isDrained: () => crossing?.isDrained() ?? false,
    log: log.write,
  });
}

interface Pieces {
  runtime: AgentRuntime;
  cluster: Cluster;
  crossing: NodeCrossing | undefined;
  server: HttpServer;
  served: Served;
  tokens: TokenStore;
  version: string;
  fault: Log['fault'];
  closing: AsyncDisposableStack;
}

function servedBy({
  runtime,
  cluster,
  crossing,
  version,
}: Pick<Pieces, 'runtime' | 'cluster' | 'crossing' | 'version'>): Served {
  return {
    api: cluster.api,
    notices: runtime.notices,
    at: (node) => ({ api: cluster.at(node), notices: cluster.noticesOf(node) }),
    webhook: async (process, path, request) =>
      crossing?.webhook(process, path, request) ?? runtime.get(process).receiver(path).receive(request),
    metrics: () => renderMetrics([...runtimeMetrics(runtime), ...cluster.metrics()]),
    version,
  };
}

function nodeOf({ runtime, cluster, crossing, server, served, tokens, version, fault, closing }: Pieces): Node {
  return {
    runtime,
    cluster,
    url: server.url,
    tokenFile: tokens.tokenFile,
    version,
    loginUrl: () => server.loginUrl(),
    call: (name, input, on) => answerCall(() => (on ? cluster.at(on) : served.api), name, input, 'window', fault),
    watch: (after, listener, on) =>
      on
        ? cluster.noticesOf(on).watch(null, listener)
        : runtime.notices.watch(after === null ? null : { seq: after, boot: runtime.notices.boot }, listener),
    summary: () => summaryOf(runtime),
    suspendClock() {
      crossing?.suspend();
      void cluster.suspend();
    },
    resumeClock() {
      runtime.parts.alarm.check();
      cluster.resume();
      crossing?.resume();
    },
    close: () => closing.disposeAsync(),
  };
}

function summaryOf(runtime: AgentRuntime): ReturnType<Node['summary']> {
  const processes = runtime.list();
  const firings = processes.flatMap((one) =>
    one.isArmed ? one.triggers.flatMap((trigger) => trigger.nextFiring() ?? []) : [],
  );
  return {
    running: processes.filter(({ state }) => state === 'running' || state === 'awaiting').length,
    needsYou: needsYou(runtime),
    paused: processes.filter(({ state }) => state === 'suspended').length,
    trouble: troubleOf(runtime),
    nextFiringAt: firings.length > 0 ? Math.min(...firings) : null,
    spentTodayUsd: spentSince(
      runtime.database,
      new Date(runtime.parts.clock.now()).setHours(0, 0, 0, 0),
      runtime.options.isElsewhere,
    ),
  };
}

/** What keeps the whole node from its work, in a few words for the tray; null: nothing. */
function troubleOf(runtime: AgentRuntime): string | null {
  if (runtime.parts.outage.present) return 'Nothing can be written down: agents rest until it can';
  return runtime.isSafe ? 'Safe mode: nothing runs until you leave it' : null;
}

/** Faults as the log may keep them: without the secrets of any process. */
function cleanFault(log: Log, { parts: { governance } }: AgentRuntime): Log['fault'] {
  return (errorId, thrown, about) => {
    const { name, message, stack } = asError(thrown);
    log.fault(errorId, governance.redact({ type: name, message, stack: stack ?? '' }), governance.redact(about));
  };
}

async function listen(server: HttpServer, { port, isKept }: Network['start']): Promise<void> {
  if (port !== undefined && !isKept) return server.listen(port);
  // What is kept is a wish: a node that does not start cannot be told another.
  try {
    await server.listen(port ?? usualPort);
  } catch (thrown) {
    if (toWire(thrown).code !== 'PORT_TAKEN') throw thrown;
    await server.listen(0);
  }
}
