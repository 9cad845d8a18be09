import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterNode, ClusterWorld } from './cluster.ts';
import { counter, heard, listener, script, upTo } from './cluster-agents.ts';
import { HandClock } from './hand-clock.ts';
import type { Cut } from './power.ts';
import { until } from './until.ts';

const names = ['h', 'a', 'b'] as const;
export type DayNode = (typeof names)[number];

const listeners = ['worker', 'ear', 'taker', 'hooked'];
/** A question that was not answered by then is asked again. */
const mostMs = 30_000;
const sync = { placement: { failover: 'auto', shipping: 'sync' } };
const hooked = script(
  'hooked',
  `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.n]);`,
  [{ type: 'webhook', webhook_path: '/in' }],
  sync,
);
const teller = script('teller', `await agent.emit('told', { n: event.payload.n }); return event.payload.n;`, [], sync);
const poster = script('poster', `await agent.send('jobs', { n: event.payload.n }); return event.payload.n;`, [], sync);
const taker = script(
  'taker',
  `await agent.context.set('heard', [...(agent.context.get('heard') ?? []), event.payload.content.n]);`,
  [{ type: 'message', topic: 'jobs' }],
);

/**
 * A day of three nodes in which everything is written that a cluster writes: leases are given, renewed and given back,
 * journals copied, a process moved, taken over and deleted, and events, messages and webhooks cross. One of the nodes may
 * lose its power in the middle of any of it; it is started again, and what was asked of it is asked again.
 */
export class ClusterDay {
  readonly clock = new HandClock();
  readonly world = new ClusterWorld({ clock: this.clock, hub: 'h', leasesIn: 'hub' });
  /** Names of the batches that each node wrote, in all its lives. */
  readonly batches: Readonly<Record<DayNode, Set<string>>> = { h: new Set(), a: new Set(), b: new Set() };
  cuts = 0;
  #complaint = '';
  readonly #cut: (Cut & { node: DayNode }) | undefined;

  constructor(cut?: Cut & { node: DayNode }) {
    this.#cut = cut;
  }

