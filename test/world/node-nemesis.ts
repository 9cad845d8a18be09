import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterView } from '../../src/shared/views/cluster-views.ts';
import type { LeasesView, ShippingView } from '../../src/shared/views/crossing-views.ts';
import type { InboxItemView, JournalEntryView, ProcessView, TriggerEventView } from '../../src/shared/views/views.ts';
import { type Draws, draws } from './draws.ts';
import { type Begun, begunIn, doneBy, overlapsIn } from './effect-audit.ts';
import type { Outside } from './outside.ts';
import { until } from './until.ts';

/** What was done to nodes, and what undoes it; `lastsMs`: how long it is left so. */
export interface Strike {
  readonly deed: string;
  readonly lastsMs: number;
  undo(): Promise<void>;
}

export interface NodeNemesisOptions {
  readonly outside: Outside;
  /** One fault, drawn. */
  strike(random: Draws): Promise<Strike>;
  /** When all agents are there, and faults begin. */
  onBegin?(): void;
  /** When no more faults come. */
  onHeal?(): Promise<void>;
  /** How long faults go on. */
  seconds: number;
  /** At each node, when it begins. */
  agents: number;
  random: Draws;
}

export interface NodeNemesisReport {
  /** What was done to the nodes, in order. */
  readonly deeds: string[];
  /** Everything that was answered yes. */
  readonly acknowledged: number;
  readonly effects: number;
  readonly takeOvers: number;
  readonly branches: number;
  /** From the end of the faults until everything had been worked on and every node saw all others. */
  readonly healedAfterMs: number;
  /** Acknowledged, and never done; nor in a branch, where the copy may be a moment behind. With what the journal says. */
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

function manifestOf({ name, isSync, isOnce }: Agent, address: string): object {
  return {
    version: '1.0',
    name,
    model: 'script',
    tools: { http_fetch: { allow_hosts: [address] } },
    ...(isOnce ? {} : { tool_policies: { http_fetch: { in_doubt: 'repeat' } } }),
    triggers: [{ type: 'webhook', webhook_path: 'in' }],
    placement: { failover: 'auto', shipping: isSync ? 'sync' : 'async' },
    script: `export default async function run(event, agent) {
      const body = JSON.stringify({ what: '${name}/' + event.payload.n });
      await agent.tool('http_fetch', { url: 'http://${address}/act', method: 'POST', body });
      return event.payload.n;
    }`,
  };
}

/** Nodes that are at work already, while things happen to them. */
export class NodeNemesis {
  readonly #options: NodeNemesisOptions;
  readonly #outside: Outside;
  /** What is sent, and when, depends on how quick the machine is: so faults are drawn apart from it, and come again. */
  readonly #sending: Draws = draws(1);
  readonly #agents: Agent[];
  readonly #acknowledged: Acknowledged[] = [];
  #sent = 0;
  #underWay = 0;

