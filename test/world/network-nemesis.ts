import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterView } from '../../src/shared/cluster-views.ts';
import type { LeasesView, ShippingView } from '../../src/shared/crossing-views.ts';
import type { InboxItemView, ProcessView, TriggerEventView } from '../../src/shared/views.ts';
import { ClusterDoors } from './cluster-doors.ts';
import type { ClusterHosts } from './cluster-hosts.ts';
import { Door } from './door.ts';
import { type Draws, draws } from './draws.ts';
import { type Begun, begunIn, overlapsIn } from './effect-audit.ts';
import { strike } from './network-strikes.ts';
import { until } from './until.ts';

export interface NetworkNemesisOptions {
  /** How long faults go on. */
  seconds: number;
  /** At each node, when it begins. */
  agents: number;
  random: Draws;
}

export interface NetworkNemesisReport {
  /** What was done to the nodes, in order. */
  readonly deeds: string[];
  /** Everything that was answered yes. */
  readonly acknowledged: number;
  readonly effects: number;
  readonly takeOvers: number;
  readonly branches: number;
  /** From the end of the faults until everything had been worked on and every node saw all others. */
  readonly healedAfterMs: number;
  /** Acknowledged, and never done; nor in a branch, where the copy may be a moment behind. */
  readonly lost: string[];
  /** Done again that may not be. */
  readonly twice: string[];
  readonly overlaps: string[];
}

interface Agent {
  name: string;
  /** Nothing counts before its copy has it. */
  isSync: boolean;
  /** Its calls may not be made again unless somebody has looked. */
  isOnce: boolean;
}

interface Acknowledged {
  agent: Agent;
  n: number;
}

/** Between two events that are sent. */
const sendEveryMs = 120;
const mostUnderWay = 40;
const healWithinMs = 240_000;

function manifestOf({ name, isSync, isOnce }: Agent): object {
  return {
    version: '1.0',
    name,
    model: 'script',
    tools: { http_fetch: { allow_hosts: [Door.address] } },
    ...(isOnce ? {} : { tool_policies: { http_fetch: { in_doubt: 'repeat' } } }),
    triggers: [{ type: 'webhook', webhook_path: 'in' }],
    placement: { failover: 'auto', shipping: isSync ? 'sync' : 'async' },
    script: `export default async function run(event, agent) {
      const body = JSON.stringify({ what: '${name}/' + event.payload.n });
      await agent.tool('http_fetch', { url: 'http://${Door.address}/act', method: 'POST', body });
      return event.payload.n;
    }`,
  };
}

/** Nodes that are one cluster already at work, while things happen to them. */
export class NetworkNemesis {
  readonly #hosts: ClusterHosts;
  readonly #doors: ClusterDoors;
  /** What is sent, and when, depends on how quick the machine is: so faults are drawn apart from it, and come again. */
  readonly #sending: Draws = draws(1);
  readonly #random: Draws;
  readonly #agents: Agent[];
  readonly #acknowledged: Acknowledged[] = [];
  #sent = 0;
  #underWay = 0;

