import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Postgres } from '../../src/main/store/postgres.ts';
import { until } from './until.ts';

const versions = '/usr/lib/postgresql';

/** Where Debian keeps the server, of the newest version; its programs are in no PATH. */
export const postgresBin: string | undefined = existsSync(versions)
  ? readdirSync(versions)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(versions, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;

if (!postgresBin) {
  console.warn(
    'SKIPPED: everything on PostgreSQL, because no server was found (Debian: apt-get install --no-install-recommends postgresql).',
  );
}

/**
 * A real server with a data folder of its own, on loopback. It ends with the program that started it, however that ends:
 * the shell above it waits for the end of its input.
 */
export class PostgresServer {
  readonly #folder: string;
  readonly #port: number;
  readonly #user: { uid: number; gid: number } | undefined;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, user: { uid: number; gid: number } | undefined) {
    this.#folder = folder;
    this.#port = port;
    this.#user = user;
  }

  static async open(): Promise<PostgresServer> {
    const user = otherThanRoot();
    const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-pg-'));
    if (user) chownSync(folder, user.uid, user.gid);
    const args = ['-D', join(folder, 'data'), '-U', 'agent', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(join(postgresBin as string, 'initdb'), args, { ...user, cwd: folder, stdio: 'pipe' });
    const server = new PostgresServer(folder, await freePort(), user);
    await server.start();
    return server;
  }

  /** Where all its files are. */
  get folder(): string {
    return this.#folder;
  }

  url(database = 'postgres'): string {
    return `postgres://agent@127.0.0.1:${this.#port}/${database}`;
  }

  get isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it takes questions. */
  async start(): Promise<void> {
    const { pathname } = new URL(`file://${join(postgresBin as string, 'postgres')}`);
    const command = `"${pathname}" -D data -p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c log_min_messages=fatal & cat >/dev/null; kill -QUIT $!; wait`;
    const child = spawn('sh', ['-c', command], {
      ...this.#user,
      cwd: this.#folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child = child;
    await until(async () => {
      const postgres = await Postgres.open(this.url());
      await postgres.close();
      return true;
    }, 20_000);
  }

  /**
   * The server dies at once with all its processes, as on a crash; what it had acknowledged is in its log. One that
   * outlived the first of them would go on to write the files that the next server has opened.
   */
  async kill(): Promise<void> {
    const pid = this.pid();
    // So that it begins no more of them.
    process.kill(pid, 'SIGSTOP');
    const others = childrenOf(pid);
    for (const one of [...others, pid]) if (isAlive(one)) process.kill(one, 'SIGKILL');
    await until(() => !others.some(isAlive));
    await this.#ended(pid);
  }

  /** As an administrator restarts it: those connected are told, and what is under way is broken off. */
  async stop(): Promise<void> {
    const pid = this.pid();
    process.kill(pid, 'SIGINT');
    await this.#ended(pid);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  pid(): number {
    return Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  async #ended(pid: number): Promise<void> {
    const child = this.#child as ChildProcess;
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
    await until(() => !isAlive(pid));
    rmSync(join(this.#folder, 'data', 'postmaster.pid'), { force: true });
  }
}

const variable = 'AGENT_RUNTIME_TEST_POSTGRES';

/** Databases of this program's tests are made on this server from now on, so that a test can take it away. */
export function makeDatabasesOn(server: PostgresServer): void {
  process.env[variable] = server.url('').slice(0, -1);
}

/** The address of a database that is called after `name`, made when it is new, on one server for all tests of a file. */
export async function postgresDatabase(name: string): Promise<string> {
  process.env[variable] ??= await beginShared();
  const url = process.env[variable] as string;
  const database = `t_${Buffer.from(name).toString('hex').slice(-50)}`;
  const postgres = await Postgres.open(`${url}/postgres`);
  try {
    const found = await postgres.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (found.length === 0) await postgres.query(`CREATE DATABASE ${database}`);
  } finally {
    await postgres.close();
  }
  return `${url}/${database}`;
}

/** As if these nodes, which are gone, had been silent for long: what they own is free by the clock of the leases. */
export async function leasesRunOut(url: string, ...owners: string[]): Promise<void> {
  const postgres = await Postgres.open(url);
  try {
    await postgres.query('UPDATE leases SET renewed_at = 0, expires_at = 0 WHERE owner = ANY ($1)', [owners]);
  } finally {
    await postgres.close();
  }
}

async function beginShared(): Promise<string> {
  makeDatabasesOn(await PostgresServer.open());
  return process.env[variable] as string;
}

/** The server refuses to run as root. */
function otherThanRoot(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:') || one.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function childrenOf(parent: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((pid) => statOf(pid)?.parent === parent);
}

/** What is dead and not yet taken note of writes nothing any more. */
function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== 'Z';
}

function statOf(pid: number): { state: string; parent: number } | null {
  try {
    // The name of the program stands in parentheses, and may hold any of them itself.
    const [state = '', parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}
