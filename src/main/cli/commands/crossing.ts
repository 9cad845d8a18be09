import type { Output } from '../../../shared/api.ts';
import type {
  BranchDetail,
  BranchView,
  DrainView,
  LeasesView,
  LossView,
  MovedView,
  PlacementView,
  RebalanceView,
  ShippingView,
  TakeOverView,
} from '../../../shared/views/crossing-views.ts';
import { type Command, operationCommand } from '../command.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { clockTime, facts, orDash, printable, table } from '../text.ts';

/** Where processes live, and what crosses nodes. */
export const crossingCommands: Command[] = [
  operationCommand<'moveProcess', MovedView>({
    name: 'move',
    summary: 'Moves a process to another node, with all it has.',
    args: ['name', 'node'],
    operation: 'moveProcess',
    text: ({ process, to, gapMs }) => `${process} lives on ${to} now; nothing of it ran for ${gapMs} ms`,
  }),
  operationCommand<'placement', PlacementView>({
    name: 'placement',
    summary: 'Shows which nodes a process could live on, and how far its copy is behind.',
    args: ['name'],
    operation: 'placement',
    text: (view, { terminal }) => placementText(view, terminal),
  }),
  operationCommand<'takeOver', TakeOverView>({
    name: 'take-over',
    summary:
      'Takes a process from a node that is gone, on the node that keeps its copy; first says what would be lost.',
    args: ['name'],
    operation: 'takeOver',
    text: takeOverText,
  }),
  operationCommand<'drainNode', DrainView>({
    name: 'drain',
    summary: 'Moves every process of the node to others, and takes none in.',
    operation: 'drainNode',
    text: drainText,
  }),
  operationCommand<'undrainNode', DrainView>({
    name: 'undrain',
    summary: 'Lets processes live on the node again.',
    operation: 'undrainNode',
    text: () => 'processes may live on this node again',
  }),
  operationCommand<'shipping', ShippingView>({
    name: 'cluster shipping',
    summary: 'Shows how far copies of journals are behind, and what waits for nodes that cannot be reached.',
    operation: 'shipping',
    text: (view, { terminal }) => shippingText(view, terminal),
  }),
  operationCommand<'listLeases', LeasesView>({
    name: 'cluster leases',
    summary: 'Shows who owns which process, and when another node may have it.',
    operation: 'listLeases',
    text: (view, { terminal }) => leasesText(view, terminal),
  }),
  operationCommand<'planLoss', LossView>({
    name: 'cluster loss',
    summary: 'Says what would happen if a node were lost now. Does nothing.',
    args: ['node'],
    operation: 'planLoss',
    text: (view, { terminal }) => lossText(view, terminal),
  }),
  operationCommand<'planRebalance', RebalanceView>({
    name: 'rebalance plan',
    summary: 'Shows which processes would move so that all nodes have about as much to do.',
    operation: 'planRebalance',
    text: (view, { terminal }) => rebalanceText(view, terminal),
  }),
  operationCommand<'rebalance', RebalanceView>({
    name: 'rebalance',
    summary: 'Makes the first move of the plan; one a minute at most.',
    operation: 'rebalance',
    text: (view, { terminal }) => rebalanceText(view, terminal),
  }),
  operationCommand<'configureRebalance', RebalanceView>({
    name: 'rebalance auto',
    summary: 'Lets the node even out by itself what nodes have to do (`on`), or stops that (`off`).',
    args: ['auto'],
    operation: 'configureRebalance',
    prepare: ({ input }) => ({ auto: isOn(String(input['auto'])) }),
    text: (view, { terminal }) => rebalanceText(view, terminal),
  }),
  operationCommand<'listBranches', Output<'listBranches'>>({
    name: 'branches',
    summary: 'Lists what this node wrote of processes that another had taken over.',
    operation: 'listBranches',
    text: ({ items }, { terminal }) =>
      items.length === 0
        ? 'nothing was written alone'
        : listed(
            terminal,
            ['branch', 'process', 'entries', 'owner', 'found', 'seen to'],
            items.map((branch) => [
              branch.id,
              branch.process,
              `${branch.afterSeq + 1} to ${branch.lastSeq}`,
              orDash(branch.owner),
              clockTime(branch.foundAt),
              branch.dismissedAt === null ? 'no' : clockTime(branch.dismissedAt),
            ]),
          ),
  }),
  operationCommand<'getBranch', BranchDetail>({
    name: 'branches show',
    summary: 'Shows a branch, with what may have happened because of it.',
    args: ['id'],
    operation: 'getBranch',
    text: (branch, { terminal }) => branchText(branch, terminal),
  }),
  operationCommand<'dismissBranch', BranchView>({
    name: 'branches dismiss',
    summary: 'Notes that you have seen to a branch. It stays.',
    args: ['id'],
    operation: 'dismissBranch',
    text: ({ id }) => `${id} was seen to`,
  }),
];