  constructor(options: NodeNemesisOptions) {
    const { agents, outside } = options;
    this.#options = options;
    this.#outside = outside;
    this.#agents = Array.from({ length: agents * outside.numbers.length }, (_, index) => ({
      name: `agent${index}`,
      isSync: index % 2 === 0,
      isOnce: index % 4 < 2,
    }));
  }

  async run(): Promise<NodeNemesisReport> {
    const { seconds, random, strike } = this.#options;
    await this.#begin();
    this.#options.onBegin?.();
    let isOver = false;
    const sending = this.#sendUntil(() => isOver);
    const deeds: string[] = [];
    try {
      for (const begun = Date.now(); Date.now() < begun + seconds * 1_000; ) {
        const { deed, lastsMs, undo } = await strike(random);
        deeds.push(`${Math.round((Date.now() - begun) / 1_000)} s: ${deed}`);
        await pause(lastsMs);
        await undo();
        await pause(random.int(2_000, 8_000));
      }
    } finally {
      isOver = true;
    }
    const healsAt = Date.now();
    await this.#options.onHeal?.();
    await sending;
    const homes = await until(() => this.#atRest(), healWithinMs).catch(async (thrown: unknown) => {
      throw new Error(`after ${deeds.join(', ')}: ${String(thrown)}\n${await this.#describe(String(thrown))}`);
    });
    return this.#report(deeds, Date.now() - healsAt, homes);
  }

  async #begin(): Promise<void> {
    for (const [index, agent] of this.#agents.entries()) {
      const node = this.#outside.numbers[index % this.#outside.numbers.length] as number;
      const { status, body } = await this.#outside.call(node, 'POST', '/processes', {
        manifest: manifestOf(agent, this.#outside.address),
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
    const first = this.#sending.int(0, this.#outside.numbers.length - 1);
    const { numbers } = this.#outside;
    const isHook = this.#sending.chance(0.6);
    const path = isHook ? `/hooks/${agent.name}/in` : `/processes/${agent.name}/wake`;
    const body = isHook ? { n } : { payload: { n } };
    try {
      // Nodes that share a database do not ask each other, so one that does not have the agent says so.
      for (const index of numbers.keys()) {
        const node = numbers[(first + index) % numbers.length] as number;
        const { status } = await this.#outside.call(node, 'POST', path, body, {
          headers: { 'idempotency-key': `k${n}` },
        });
        if (status === 202) this.#acknowledged.push({ agent, n });
        if (status !== 404) return;
      }
    } catch {
      // No answer: whether it was stored is not known, and nothing is claimed of it.
    }
  }

  /** Where each agent lives, once nothing waits any more, all nodes see each other, and every copy has everything. */
  async #atRest(): Promise<Map<string, number>> {
    const homes = new Map<string, number>();
    const open: string[] = [];
    for (const node of this.#outside.numbers) {
      const { items } = await this.#outside.get<{ items: ProcessView[] }>(node, '/processes?limit=200');
      const here = new Set(items.map(({ name }) => name));
      for (const { name, state, halted } of items) {
        if (homes.has(name)) throw new Error(`${name} lives at ${homes.get(name)} and at ${node}`);
        homes.set(name, node);
        if (state !== 'running' || halted) open.push(`${name} at ${node} is ${state}, ${halted?.message ?? 'works'}`);
      }
      await this.#resolveDoubts(node);
      const path = '/trigger-events?state=waiting,delayed,running,parked&limit=500';
      const events = await this.#outside.get<{ items: TriggerEventView[] }>(node, path);
      const waiting = events.items.filter(({ process }) => here.has(process));
      open.push(...waiting.map(({ process, id, state }) => `${process} ${id} is ${state} at ${node}`));
      const { nodes } = await this.#outside.get<ClusterView>(node, '/cluster');
      for (const seen of nodes)
        if (seen.state !== 'alive') open.push(`${node} says that ${seen.node} is ${seen.state}`);
    }
    for (const { name } of this.#agents) if (!homes.has(name)) open.push(`${name} lives nowhere`);
    if (open.length > 0) throw new Error(`${open.length} not at rest: ${open.slice(0, 12).join('; ')}`);
    await this.#areCopied();
    return homes;
  }

  async #areCopied(): Promise<true> {
    for (const node of this.#outside.numbers) {
      const { copies, hooks } = await this.#outside.get<ShippingView>(node, '/cluster/shipping');
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
      for (const node of this.#outside.numbers)
        try {
          const [{ copies, kept }, { items: leases }] = [
            await this.#outside.get<ShippingView>(node, '/cluster/shipping'),
            await this.#outside.get<LeasesView>(node, '/cluster/leases'),
          ];
          const about = <T extends { process: string }>(all: readonly T[]) =>
            JSON.stringify(all.find(({ process }) => process === name));
          lines.push(`${name} at ${node}: ships ${about(copies)}, keeps ${about(kept)}, lease ${about(leases)}`);
          const { items } = await this.#outside.get<{ items: ProcessView[] }>(node, '/processes?limit=200');
          const body = items.find((one) => one.name === name);
          if (!body) continue;
          lines.push(`  lives here, ${body.state}, waiting ${body.waiting}, journal ${body.journal.seq}`);
          for (const { seq, at, kind, epoch, body: said } of (await this.#outside.journal(node, name)).slice(-25))
            lines.push(`  ${seq} ${new Date(at).toISOString()} ${epoch} ${kind} ${JSON.stringify(said).slice(0, 160)}`);
        } catch (thrown) {
          lines.push(`${name} at ${node}: ${String(thrown)}`);
        }
    return lines.join('\n');
  }

  /** Does what a person would: looks whether the call in doubt took place, and says so. */
  async #resolveDoubts(node: number): Promise<void> {
    const { items } = await this.#outside.get<{ items: InboxItemView[] }>(node, '/inbox?limit=500');
    for (const { id, about } of items) {
      const { what } = JSON.parse((about['args'] as { body: string }).body) as { what: string };
      const happened = this.#outside.effects.some((effect) => effect.what === what);
      const answer = happened ? { verdict: 'happened', result: { status: 200 } } : { verdict: 'run_again' };
      await this.#outside.call(node, 'POST', `/inbox/${id}/answer`, { answer });
    }
  }

  async #report(
    deeds: string[],
    healedAfterMs: number,
    homes: ReadonlyMap<string, number>,
  ): Promise<NodeNemesisReport> {
    const { effects } = this.#outside;
    const begun: Begun[] = [];
    const journals = new Map<string, readonly JournalEntryView[]>();
    for (const [process, node] of homes) {
      const entries = await this.#outside.journal(node, process);
      journals.set(process, entries);
      begun.push(...begunIn(process, entries));
    }
    const aside = new Set<string>();
    let branches = 0;
    for (const node of this.#outside.numbers)
      for (const { process, epoch, entries } of await this.#outside.branches(node)) {
        branches++;
        const owned = entries.map((entry) => ({ ...entry, epoch }));
        begun.push(...begunIn(process, owned, true));
        for (const { kind, body } of entries)
          if (kind === 'event.accepted') aside.add(`${process}/${(body as { payload: { n: number } }).payload.n}`);
      }
    const repeatable = new Set<string | undefined>(
      this.#agents.filter(({ isOnce }) => !isOnce).map(({ name }) => name),
    );
    const done = doneBy(begun, effects);
    const times = Map.groupBy(done, ({ effect }) => effect.what);
    const lost = this.#acknowledged.filter(({ agent, n }) => {
      const what = `${agent.name}/${n}`;
      return !times.has(what) && (agent.isSync || !aside.has(what));
    });
    // What an old owner did alone may have happened; who follows without a copy of it cannot know.
    const twice = this.#agents
      .filter(({ isOnce }) => isOnce)
      .flatMap(({ name, isSync }) =>
        [...times].filter(
          ([what, all]) =>
            what.startsWith(`${name}/`) && all.filter(({ begun }) => isSync || !begun?.isAside).length > 1,
        ),
      );
    return {
      deeds,
      acknowledged: this.#acknowledged.length,
      effects: effects.length,
      takeOvers: new Set(begun.map(({ process, epoch }) => `${process}/${epoch}`)).size - this.#agents.length,
      branches,
      healedAfterMs,
      lost: lost.map(({ agent, n }) => {
        const became = becameOf(n, journals.get(agent.name) ?? []);
        return `${agent.name}/${n}${agent.isSync ? ' sync' : ''}: ${became}`;
      }),
      twice: twice.map(([what, all]) => {
        const [process = '', n] = what.split('/');
        const told = all
          .map(({ effect, begun }) => `${effect.node}:${effect.at} ${JSON.stringify(begun)}`)
          .join(' and ');
        return `${what} at ${told}: ${becameOf(Number(n), journals.get(process) ?? [])}`;
      }),
      overlaps: overlapsIn(begun, done, (what) => repeatable.has(what.split('/')[0])),
    };
  }
}

/** What the journal tells of an event that was acknowledged. */
function becameOf(n: number, entries: readonly JournalEntryView[]): string {
  const accepted = entries.find(
    ({ kind, body }) => kind === 'event.accepted' && (body['payload'] as { n?: number } | null)?.n === n,
  );
  if (!accepted) return 'never accepted';
  const id = String(accepted.body['id']);
  const about = entries.filter((entry) => JSON.stringify(entry.body).includes(id));
  return about
    .map(({ seq, at, kind, epoch, body }) => `${seq} ${at} e${epoch} ${kind} ${JSON.stringify(body).slice(0, 400)}`)
    .join('; ');
}