  async live(): Promise<void> {
    await this.#do(async () => this.#running('a', 'b'));
    await this.#do(() => this.#create('a', counter('worker', sync)));
    await this.#do(() => this.#create('a', teller));
    await this.#do(() => this.#create('a', poster));
    await this.#do(() => this.#create('b', listener('ear', sync)));
    await this.#do(() => this.#create('b', taker));
    await this.#do(() => this.#create('b', hooked));
    for (const n of upTo(2)) {
      await this.#wake('worker', n);
      await this.#wake('teller', n);
      await this.#wake('poster', n);
      await this.#hook(n);
    }
    await this.#copied();
    await this.#do(async () => {
      const home = this.#home('worker');
      if (home?.name === 'a') await home.crossing.moves.move('worker', 'b').catch(() => {});
      return this.#home('worker');
    });
    for (const name of ['worker', 'teller', 'poster']) await this.#wake(name, 3);
    await this.#hook(3);
    await this.#copied();
    await this.#takenOver();
    for (const name of ['worker', 'teller', 'poster']) await this.#wake(name, 4);
    await this.#hook(4);
    for (const name of listeners) await this.#do(() => this.#hasAll(name));
    await this.#do(async () => {
      await this.#home('teller')?.api.deleteProcess({ name: 'teller' });
      return true;
    });
    for (const end = this.clock.elapsed() + 30_000; this.clock.elapsed() < end; ) {
      await this.#lookAfter();
      await this.#pass(1_000);
    }
    for (const node of this.world.running) this.#note(node);
  }

  /** What is not as it should be when the day is over. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    for (const name of listeners) {
      const homes = this.world.running.filter((node) => node.side.process(name));
      if (homes.length !== 1)
        problems.push(`${name} lives at ${homes.map((node) => node.name).join(' and ') || 'no node'}`);
      const kept = await this.#heard(name);
      if (kept.toSorted().join() !== '1,2,3,4') problems.push(`${name} has ${kept.join()}`);
    }
    for (const { name, crossing } of this.world.running) {
      const branches = crossing.branches.list();
      for (const { process } of branches) problems.push(`${name} keeps a branch of ${process}`);
    }
    return problems;
  }

  async close(): Promise<void> {
    for (const node of this.world.running) await node.kill();
  }

  async #create(at: DayNode, manifest: ReturnType<typeof script>): Promise<unknown> {
    const { name } = manifest as { name: string };
    if (!this.#home(name))
      await this.world
        .node(at)
        .api.createProcess({ manifest, start: true })
        .catch((thrown: unknown) => {
          // It was made just before the power went, and lives where it was made.
          if (!this.#home(name)) throw thrown;
        });
    const home = this.#home(name);
    const state = () => home?.side.process(name)?.state ?? 'nowhere';
    if (['created', 'failed'].includes(state())) await home?.api.startProcess({ name });
    if (state() !== 'running') throw new Error(`${name} is ${state()}: ${home?.complaints.slice(-3)}`);
    return true;
  }

  #wake(name: string, n: number): Promise<void> {
    return this.#do(() => this.#home(name)?.api.wakeProcess({ name, payload: { n }, idempotencyKey: `${name}${n}` }));
  }

  /** At a node where the agent does not live; the same delivery is the same event. */
  #hook(n: number): Promise<void> {
    return this.#do(async () => {
      const home = this.#home('hooked');
      const other = this.world.running.find((node) => node !== home && node.power.isOn);
      const { status } = (await other?.crossing.forwardHook('hooked', {
        hookPath: '/in',
        method: 'POST',
        path: '/in',
        query: {},
        headers: { 'content-type': 'application/json', 'idempotency-key': `hook${n}` },
        bodyBase64: Buffer.from(JSON.stringify({ n })).toString('base64'),
        remoteAddress: '127.0.0.1',
        receivedAt: this.clock.now(),
      })) ?? { status: 0 };
      return status === 202;
    });
  }

  /** All copies have everything, and the arbiter knows that they may be gone on with. */
  #copied(): Promise<void> {
    return this.#do(async () => {
      const lags = (await Promise.all(this.world.running.map(({ crossing }) => crossing.shipping.lags()))).flat();
      const leases = (await this.world.node('h').ownership.list()).leases;
      return lags
        .filter(({ mode }) => mode === 'sync')
        .every(({ process, standby, entries }) => {
          const lease = leases.find((one) => one.process === process);
          return standby !== null && entries === 0 && lease?.failover === 'auto';
        });
    });
  }

  /** The node that has the worker is gone until another has it. */
  async #takenOver(): Promise<void> {
    const home = this.#home('worker') as ClusterNode;
    // The hub decides, so it has to be there.
    if (home.name === 'h') return;
    this.#note(home);
    await home.kill();
    await this.#do(() => this.#home('worker'), home.name as DayNode);
    await this.#begin(home.name as DayNode);
  }

  async #hasAll(name: string): Promise<true> {
    const kept = await this.#heard(name);
    if (kept.length >= 4) return true;
    const places = this.world.running.map(
      ({ name: node, side, ownership }) =>
        `${node} ${side.process(name)?.state ?? 'has it not'}, ${ownership.owns(name) ? 'owns it' : 'owns it not'}`,
    );
    const complaints = this.world.running.flatMap((node) => node.complaints.slice(-4));
    throw new Error(`${name} has ${kept.join()}; ${places.join('; ')}; ${complaints.join('; ')}`);
  }

  #heard(name: string): Promise<number[]> {
    const home = this.#home(name);
    return home ? heard(home, name) : Promise.resolve([]);
  }

  #home(name: string): ClusterNode | undefined {
    return this.world.running.find((node) => node.power.isOn && node.side.process(name) && node.ownership.owns(name));
  }

  #running(...wanted: DayNode[]): boolean {
    return wanted.every((name) => this.world.running.some((node) => node.name === name && node.power.isOn));
  }

  /** Until it comes to something true, however often the power goes meanwhile. `absent` is left off. */
  async #do(deed: () => unknown, absent?: DayNode): Promise<void> {
    this.#complaint = '';
    await until(async () => {
      await this.#lookAfter(absent);
      const tried = Promise.resolve()
        .then(deed)
        .catch((thrown: unknown) => void (this.#complaint = String(thrown)));
      // What a program whose power went was asked for never comes.
      let outcome: { value: unknown } | undefined;
      void tried.then((value) => (outcome = { value }));
      const isCut = () => names.some((name) => name !== absent && !this.#running(name));
      for (const late = this.clock.elapsed() + mostMs; !outcome && !isCut() && this.clock.elapsed() < late; ) {
        await pause(5);
        if (!outcome) await this.#pass(100);
      }
      if (!outcome?.value) await this.#pass(100);
      return outcome?.value;
    }, 120_000).catch((thrown: unknown) => {
      throw new Error(`${String(thrown)}; ${this.#complaint}; ${this.#describe()}`);
    });
  }

  /** Lets time pass; what goes off at a node just when its power goes throws, and is of no account. */
  async #pass(ms: number): Promise<void> {
    const end = this.clock.elapsed() + ms;
    while (this.clock.elapsed() < end) await this.clock.advance(end - this.clock.elapsed()).catch(() => {});
  }

  #describe(): string {
    const nodes = this.world.running.map(({ name, power, side, ownership, complaints }) => {
      const here = side
        .processes()
        .map((one) => `${one.name} ${one.state}${ownership.owns(one.name) ? '' : ' not owned'}`);
      return `${name}${power.isOn ? '' : ' without power'}: ${here.join(', ')} (${complaints.slice(-6).join(', ')})`;
    });
    return `at ${this.clock.elapsed()} ms: ${nodes.join('; ')}`;
  }

  /** Starts what is not there, and what lost its power. */
  async #lookAfter(absent?: DayNode): Promise<void> {
    for (const name of names) {
      if (name === absent || this.#running(name)) continue;
      const dead = this.world.running.find((node) => node.name === name);
      if (dead) {
        this.#note(dead);
        this.cuts++;
        // Not waited for: parts of it may wait for ever for what they wrote when the power went.
        void dead.kill();
      }
      await this.#begin(name);
    }
  }

  #note({ name, power }: ClusterNode): void {
    for (const batch of power.batches) this.batches[name as DayNode].add(batch);
  }

  async #begin(name: DayNode): Promise<void> {
    const cut = name === this.#cut?.node ? this.#cut : undefined;
    let hasBegun = false;
    let hasFailed = false;
    void this.world.start(name, cut ? { cut } : {}).then(
      () => (hasBegun = true),
      () => (hasFailed = true),
    );
    await until(async () => {
      if (!hasBegun) await this.#pass(20);
      return hasBegun || hasFailed || this.world.running.some((node) => node.name === name && !node.power.isOn);
    }, 20_000);
    if (hasFailed && !this.world.running.some((node) => node.name === name)) this.world.network.stop(name);
  }
}
