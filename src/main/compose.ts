import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asError, RuntimeError, toWire } from '../shared/errors.ts';
import type { FolderIs } from '../shared/folder-is.ts';
import { openIdentity } from './cluster/identity/identity.ts';
import { type Cluster, openCluster } from './cluster/open-cluster.ts';
import { openLinks } from './cluster/open-links.ts';
import { type NodeCrossing, openCrossing } from './compose-crossing.ts';
import { openMarks, recogniseFolder } from './compose-folder.ts';
import { type NodeStore, openStore } from './compose-store.ts';
import { type KeySeal, sealedKey } from './governance/sealed-key.ts';
import type { HighWaterMark } from './journal/high-water.ts';
import { nodeChild, type StartChild } from './lib/child.ts';
import { systemClock } from './lib/clock.ts';
import { countCrashes, forgetCrashes, tooManyCrashes } from './lib/crash-count.ts';
import { Heartbeat } from './lib/heartbeat.ts';
import { listenForLastWords } from './lib/last-words.ts';
import { type Log, openLog } from './lib/log.ts';
import { AgentRuntime } from './runtime/agent-runtime.ts';
import { Backups, restoreIfStaged } from './runtime/backups.ts';
import { nodeReport } from './runtime/node-report.ts';
import { runtimeApi } from './runtime/runtime-api.ts';
import { openDatabase } from './store/database.ts';
import { lockWhenFree } from './store/folder-lock.ts';
import { runtimeMigrations } from './store/migrations.ts';
import { StorageReserve } from './store/storage-reserve.ts';
import { answerCall } from './transport/answer-call.ts';
import { defaultDataDir } from './transport/data-dir.ts';
import { HttpServer } from './transport/http-server.ts';
import { gauge, renderMetrics } from './transport/metrics.ts';
import { removeNodeFile, writeNodeFile } from './transport/node-file.ts';
import type { Served } from './transport/served.ts';
import { TokenStore } from './transport/token-store.ts';
import type { WindowNode } from './transport/window-node.ts';

export interface NodeOptions {
  /** Left out: `AGENT_RUNTIME_HOME`, else the platform's place. */
  dataDir?: string;
  /** 0 takes a free one. */
  port?: number;
  /** Further names this node may be called by over HTTP. */
  hosts?: readonly string[];
  journal?: 'sqlite' | 'jsonl';
  /** What processes may ask of the node they live on, such as `gpu`. */
  labels?: readonly string[];
  startChild?: StartChild;
  /** The system's keychain, which then seals the key of the secrets. */
  openKeychain?: () => Promise<KeySeal>;
  desktop?: boolean;
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Whether it starts with nothing running after three crashes in 15 minutes; left out: with a window, it does. */
  safeMode?: 'on' | 'off';
  /** What a person says of a data folder that stands twice. */
  folderIs?: FolderIs;
  /** Where is kept what must not travel with the data; left out: the platform's place; null: nowhere. */
  stateDir?: string | null;
}

export interface Node extends WindowNode {
  readonly runtime: AgentRuntime;
  readonly cluster: Cluster;
  readonly url: string;
  readonly tokenFile: string;
  readonly version: string;
  /** An address that lets one browser in, once. */
  loginUrl(): string;
  summary(): { running: number; needsYou: number; nextFiringAt: number | null };
  suspendClock(): void;
  resumeClock(): void;
  close(): Promise<void>;
}

/** Where nodes listen unless told otherwise; the next free port is taken when it is in use and was not asked for. */
export const usualPort = 7420;