function placementText(view: PlacementView, terminal: Terminal): string {
  const lag = view.standby === null ? 'no copy' : `copy on ${view.standby}, ${view.lagEntries} entries behind`;
  const about = facts([
    ['process', view.process],
    ['node', view.node],
    ['failover', view.failover],
    ['journal', `${view.shipping}: ${lag}`],
  ]);
  const nodes = listed(
    terminal,
    ['node', 'id', 'can have it'],
    view.nodes.map(({ name, node, reasons }) => [
      printable(name),
      node,
      reasons.length === 0 ? 'yes' : `no: ${reasons.join('; ')}`,
    ]),
  );
  return `${about}\n\n${nodes}`;
}

function takeOverText(view: TakeOverView): string {
  const missing = Math.max(0, (view.ownerSeq ?? 0) - view.copySeq);
  const loss = missing > 0 ? `up to ${missing} of its newest entries are not here` : 'everything it had said is here';
  if (view.newEpoch !== null) return `${view.process} lives here now; ${loss}`;
  return `${view.process} belongs to ${orDash(view.owner)}; ${loss}. Add --confirm to take it; if its node lives on, what it does alone becomes a branch.`;
}

function drainText({ moved, stayed }: DrainView): string {
  const lines = [
    ...moved.map(({ process, to }) => `${process} moved to ${to}`),
    ...stayed.map(({ process, reason }) => `${process} stays: ${reason}`),
  ];
  return lines.length === 0 ? 'there was nothing to move' : lines.join('\n');
}

function shippingText({ copies, backlogs, hooks, kept }: ShippingView, terminal: Terminal): string {
  const lines = [
    listed(
      terminal,
      ['process', 'copy on', 'mode', 'behind', 'seconds'],
      copies.map(({ process, standby, mode, entries, seconds }) => [
        process,
        orDash(standby),
        mode,
        String(entries),
        seconds.toFixed(1),
      ]),
    ),
  ];
  for (const { node, bytes, problem } of backlogs)
    if (problem !== null) lines.push(`${Math.ceil(bytes / 1_024)} KB wait for ${node}: ${problem}`);
  if (hooks > 0) lines.push(`${hooks} webhooks wait for their nodes`);
  if (kept.length > 0) lines.push(`keeps the journals of ${kept.map(({ process }) => process).join(', ')}`);
  return lines.join('\n');
}

function leasesText({ items }: LeasesView, terminal: Terminal): string {
  const free = (ms: number | null) => (ms === null ? 'by a person' : `in ${(ms / 1_000).toFixed(1)} s`);
  const rows = items.map(({ process, owner, epoch, failover, freeInMs, standby }) => [
    process,
    orDash(owner),
    String(epoch),
    failover,
    free(freeInMs),
    orDash(standby),
  ]);
  return listed(terminal, ['process', 'owner', 'epoch', 'failover', 'free', 'copy on'], rows);
}

function lossText({ name, agents, others }: LossView, terminal: Terminal): string {
  const rows = [
    ...agents.map(({ process, outcome, withinMs, reason }) => [
      process,
      withinMs === null ? outcome : `${outcome} within ${Math.ceil(withinMs / 1_000)} s`,
      printable(reason),
    ]),
    ...others.map(({ process, outcome, reason }) => [process, outcome, printable(reason)]),
  ];
  return rows.length === 0
    ? `nothing would change without ${printable(name)}`
    : listed(terminal, ['process', `without ${printable(name)}`, 'why'], rows);
}

function isOn(word: string): boolean {
  if (word === 'on' || word === 'off') return word === 'on';
  throw new UsageError(`Use it as: agent-runtime rebalance auto on, or off.`);
}

function rebalanceText({ loads, moves, reason, auto }: RebalanceView, terminal: Terminal): string {
  const nodes = listed(
    terminal,
    ['node', 'load', 'processes'],
    loads.map(({ node, load, processes }) => [node, String(load), String(processes)]),
  );
  const byItself = auto === null ? 'nothing moves by itself' : `by itself: decided on ${auto}`;
  return [nodes, ...moves.map(({ process, from, to }) => `${process}: ${from} to ${to}`), reason, byItself].join('\n');
}

function branchText(branch: BranchDetail, terminal: Terminal): string {
  const effects = branch.effects.map(({ at, what, name, outcome }) => [clockTime(at), what, printable(name), outcome]);
  const about = `${branch.process}: entries ${branch.afterSeq + 1} to ${branch.lastSeq}, written in ownership ${branch.epoch}`;
  if (effects.length === 0) return `${about}\nnothing outside can have come of it`;
  return `${about}\nmay have happened:\n${listed(terminal, ['at', 'what', 'name', 'outcome'], effects)}`;
}

function listed(terminal: Terminal, titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = titles.map((title, index) => ({
    title: title.toUpperCase(),
    value: (row: readonly string[]) => row[index] ?? '',
  }));
  return table(rows, columns, terminal.columns);
}
