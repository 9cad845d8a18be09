import { RuntimeError } from '../../src/shared/errors.ts';
import { type ClusterNode, ClusterWorld } from './cluster.ts';
import { counter, heard } from './cluster-agents.ts';
import { type Draws, draws } from './draws.ts';
import { HandClock } from './hand-clock.ts';
import { PeerNetwork } from './peer-network.ts';
import { until } from './until.ts';

export interface NemesisOptions {
  /** How long faults go on, on the clock of the world. */
  forMs: number;
  processes: number;
  random?: Draws;
}

export interface NemesisReport {
  /** What was done to the nodes, in order. */
  deeds: string[];
  /** Everything that was answered yes. */
  acknowledged: number;
  /** Acknowledged, and in no process and no branch. */
  lost: string[];
  /** Worked on more than once by what counts now. */
  twice: string[];
  /** Steps that began in one ownership while those of another went on. */
  overlaps: string[];
  takeOvers: number;
  branches: number;
}

interface Begun {
  process: string;
  epoch: number;
  node: string;
  at: number;
}

const names = ['a', 'b', 'c'] as const;
const shipping = ['sync', 'async'] as const;

/** Three nodes at work while things happen to them: kills, cuts in one and both directions, losses, moves. */
export async function nemesis({ forMs, processes, random = draws() }: NemesisOptions): Promise<NemesisReport> {
  const clock = new HandClock();
  const world = new ClusterWorld({ clock, network: new PeerNetwork({ clock, draws: random }) });
  const begun: Begun[] = [];
  const watch = (node: ClusterNode) =>
    node.runtime.journal.onDurable((entries) => {
      for (const { process, kind, epoch } of entries)
        if (['run.started', 'step.intended', 'step.ended'].includes(kind) && node.ownership.epoch(process) === epoch)
          begun.push({ process, epoch, node: node.name, at: clock.now() });
    });
  for (const node of await world.startAll(...names)) watch(node);
  const agents = Array.from({ length: processes }, (_, index) => `agent${index}`);
  for (const [index, name] of agents.entries()) {
    const placement = { failover: 'auto', shipping: shipping[index % 2] as string };
    await world
      .node(names[index % 3] as string)
      .api.createProcess({ manifest: counter(name, { placement }), start: true });
  }
  await clock.advance(5_000);

  const acknowledged = new Map<string, number[]>(agents.map((name) => [name, []]));
  let sent = 0;
  const send = () => {
    const name = random.one(agents);
    const node = world.running.find((one) => one.side.process(name));
    if (!node) return;
    const n = ++sent;
    node.api.wakeProcess({ name, payload: { n }, idempotencyKey: `k${n}` }).then(
      () => acknowledged.get(name)?.push(n),
      () => {},
    );
  };

  const deeds: string[] = [];
  const end = clock.now() + forMs;
  while (clock.now() < end) {
    const { deed, undo } = await strike(world, random, watch);
    deeds.push(`${Math.round((clock.now() - end + forMs) / 1_000)} s: ${deed}`);
    const lastsMs = random.int(3_000, 22_000);
    for (const over = clock.now() + lastsMs; clock.now() < over; ) {
      send();
      await clock.advance(100);
    }
    await undo();
    for (const over = clock.now() + random.int(3_000, 10_000); clock.now() < over; ) {
      send();
      await clock.advance(100);
    }
  }
  world.network.heal();
  for (const name of names) if (!world.running.some((node) => node.name === name)) watch(await world.start(name));

  const homeOf = (name: string) => world.running.filter((node) => node.side.process(name));
  await until(async () => {
    await clock.advance(500);
    const isAtRest = await Promise.all(
      agents.map(async (name) => {
        const [home, other] = homeOf(name);
        return home && !other && home.ownership.owns(name) && home.side.process(name)?.waiting === 0;
      }),
    );
    if (isAtRest.every(Boolean)) return true;
    throw new Error(deeds.join('; ') + describe(world, agents));
  }, 60_000);
  await clock.advance(5_000);

  const report: NemesisReport = {
    deeds,
    acknowledged: [...acknowledged.values()].flat().length,
    lost: [],
    twice: [],
    overlaps: overlapsIn(begun),
    takeOvers: new Set(begun.map(({ process, epoch }) => `${process}/${epoch}`)).size - agents.length,
    branches: world.running.reduce((sum, node) => sum + node.crossing.branches.list().length, 0),
  };
  for (const [index, name] of agents.entries()) {
    const [home] = homeOf(name);
    if (!home) throw new RuntimeError('PROCESS_NOT_FOUND', `"${name}" lives nowhere.`);
    const kept = await heard(home, name);
    if (new Set(kept).size !== kept.length) report.twice.push(name);
    const isSync = index % 2 === 0;
    // With a copy that is a moment behind, what was accepted last can end up in a branch, where a person finds it.
    const aside = isSync ? new Set<number>() : asideIn(world, name);
    for (const n of acknowledged.get(name) ?? [])
      if (!kept.includes(n) && !aside.has(n)) report.lost.push(`${name}/${n}`);
  }
  return report;
}