/** Everything a node is made of, put together. Nothing else in the program knows all its parts. */
export async function openNode(options: NodeOptions = {}): Promise<Node> {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new RuntimeError('NODE_VERSION', `Agent Runtime needs Node 24; this is ${process.versions.node}.`);
  }
  const dataDir = options.dataDir ?? defaultDataDir(process.env, process.platform, homedir());
  const lock = await lockWhenFree(dataDir);
  const unlock = () => lock.release();
  const log = openLog(dataDir, options.logLevel ?? 'info');
  const lastWords = listenForLastWords(dataDir);
  const heartbeat = new Heartbeat(dataDir);
  const undo: (() => unknown)[] = [unlock, () => log.close(), lastWords.stop, () => heartbeat.stop()];
  try {
    const folder = recogniseFolder(dataDir, options, log);
    const restored = await restoreIfStaged(dataDir, Date.now());
    if (restored) log.write('warn', 'a backup was restored', { path: restored });
    const secretKey = options.openKeychain ? await sealedKey(dataDir, options.openKeychain) : undefined;
    const identity = openIdentity(dataDir, secretKey);
    const store = await openStore({ dataDir, kind: options.journal ?? 'sqlite', node: identity.node, log });
    undo.push(() => store.close());
    const { journal, database, shared, place } = store;
    const marks = await openMarks(dataDir, journal, log);
    undo.push(() => marks.close());
    const crashes = countCrashes(dataDir, lastWords.found, Date.now());
    const wantsSafety = options.safeMode ? options.safeMode === 'on' : options.desktop === true;
    const reserve = new StorageReserve(dataDir);
    reserve.hold();
    const version = packageVersion();
    const templatesDir = resourceFolder('templates');
    let server: HttpServer | undefined;
    const links = openLinks({ dataDir, identity, version, clock: systemClock, log: log.write });
    const crossing = shared
      ? undefined
      : await openCrossing({
          dataDir,
          journal,
          database,
          links,
          clock: systemClock,
          labels: options.labels ?? [],
          log,
          onCut: (process) => marks.followBack(process),
        });
    const runtime = new AgentRuntime({
      nodeId: identity.node,
      journal: crossing?.journal ?? journal,
      database,
      version,
      marks,
      safeMode: wantsSafety && crashes >= tooManyCrashes,
      ...folder,
      onLeaveSafeMode: () => forgetCrashes(dataDir),
      streamText: true,
      ...(templatesDir ? { templatesDir } : {}),
      ...(shared ? { isElsewhere: shared.isElsewhere } : {}),
      ...(crossing ? { isElsewhere: crossing.isElsewhere, heldFrom: crossing.heldFrom } : {}),
      parts: {
        dataDir,
        ...(shared ? { ownership: shared.ownership } : {}),
        ...(crossing ? { ownership: crossing.ownership, mayPublish: crossing.mayPublish } : {}),
        ...(secretKey ? { secretKey } : {}),
        ...(options.journal === 'jsonl'
          ? { memoryDatabase: () => openDatabase(join(dataDir, 'memory.db'), runtimeMigrations) }
          : {}),
        log: log.write,
        room: reserve,
        crashed: lastWords.found,
        away: heartbeat.away,
        ownPorts: () => [server?.port, links.peers.port].filter((port) => typeof port === 'number'),
        ...(options.startChild ? { startChild: options.startChild } : {}),
      },
    });
    undo.push(() => crossing?.stop());
    undo.push(() => runtime.close());
    const fault = cleanFault(log, runtime);
    const tokens = new TokenStore(dataDir, systemClock);
    const backups = new Backups({ database, journal, dataDir, parts: runtime.parts });
    undo.push(() => backups.close());
    const url = () => (server ? server.url : null);
    const facts = { url, dataDir, desktop: options.desktop ?? false, backups, place };
    await runtime.parts.servers.sweep();
    await crossing?.begin(runtime);
    await runtime.open();
    const shareOperations = store.start(runtime);
    const cluster = await openCluster({
      dataDir,
      links,
      clock: systemClock,
      startChild: options.startChild ?? nodeChild(),
      local: { ...runtimeApi(runtime, facts), ...crossing?.operations, ...shareOperations },
      notices: runtime.notices,
      say: (notice) => runtime.notices.say(notice),
      report: () => nodeReport(runtime),
      log: log.write,
    });
    undo.push(() => cluster.close());
    await crossing?.start();
    const served: Served = {
      api: cluster.api,
      notices: runtime.notices,
      at: (node) => ({ api: cluster.at(node), notices: cluster.noticesOf(node) }),
      webhook: async (process, path, request) =>
        crossing?.webhook(process, path, request) ?? runtime.get(process).receiver(path).receive(request),
      metrics: () => renderMetrics([...runtimeMetrics(runtime), ...cluster.metrics()]),
      version,
    };
    backups.start();
    server = new HttpServer({
      served,
      tokens,
      clock: systemClock,
      log: fault,
      windowDir: windowFolder(),
      ...(options.hosts ? { hosts: options.hosts } : {}),
    });
    undo.push(() => server?.close());
    await listen(server, options.port);
    writeNodeFile(dataDir, { url: server.url, pid: process.pid, node: runtime.nodeId, version });
    return nodeOf({
      runtime,
      cluster,
      crossing,
      backups,
      marks,
      store,
      server,
      served,
      tokens,
      version,
      dataDir,
      log,
      unlock: () => [lastWords.stop(), heartbeat.stop(), unlock()],
    });
  } catch (thrown) {
    for (const close of undo.reverse()) await close();
    throw thrown;
  }
}

