import type { MessageView } from '../../shared/views/messaging-views.ts';
import type { BusEventView, ProcessView } from '../../shared/views/views.ts';
import { hears, type Listener, listenersAmong, matchesPattern } from '../design/emitted.ts';

export interface GraphNode {
  id: string;
  kind: 'agent' | 'outside' | 'unheard';
  /** Name of the agent, or of the event nobody hears. */
  name: string;
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  /** Names of the events or topics that go this way. */
  names: string[];
  kind: 'event' | 'message';
  /** How many were published of late, and when the newest was; none yet: the trigger says so. */
  count: number;
  newest: number | null;
  /** It is part of a way that leads back to where it began. */
  loops: boolean;
}

export interface ProcessGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export const outsideId = '@outside';

/** Who wakes whom: derived from what was published and from what triggers listen to, never drawn by hand. Pure. */
export function processGraph(
  processes: readonly ProcessView[],
  events: readonly BusEventView[],
  messages: readonly MessageView[] = [],
): ProcessGraph {
  const names = new Set(processes.map(({ name }) => name));
  const listeners = listenersAmong(processes).filter(({ enabled }) => enabled);
  const edges = new Map<string, GraphEdge>();
  const unheard = new Map<string, GraphEdge>();
  for (const event of events) {
    const from = names.has(event.source) ? event.source : outsideId;
    const heard = listeners.filter((listener) => hears(listener, { kind: 'event', name: event.type }, event.source));
    for (const { process } of heard) add(edges, { from, to: process, kind: 'event', name: event.type, at: event.at });
    if (heard.length === 0)
      add(unheard, { from, to: `@unheard:${event.type}`, kind: 'event', name: event.type, at: event.at });
  }
  for (const message of messages) {
    const from = names.has(message.sender) ? message.sender : outsideId;
    const takers = message.taker === null ? takersOf(message, listeners) : [message.taker];
    for (const to of takers.filter((name) => names.has(name))) {
      add(edges, { from, to, kind: 'message', name: message.topic, at: message.sentAt });
    }
    if (takers.length === 0) {
      add(unheard, { from, to: `@unheard:${message.topic}`, kind: 'message', name: message.topic, at: message.sentAt });
    }
  }
  for (const listener of listeners) addExpected(edges, listener, names);
  const all = markLoops([...edges.values(), ...unheard.values()]);
  const nodes: GraphNode[] = processes.map(({ name }) => ({ id: name, kind: 'agent', name }));
  if (all.some(({ from }) => from === outsideId))
    nodes.push({ id: outsideId, kind: 'outside', name: 'You and programs' });
  for (const { to, names: types } of unheard.values()) nodes.push({ id: to, kind: 'unheard', name: types[0] ?? '' });
  return { nodes, edges: all };
}

/** Who may take a message that nobody has taken yet. */
function takersOf({ topic, to, sender }: MessageView, listeners: readonly Listener[]): string[] {
  if (to !== null) return [to];
  return listeners
    .filter((listener) => hears(listener, { kind: 'message', name: topic }, sender))
    .map(({ process }) => process);
}

interface Flow {
  from: string;
  to: string;
  kind: GraphEdge['kind'];
  name: string;
  at: number | null;
}

function add(edges: Map<string, GraphEdge>, { from, to, kind, name, at }: Flow): void {
  const id = `${kind}:${from}→${to}`;
  const edge = edges.get(id) ?? { id, from, to, names: [], kind, count: 0, newest: null, loops: false };
  if (!edge.names.includes(name)) edge.names.push(name);
  if (at !== null) {
    edge.count++;
    edge.newest = Math.max(edge.newest ?? 0, at);
  }
  edges.set(id, edge);
}

/** A trigger that names its source is an edge before anything was published. */
function addExpected(
  edges: Map<string, GraphEdge>,
  { source, process, pattern, kind }: Listener,
  names: ReadonlySet<string>,
): void {
  if (source === null || !names.has(source)) return;
  const known = edges.get(`${kind}:${source}→${process}`);
  if (!known?.names.some((name) => matchesPattern(pattern, name)))
    add(edges, { from: source, to: process, kind, name: pattern, at: null });
}

/** Marks the edges inside strongly connected parts (Tarjan 1972). */
function markLoops(edges: GraphEdge[]): GraphEdge[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const part = stronglyConnected(next);
  return edges.map((edge) => ({
    ...edge,
    loops: edge.from === edge.to || (part.get(edge.from) === part.get(edge.to) && part.has(edge.from)),
  }));
}

function stronglyConnected(next: ReadonlyMap<string, string[]>): Map<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const part = new Map<string, number>();
  const stack: string[] = [];
  let parts = 0;
  const visit = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    stack.push(node);
    for (const other of next.get(node) ?? []) {
      if (!index.has(other)) visit(other);
      if (!part.has(other)) low.set(node, Math.min(low.get(node) ?? 0, low.get(other) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    parts++;
    for (;;) {
      const member = stack.pop();
      if (member === undefined) return;
      part.set(member, parts);
      if (member === node) return;
    }
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return part;
}
