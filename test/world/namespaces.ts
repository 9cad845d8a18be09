import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why computers cannot be made here; null: they can. */
export function noNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `t-try${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `ip netns add fails: ${made.error?.message ?? made.stderr.trim()}`;
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}

/** Several computers on one switch, each a network namespace of its own with the address 10.77.0.N. */
export class Namespaces {
  readonly #prefix: string;
  readonly #hosts: number[];

  private constructor(prefix: string, hosts: number[]) {
    this.#prefix = prefix;
    this.#hosts = hosts;
  }

  static async make(count: number): Promise<Namespaces> {
    const made = new Namespaces(
      `t${process.pid}`,
      Array.from({ length: count }, (_, index) => index + 1),
    );
    await made.#ip('netns', 'add', made.#switch);
    await made.#ip('-n', made.#switch, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    await made.#ip('-n', made.#switch, 'link', 'set', 'br0', 'up');
    for (const host of made.#hosts) await made.#plug(host);
    return made;
  }

  /** What a command line begins with to run on that computer. */
  prefixOf(host: number): string[] {
    return ['ip', 'netns', 'exec', this.#name(host)];
  }

  address(host: number): string {
    return `10.77.0.${host}`;
  }

  /** The cable of one computer is pulled or put back. */
  async link(host: number, state: 'up' | 'down'): Promise<void> {
    await this.#ip('-n', this.#switch, 'link', 'set', `p${host}`, state);
  }

  /** The computer goes to another address, as a laptop that roams. */
  async move(host: number, from: string, to: string): Promise<void> {
    await this.#ip('-n', this.#name(host), 'addr', 'del', `${from}/24`, 'dev', 'eth0');
    await this.#ip('-n', this.#name(host), 'addr', 'add', `${to}/24`, 'dev', 'eth0');
    await this.#ip('-n', this.#name(host), 'route', 'replace', '224.0.0.0/4', 'dev', 'eth0');
  }

  /** The switch passes on no multicast any more, as many access points do. */
  async withoutMulticast(): Promise<void> {
    for (const host of this.#hosts) {
      await this.#ip('-n', this.#switch, 'link', 'set', `p${host}`, 'type', 'bridge_slave', 'mcast_flood', 'off');
    }
  }

  /**
   * A second network: one of the computers gets another cable to it, and there is a new computer on it that reaches
   * nobody else. Gives what a command line on that one begins with.
   */
  async secondNetwork(host: number, address: string, other: string): Promise<string[]> {
    const name = `${this.#prefix}-far`;
    await this.#ip('netns', 'add', name);
    await this.#ip(
      '-n',
      this.#name(host),
      'link',
      'add',
      'eth1',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      name,
    );
    await this.#ip('-n', name, 'link', 'set', 'lo', 'up');
    for (const [at, device, ip] of [
      [this.#name(host), 'eth1', address],
      [name, 'eth0', other],
    ] as const) {
      await this.#ip('-n', at, 'addr', 'add', `${ip}/24`, 'dev', device);
      await this.#ip('-n', at, 'link', 'set', device, 'up');
    }
    return ['ip', 'netns', 'exec', name];
  }

  async remove(): Promise<void> {
    for (const name of [this.#switch, `${this.#prefix}-far`, ...this.#hosts.map((host) => this.#name(host))]) {
      await this.#ip('netns', 'del', name).catch(() => {});
    }
  }

  get #switch(): string {
    return `${this.#prefix}-sw`;
  }

  #name(host: number): string {
    return `${this.#prefix}-h${host}`;
  }

  async #plug(host: number): Promise<void> {
    const name = this.#name(host);
    await this.#ip('netns', 'add', name);
    await this.#ip(
      '-n',
      name,
      'link',
      'add',
      'eth0',
      'type',
      'veth',
      'peer',
      'name',
      `p${host}`,
      'netns',
      this.#switch,
    );
    await this.#ip('-n', this.#switch, 'link', 'set', `p${host}`, 'master', 'br0');
    await this.#ip('-n', this.#switch, 'link', 'set', `p${host}`, 'up');
    await this.#ip('-n', name, 'link', 'set', 'lo', 'up');
    await this.#ip('-n', name, 'link', 'set', 'eth0', 'up');
    await this.#ip('-n', name, 'addr', 'add', `${this.address(host)}/24`, 'dev', 'eth0');
    await this.#ip('-n', name, 'route', 'add', '224.0.0.0/4', 'dev', 'eth0');
  }

  async #ip(...args: string[]): Promise<void> {
    await run('ip', args);
  }
}