  private constructor(hosts: ClusterHosts, doors: ClusterDoors, { agents, random }: NetworkNemesisOptions) {
    this.#hosts = hosts;
    this.#doors = doors;
    this.#random = random;
    this.#agents = Array.from({ length: agents * hosts.numbers.length }, (_, index) => ({
      name: `agent${index}`,
      isSync: index % 2 === 0,
      isOnce: index % 4 < 2,
    }));
  }

  static async run(hosts: ClusterHosts, options: NetworkNemesisOptions): Promise<NetworkNemesisReport> {
    const doors = await ClusterDoors.open(hosts);
    try {
      return await new NetworkNemesis(hosts, doors, options).#run(options.seconds);
    } finally {
      await doors.close();
    }
  }

  async #run(seconds: number): Promise<NetworkNemesisReport> {
    await this.#begin();
    let isOver = false;
    const sending = this.#sendUntil(() => isOver);
    const deeds: string[] = [];
    try {
      for (const begun = Date.now(); Date.now() < begun + seconds * 1_000; ) {
        const { deed, lastsMs, undo } = await strike(this.#hosts, this.#random);
        deeds.push(`${Math.round((Date.now() - begun) / 1_000)} s: ${deed}`);
        await pause(lastsMs);
        await undo();
        await pause(this.#random.int(2_000, 8_000));
      }
    } finally {
      isOver = true;
    }
    const healsAt = Date.now();
    await sending;
    const homes = await until(() => this.#atRest(), healWithinMs).catch(async (thrown: unknown) => {
      throw new Error(`after ${deeds.join(', ')}: ${String(thrown)}\n${await this.#describe(String(thrown))}`);
    });
    return this.#report(deeds, Date.now() - healsAt, homes);
  }

  async #begin(): Promise<void> {
    for (const [index, agent] of this.#agents.entries()) {
      const node = this.#hosts.numbers[index % this.#hosts.numbers.length] as number;
      const { status, body } = await this.#doors.call(node, 'POST', '/processes', {
        manifest: manifestOf(agent),
        start: true,
      });
      if (status !== 201) throw new Error(`${agent.name} was not made: ${status} ${JSON.stringify(body)}`);
    }
    await until(() => this.#areCopied(), 60_000);
  }

  async #sendUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await pause(sendEveryMs);
      if (this.#underWay >= mostUnderWay) continue;
      this.#underWay++;
      void this.#send().finally(() => this.#underWay--);
    }
    await until(() => this.#underWay === 0, 60_000);
  }

  /** To any node: as a webhook, which is brought to the agent wherever it is, or by hand to where it may live. */
  async #send(): Promise<void> {
    const n = ++this.#sent;
    const agent = this.#sending.one(this.#agents);
    const node = this.#sending.one(this.#hosts.numbers);
    const isHook = this.#sending.chance(0.6);
    const path = isHook ? `/hooks/${agent.name}/in` : `/processes/${agent.name}/wake`;
    const body = isHook ? { n } : { payload: { n } };
    try {
      const { status } = await this.#doors.call(node, 'POST', path, body, { headers: { 'idempotency-key': `k${n}` } });
      if (status === 202) this.#acknowledged.push({ agent, n });
    } catch {
      // No answer: whether it was stored is not known, and nothing is claimed of it.
    }
  }

  /** Where each agent lives, once nothing waits any more, all nodes see each other, and every copy has everything. */
  async #atRest(): Promise<Map<string, number>> {
    const homes = new Map<string, number>();
    const open: string[] = [];
    for (const node of this.#hosts.numbers) {
      const { items } = await this.#doors.get<{ items: ProcessView[] }>(node, '/processes?limit=200');
      const here = new Set(items.map(({ name }) => name));
      for (const { name, state, halted } of items) {
        if (homes.has(name)) throw new Error(`${name} lives at ${homes.get(name)} and at ${node}`);
        homes.set(name, node);
        if (state !== 'running' || halted) open.push(`${name} at ${node} is ${state}, ${halted?.message ?? 'works'}`);
      }
      await this.#resolveDoubts(node);
      const path = '/trigger-events?state=waiting,delayed,running,parked&limit=500';
      const events = await this.#doors.get<{ items: TriggerEventView[] }>(node, path);
      const waiting = events.items.filter(({ process }) => here.has(process));
      open.push(...waiting.map(({ process, id, state }) => `${process} ${id} is ${state} at ${node}`));
      const { nodes } = await this.#doors.get<ClusterView>(node, '/cluster');
      for (const seen of nodes)
        if (seen.state !== 'alive') open.push(`${node} says that ${seen.node} is ${seen.state}`);
    }
    for (const { name } of this.#agents) if (!homes.has(name)) open.push(`${name} lives nowhere`);
    if (open.length > 0) throw new Error(`${open.length} not at rest: ${open.slice(0, 12).join('; ')}`);
    await this.#areCopied();
    return homes;
  }

  async #areCopied(): Promise<true> {
    for (const node of this.#hosts.numbers) {
      const { copies, hooks } = await this.#doors.get<ShippingView>(node, '/cluster/shipping');
      const behind = copies.filter(({ standby, entries }) => standby === null || entries > 0);
      if (behind.length > 0 || hooks > 0)
        throw new Error(`node ${node} ships ${JSON.stringify(behind.slice(0, 3))} and holds ${hooks} webhooks`);
    }
    return true;
  }

  /** Where the agents that a complaint names are, for whoever has to find out why they do not come to rest. */
  async #describe(complaint: string): Promise<string> {
    const lines: string[] = [];
    for (const { name } of this.#agents.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(complaint)))
      for (const node of this.#hosts.numbers)
        try {
          const [{ copies, kept }, { items: leases }] = [
            await this.#doors.get<ShippingView>(node, '/cluster/shipping'),
            await this.#doors.get<LeasesView>(node, '/cluster/leases'),
          ];
          const about = <T extends { process: string }>(all: readonly T[]) =>
            JSON.stringify(all.find(({ process }) => process === name));
          lines.push(`${name} at ${node}: ships ${about(copies)}, keeps ${about(kept)}, lease ${about(leases)}`);
          const { items } = await this.#doors.get<{ items: ProcessView[] }>(node, '/processes?limit=200');
          const body = items.find((one) => one.name === name);
          if (!body) continue;
          lines.push(`  lives here, ${body.state}, waiting ${body.waiting}, journal ${body.journal.seq}`);
          for (const { seq, at, kind, epoch, body: said } of (await this.#doors.journal(node, name)).slice(-25))
            lines.push(`  ${seq} ${new Date(at).toISOString()} ${epoch} ${kind} ${JSON.stringify(said).slice(0, 160)}`);
        } catch (thrown) {
          lines.push(`${name} at ${node}: ${String(thrown)}`);
        }
    return lines.join('\n');
  }

  /** Does what a person would: looks whether the call in doubt took place, and says so. */
  async #resolveDoubts(node: number): Promise<void> {
    const { items } = await this.#doors.get<{ items: InboxItemView[] }>(node, '/inbox?limit=500');
    for (const { id, about } of items) {
      const { what } = JSON.parse((about['args'] as { body: string }).body) as { what: string };
      const happened = this.#doors.effects.some((effect) => effect.what === what);
      const answer = happened ? { verdict: 'happened', result: { status: 200 } } : { verdict: 'run_again' };
      await this.#doors.call(node, 'POST', `/inbox/${id}/answer`, { answer });
    }
  }

  async #report(
    deeds: string[],
    healedAfterMs: number,
    homes: ReadonlyMap<string, number>,
  ): Promise<NetworkNemesisReport> {
    const { effects } = this.#doors;
    const begun: Begun[] = [];
    for (const [process, node] of homes) begun.push(...begunIn(process, await this.#doors.journal(node, process)));
    const aside = new Set<string>();
    let branches = 0;
    for (const node of this.#hosts.numbers)
      for (const { process, epoch, entries } of await this.#doors.branches(node)) {
        branches++;
        begun.push(
          ...begunIn(
            process,
            entries.map((entry) => ({ ...entry, epoch })),
          ),
        );
        for (const { kind, body } of entries)
          if (kind === 'event.accepted') aside.add(`${process}/${(body as { payload: { n: number } }).payload.n}`);
      }
    const times = Map.groupBy(effects, ({ what }) => what);
    const isExcused = ({ isSync }: Agent, what: string) => !isSync && aside.has(what);
    const lost = this.#acknowledged.filter(({ agent, n }) => {
      const what = `${agent.name}/${n}`;
      return !times.has(what) && !isExcused(agent, what);
    });
    const twice = this.#agents
      .filter(({ isOnce }) => isOnce)
      .flatMap((agent) =>
        [...times].filter(
          ([what, all]) => what.startsWith(`${agent.name}/`) && all.length > 1 && !isExcused(agent, what),
        ),
      );
    return {
      deeds,
      acknowledged: this.#acknowledged.length,
      effects: effects.length,
      takeOvers: new Set(begun.map(({ process, epoch }) => `${process}/${epoch}`)).size - this.#agents.length,
      branches,
      healedAfterMs,
      lost: lost.map(({ agent, n }) => `${agent.name}/${n}${agent.isSync ? ' sync' : ''}`),
      twice: twice.map(([what, all]) => `${what} at ${all.map(({ node, at }) => `${node}:${at}`).join(' and ')}`),
      overlaps: overlapsIn(begun, effects),
    };
  }
}
