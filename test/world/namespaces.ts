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
  const canDrop = spawnSync('tc', ['-n', name, 'qdisc', 'add', 'dev', 'lo', 'clsact'], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  if (canDrop.status !== 0) return `tc qdisc add clsact fails: ${canDrop.error?.message ?? canDrop.stderr.trim()}`;
  return null;
}

/** Classic BPF, as `tc` takes it, that is true of the given share of frames. */
function chance(share: number): string {
  // 0xfffff038: the random number that the kernel offers to such programs.
  return `4,32 0 0 4294963256,37 0 1 ${Math.round(share * 2 ** 32)},6 0 0 0,6 0 0 4294967295`;
}

/** … of frames that one computer sent: the last four bytes of the sender's address, which begin at the eighth. */
function sentBy(host: number): string {
  return `4,32 0 0 8,21 1 0 ${host},6 0 0 0,6 0 0 4294967295`;
}

/** Several computers on one switch, each a network namespace of its own with the address 10.77.0.N. */
export class Namespaces {
  readonly #prefix: string;
  readonly #hosts: number[];
  readonly #roamed = new Map<number, string>();

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
    // Where frames are sent that are to be lost: its other end is down.
    await made.#ip('-n', made.#switch, 'link', 'add', 'hole', 'type', 'veth', 'peer', 'name', 'nowhere');
    await made.#ip('-n', made.#switch, 'link', 'set', 'hole', 'up');
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
    await this.withoutAddress(host, from);
    await this.withAddress(host, to);
  }

  /** The computer has no address any more, as one that waits for a network. */
  async withoutAddress(host: number, address: string): Promise<void> {
    await this.#ip('-n', this.#name(host), 'addr', 'del', `${address}/24`, 'dev', 'eth0');
  }

  async withAddress(host: number, address: string): Promise<void> {
    await this.#ip('-n', this.#name(host), 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    await this.#ip('-n', this.#name(host), 'route', 'replace', '224.0.0.0/4', 'dev', 'eth0');
  }

  /** Nothing that one computer sends reaches the other any more; what that one sends still comes through. */
  async cutOneWay(from: number, to: number): Promise<void> {
    await this.#drop(to, sentBy(from));
  }

  /** @param share of all frames on the network that never arrive, 0 to 1 */
  async lose(share: number): Promise<void> {
    for (const host of this.#hosts) await this.#drop(host, chance(share));
  }

  /** Undoes cuts and losses, and puts all cables back. */
  async heal(): Promise<void> {
    for (const host of this.#hosts) {
      await this.link(host, 'up');
      await run('tc', ['-n', this.#switch, 'filter', 'del', 'dev', `p${host}`, 'egress']);
    }
  }

  /** As `move`: away from its address, and back the next time. */
  async roam(host: number): Promise<void> {
    const from = this.#roamed.get(host) ?? this.address(host);
    const to = from === this.address(host) ? `10.77.0.${host + 20}` : this.address(host);
    this.#roamed.set(host, to);
    await this.move(host, from, to);
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

  /** Of what the switch sends to a computer, frames of which `program` is true are lost. */
  async #drop(host: number, program: string): Promise<void> {
    const to = ['filter', 'add', 'dev', `p${host}`, 'egress', 'protocol', 'all', 'bpf', 'bytecode', program];
    const lost = ['flowid', '1:1', 'action', 'mirred', 'egress', 'redirect', 'dev', 'hole'];
    await run('tc', ['-n', this.#switch, ...to, ...lost]);
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
    await this.#ip('-n', name, 'link', 'set', 'eth0', 'address', `02:00:00:00:00:0${host}`);
    await run('tc', ['-n', this.#switch, 'qdisc', 'add', 'dev', `p${host}`, 'clsact']);
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