function runtimeMetrics(runtime: AgentRuntime) {
  const processes = runtime.list();
  const sum = (of: (process: (typeof processes)[number]) => number) =>
    processes.reduce((total, process) => total + of(process), 0);
  return [
    gauge('agent_runtime_processes', 'Processes on this node.', processes.length),
    gauge('agent_runtime_processes_working', 'Processes that work.', processes.filter(({ isArmed }) => isArmed).length),
    gauge(
      'agent_runtime_processes_failed',
      'Processes that have failed.',
      processes.filter(({ state }) => state === 'failed').length,
    ),
    gauge(
      'agent_runtime_events_open',
      'Trigger events that have not ended.',
      sum(({ snapshot }) => snapshot.queue.size),
    ),
    gauge(
      'agent_runtime_events_done_total',
      'Trigger events that were dealt with.',
      sum(({ snapshot }) => snapshot.counts.done),
    ),
    gauge(
      'agent_runtime_events_dead_total',
      'Trigger events that were set aside.',
      sum(({ snapshot }) => snapshot.counts.dead),
    ),
    gauge(
      'agent_runtime_runs_total',
      'Runs that began.',
      sum(({ snapshot }) => snapshot.counts.runs),
    ),
    gauge(
      'agent_runtime_model_calls_total',
      'Calls of models.',
      sum(({ snapshot }) => snapshot.usage.modelCalls),
    ),
    gauge(
      'agent_runtime_cost_usd_total',
      'What models cost, in US dollars.',
      sum(({ snapshot }) => snapshot.usage.costUsd),
    ),
    gauge(
      'agent_runtime_inbox_open',
      'Things that wait for a person.',
      sum(({ snapshot }) => snapshot.items.size),
    ),
    gauge('agent_runtime_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
  ];
}

interface Pieces {
  runtime: AgentRuntime;
  cluster: Cluster;
  crossing: NodeCrossing | undefined;
  backups: Backups;
  marks: HighWaterMark;
  store: NodeStore;
  server: HttpServer;
  served: Served;
  tokens: TokenStore;
  version: string;
  dataDir: string;
  log: Log;
  unlock: () => unknown;
}

function nodeOf({
  runtime,
  cluster,
  crossing,
  backups,
  marks,
  store,
  server,
  served,
  tokens,
  version,
  dataDir,
  log,
  unlock,
}: Pieces): Node {
  const fault = cleanFault(log, runtime);
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
    summary: () => {
      const processes = runtime.list();
      const firings = processes.flatMap((one) =>
        one.isArmed ? one.triggers.flatMap((trigger) => trigger.nextFiring() ?? []) : [],
      );
      return {
        running: processes.filter(({ state }) => state === 'running' || state === 'awaiting').length,
        needsYou: processes.reduce((sum, { snapshot }) => sum + snapshot.items.size, 0),
        nextFiringAt: firings.length > 0 ? Math.min(...firings) : null,
      };
    },
    suspendClock() {
      crossing?.suspend();
      void cluster.suspend();
    },
    resumeClock() {
      runtime.parts.alarm.check();
      cluster.resume();
      crossing?.resume();
    },
    async close() {
      removeNodeFile(dataDir);
      await server.close();
      await crossing?.leave();
      await cluster.close();
      await backups.close();
      await runtime.close('the node was closed');
      crossing?.stop();
      await marks.close();
      await store.close();
      log.close();
      unlock();
    },
  };
}

/** Faults as the log may keep them: without the secrets of any process. */
function cleanFault(log: Log, { parts: { governance } }: AgentRuntime): Log['fault'] {
  return (errorId, thrown, about) => {
    const { name, message, stack } = asError(thrown);
    log.fault(errorId, governance.redact({ type: name, message, stack: stack ?? '' }), governance.redact(about));
  };
}

async function listen(server: HttpServer, port: number | undefined): Promise<void> {
  if (port !== undefined) return server.listen(port);
  try {
    await server.listen(usualPort);
  } catch (thrown) {
    if (toWire(thrown).code !== 'PORT_TAKEN') throw thrown;
    await server.listen(0);
  }
}

/** Folders that come with the program: beside the source, or beside the bundle, or in the packaged resources. */
function resourceFolder(name: string): string | null {
  const here = dirname(fileURLToPath(import.meta.url));
  const packaged = (process as { resourcesPath?: string }).resourcesPath;
  const places = [
    join(here, '../../resources', name),
    join(here, '../../../resources', name),
    ...(packaged ? [join(packaged, name), join(packaged, 'resources', name)] : []),
  ];
  return places.find(existsSync) ?? null;
}

function windowFolder(): string | null {
  const here = dirname(fileURLToPath(import.meta.url));
  return (
    [join(here, '../renderer'), join(here, '../../out/renderer'), join(here, '../../renderer')].find(
      (folder) => existsSync(join(folder, 'index.html')) && folder.includes('out'),
    ) ?? null
  );
}

function packageVersion(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return (JSON.parse(readFileSync(join(here, path), 'utf8')) as { version: string }).version;
    } catch (thrown) {
      if (!asError(thrown).message.includes('ENOENT')) throw thrown;
    }
  }
  return '0.0.0';
}