/** Where each agent is, for whoever has to find out why it does not come to rest. */
function describe(world: ClusterWorld, agents: readonly string[]): string {
  const states = agents.map((name) =>
    [
      name,
      ...world.running.map(({ name: node, side, ownership, crossing, runtime }) => {
        const here = side.process(name);
        const lives = here
          ? `lives, ${here.state}, ${here.waiting} wait, ${runtime.get(name).halted?.code ?? 'no halt'}`
          : 'away';
        const copy = crossing.copies.of(name);
        const kept = copy ? `copy ${copy.head.seq} ${copy.mode}` : 'no copy';
        return `${node}: ${lives}, ${ownership.owns(name) ? 'owns' : ownership.isHeld(name) ? 'holds' : 'not its'} ${ownership.epoch(name)}, ${kept}, ${crossing.homes.of(name)?.place ?? 'made here'}`;
      }),
    ].join(' | '),
  );
  return `\n${states.join('\n')}\n${world.running.flatMap(({ complaints }) => complaints.slice(-6)).join('\n')}`;
}

/** One fault, and what undoes it. */
async function strike(world: ClusterWorld, random: Draws, watch: (node: ClusterNode) => unknown) {
  const { network } = world;
  const name = random.one(names);
  const other = random.one(names.filter((one) => one !== name));
  const heal = async () => network.heal();
  switch (random.int(1, 7)) {
    case 1:
    case 2: {
      await world.running.find((node) => node.name === name)?.kill();
      return { deed: `kill ${name}`, undo: async () => void watch(await world.start(name)) };
    }
    case 3:
      network.isolate(name);
      return { deed: `isolate ${name}`, undo: heal };
    case 4:
      network.isolate(world.hub);
      return { deed: 'isolate the hub', undo: heal };
    case 5:
      network.cutOneWay(name, other);
      return { deed: `cut ${name} to ${other}`, undo: heal };
    case 6: {
      for (const from of names) for (const to of names) if (from !== to) network.lose(from, to, 0.3);
      return { deed: 'lose 30 % everywhere', undo: heal };
    }
    default: {
      const node = world.running.find((one) => one.name === name);
      const process = node?.side.processes()[0]?.name;
      if (node && process) node.crossing.moves.move(process, other).catch(() => {});
      return { deed: `move ${process ?? 'nothing'} from ${name} to ${other}`, undo: heal };
    }
  }
}

function overlapsIn(begun: readonly Begun[]): string[] {
  const overlaps: string[] = [];
  for (const [process, all] of Map.groupBy(begun, (one) => one.process)) {
    const spans = [...Map.groupBy(all, ({ epoch }) => epoch)]
      .map(([epoch, steps]) => ({
        epoch,
        nodes: new Set(steps.map(({ node }) => node)),
        first: Math.min(...steps.map(({ at }) => at)),
        last: Math.max(...steps.map(({ at }) => at)),
      }))
      .sort((x, y) => x.epoch - y.epoch);
    for (const [index, span] of spans.entries()) {
      const next = spans[index + 1];
      if (span.nodes.size > 1)
        overlaps.push(`${process}: ownership ${span.epoch} was at ${[...span.nodes].join(' and ')}`);
      if (next && next.first < span.last)
        overlaps.push(`${process}: ${next.epoch} began at ${next.first}, ${span.epoch} ended at ${span.last}`);
    }
  }
  return overlaps;
}

/** The numbers that stand in branches of a process, on any node. */
function asideIn(world: ClusterWorld, process: string): Set<number> {
  const numbers = new Set<number>();
  for (const { crossing } of world.running)
    for (const { id } of crossing.branches.list(process))
      for (const { kind, body } of crossing.branches.entries(id))
        if (kind === 'event.accepted') numbers.add((body.payload as { n: number }).n);
  return numbers;
}
