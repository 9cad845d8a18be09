import type { Output } from '../../../shared/api.ts';
import type { ClusterView, PairingView } from '../../../shared/views/cluster-views.ts';
import { type Command, operationCommand } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { clockTime, orDash, printable, relative, table } from '../text.ts';

const shows = (view: ClusterView, { terminal }: { terminal: Terminal }): string => clusterText(view, terminal);

/** The cluster this node belongs to. */
export const clusterCommands: Command[] = [
  operationCommand<'cluster', ClusterView>({
    name: 'cluster',
    summary: 'Shows the cluster: its nodes, how they fare, and pairings that wait for you.',
    operation: 'cluster',
    text: shows,
  }),
  operationCommand<'createCluster', ClusterView>({
    name: 'cluster create',
    summary: 'Makes this node the hub of a new cluster.',
    args: ['name?'],
    operation: 'createCluster',
    text: shows,
  }),
  operationCommand<'configureCluster', ClusterView>({
    name: 'cluster set',
    summary: 'Changes how nodes find each other, or the name of the cluster.',
    operation: 'configureCluster',
    text: shows,
  }),
  operationCommand<'openPairing', Output<'openPairing'>>({
    name: 'cluster code',
    summary: 'Shows a code with which one node can ask to be taken in, for two minutes. On the hub.',
    operation: 'openPairing',
    text: ({ code, expiresAt, addresses }) =>
      [
        `code ${code.slice(0, 4)} ${code.slice(4)}, until ${clockTime(expiresAt)}`,
        ...addresses.map((address) => `on the other node: agent-runtime cluster join ${address} ${code}`),
      ].join('\n'),
  }),
  operationCommand<'pair', PairingView>({
    name: 'cluster join',
    summary: 'Asks the hub of a cluster to take this node in, with the code that it shows.',
    args: ['address', 'code'],
    operation: 'pair',
    text: pairingText,
  }),
  operationCommand<'confirmPairing', PairingView>({
    name: 'cluster confirm',
    summary: 'Says that both nodes show the same words.',
    args: ['id'],
    operation: 'confirmPairing',
    text: pairingText,
  }),
  operationCommand<'rejectPairing', PairingView>({
    name: 'cluster reject',
    summary: 'Says that the words differ, or that the pairing was not wanted.',
    args: ['id'],
    operation: 'rejectPairing',
    text: pairingText,
  }),
  operationCommand<'lookAround'>({
    name: 'cluster look',
    summary: 'Looks for nodes on the network for a minute; "cluster find" then lists them.',
    operation: 'lookAround',
    text: () => 'Looking for a minute: agent-runtime cluster find',
  }),
  operationCommand<'discovered', Output<'discovered'>>({
    name: 'cluster find',
    summary: 'Lists addresses where nodes were found.',
    operation: 'discovered',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'ADDRESS', value: ({ address }) => address },
          { title: 'BY', value: ({ source }) => source },
          { title: 'NODE', value: ({ name }) => name ?? 'not paired' },
          { title: 'SEEN', value: ({ seenAt }) => relative(seenAt || null, terminal.now()) },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'setPeerRole', ClusterView>({
    name: 'cluster role',
    summary: 'Changes what a paired node may do here: observe, operate or member.',
    args: ['node', 'role'],
    operation: 'setPeerRole',
    text: shows,
  }),
  operationCommand<'unpair', ClusterView>({
    name: 'cluster remove',
    summary: 'Forgets a node and cuts it off; on the hub, for the whole cluster.',
    args: ['node'],
    operation: 'unpair',
    text: shows,
  }),
  operationCommand<'acceptNode', ClusterView>({
    name: 'cluster accept',
    summary: 'Lets a node in again that was refused because two claimed to be it.',
    args: ['node'],
    operation: 'acceptNode',
    text: shows,
  }),
  operationCommand<'leaveCluster', ClusterView>({
    name: 'cluster leave',
    summary: 'Forgets all nodes this one is paired with.',
    operation: 'leaveCluster',
    text: shows,
  }),
  operationCommand<'renewIdentity', Output<'renewIdentity'>>({
    name: 'cluster renew',
    summary: 'Makes this node a new one with its next start, such as a copy of a disk.',
    operation: 'renewIdentity',
    text: () => 'With its next start this node has a new key, and is paired with nobody.',
  }),
];

function clusterText({ cluster, nodes, addresses, pairings }: ClusterView, terminal: Terminal): string {
  const open = pairings.filter(({ state }) => state === 'compare' || state === 'waiting');
  if (!cluster && open.length === 0) {
    return 'This node is in no cluster: "cluster create" makes one here, "cluster join" joins another.';
  }
  const listed = table(
    nodes,
    [
      { title: 'NODE', value: ({ name, hub, self }) => `${name}${hub ? ' (hub)' : ''}${self ? ' (this)' : ''}` },
      { title: 'WORDS', value: ({ words }) => words },
      { title: 'STATE', value: ({ state, problem }) => (problem ? `${state}!` : state) },
      { title: 'ROLE', value: ({ role }) => orDash(role) },
      { title: 'AGENTS', value: ({ report }) => (report ? `${report.processes}, ${report.running} running` : '-') },
      { title: 'LOAD', value: ({ report }) => (report ? report.load.toFixed(2) : '-') },
      { title: 'MS', value: ({ roundTripMs }) => (roundTripMs === null ? '-' : roundTripMs.toFixed(1)) },
      { title: 'CLOCK', value: ({ clockSkewMs }) => (clockSkewMs === null ? '-' : `${Math.round(clockSkewMs)} ms`) },
      { title: 'SEEN', value: ({ self, lastSeenAt }) => (self ? 'now' : relative(lastSeenAt, terminal.now())) },
    ],
    terminal.columns,
  );
  const problems = nodes.flatMap(({ name, problem }) => (problem ? [printable(`${name}: ${problem}`)] : []));
  const title = cluster
    ? `${printable(cluster.name)}, reached at ${addresses.join(', ') || 'no address'}`
    : 'in no cluster yet';
  return [title, listed, ...problems, ...open.map(pairingText)].join('\n');
}

function pairingText({ id, name, state, words, reason, role }: PairingView): string {
  const other = printable(name);
  if (state === 'paired')
    return `paired with ${other}, which may ${role === 'hub' ? 'arbitrate' : `act as ${role}`} here`;
  if (state === 'rejected' || state === 'failed') return printable(`not paired with ${name}: ${reason}`);
  const next =
    state === 'waiting'
      ? 'confirmed here; the other side has not said so yet'
      : `if ${other} shows the same: agent-runtime cluster confirm ${id}; else: agent-runtime cluster reject ${id}`;
  return `pairing ${id} with ${other}: ${words.join(' ')}\n${next}`;
}
