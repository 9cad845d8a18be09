import { RuntimeError } from '../../../../shared/errors.ts';
import { isAlive } from '../../../lib/child.ts';
import type { Clock } from '../../../lib/clock.ts';
import { killMarked, type StopPatience } from '../process-group.ts';
import type { EgressRules } from '../web/egress-guard.ts';
import { signInFetch } from './guarded-fetch.ts';
import { PooledServer } from './pooled-server.ts';
import { type ServerSpec, specKey } from './server-spec.ts';
import type { ServerStatus } from './server-status.ts';
import { SignIn, type TokenShelf } from './sign-in.ts';

export interface McpPoolOptions {
  clock: Clock;
  /** Of the node; servers see only PATH, HOME, LANG of it. */
  env: Readonly<Record<string, string | undefined>>;
  egress?: Omit<EgressRules, 'allowHosts'>;
  /** Names this node among others on the machine and over restarts, so that what it left behind can be found. No ":". */
  owner: string;
  /** Running at the same time. */
  maxServers?: number;
  patience?: StopPatience;
}

/** Who wants to use a server, and how it is shown to people. */
export interface ServerUse {
  process: string;
  name: string;
  shown: string;
  /** For a server that is signed in to. */
  shelf?: TokenShelf;
  onSignIn?: (link: string | null) => void;
}

export interface UsedServer {
  readonly server: PooledServer;
  release(): void;
}

/** The MCP servers of a node: equal specs share one server. */
export class McpPool {
  readonly #options: McpPoolOptions;
  readonly #servers = new Map<string, PooledServer>();
  readonly #ending = new Set<Promise<void>>();
  #starts = 0;
  #isClosed = false;
  readonly #onExit = () => {
    for (const server of this.#servers.values()) server.killNow();
  };

  constructor(options: McpPoolOptions) {
    this.#options = options;
  }

  /**
   * The server of this spec, in use until `release` is called; when nobody uses it any more it is ended and forgotten.
   * Nothing is started by that.
   */
  server(spec: ServerSpec, use: ServerUse): UsedServer {
    const { process: user, name } = use;
    if (this.#isClosed) throw new RuntimeError('NODE_CLOSING', 'The servers are closed.');
    const key = specKey(spec);
    const server = this.#servers.get(key) ?? this.#make(key, spec, use);
    const token = server.use({ process: user, name });
    return { server, release: () => this.#release(key, server, token) };
  }

  /** @throws RuntimeError MCP_UNAVAILABLE when there is no such server. */
  get(key: string): PooledServer {
    const server = this.#servers.get(key);
    if (server) return server;
    throw new RuntimeError('MCP_UNAVAILABLE', `There is no server ${key}; look at the list of servers.`);
  }

  /** Programs that run now, with who uses them. */
  programs(): { pid: number; names: string[]; users: string[] }[] {
    return [...this.#servers.values()].flatMap((server) => server.program ?? []);
  }

  async status(): Promise<ServerStatus[]> {
    return await Promise.all([...this.#servers.values()].map((server) => server.status()));
  }

  /** Ends what an earlier life of this node left running. @returns how many were ended. */
  async sweep(): Promise<number> {
    return await killMarked((marker) => {
      const [owner, pid] = marker.split(':');
      return owner === this.#options.owner && Number(pid) !== process.pid && !isAlive(Number(pid));
    });
  }

  /** Ends all servers, and what they started, before it resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    await Promise.all(this.#ending);
    process.off('exit', this.#onExit);
  }

  #release(key: string, server: PooledServer, token: symbol): void {
    if (!server.unuse(token) || this.#servers.get(key) !== server) return;
    this.#servers.delete(key);
    const ending = server.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** The server that a process uses by a name, once it has used it. */
  usedBy(process: string, name: string): PooledServer | undefined {
    return [...this.#servers.values()].find((server) => server.isUsedBy(process, name));
  }

  #make(key: string, spec: ServerSpec, { name, shown, shelf, onSignIn = () => {} }: ServerUse): PooledServer {
    const { clock, env, egress = {}, patience } = this.#options;
    const { url, oauth } = spec;
    // Only where there is something to end: one program may hold many nodes.
    if (!process.listeners('exit').includes(this.#onExit)) process.on('exit', this.#onExit);
    const signIn =
      url !== undefined && oauth && shelf
        ? new SignIn({
            server: name,
            url,
            settings: oauth,
            shelf,
            clock,
            fetch: signInFetch(url, egress),
            onLink(link) {
              if (link === null) server.mayStart();
              onSignIn(link);
            },
          })
        : undefined;
    const server: PooledServer = new PooledServer({
      spec,
      name,
      shown,
      key,
      ...(signIn ? { signIn } : {}),
      clock,
      env,
      egress,
      patience,
      newMarker: () => this.#newMarker(),
    });
    this.#servers.set(key, server);
    return server;
  }

  #newMarker(): string {
    const { owner, maxServers = 64 } = this.#options;
    const running = [...this.#servers.values()].filter((server) => server.isRunning).length;
    if (running >= maxServers) {
      throw new RuntimeError(
        'MCP_UNAVAILABLE',
        `${maxServers} servers run already, which is as many as one node may have.`,
        { maxServers },
      );
    }
    return `${owner}:${process.pid}:${++this.#starts}`;
  }
}
