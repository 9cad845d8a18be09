import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import type { LimitView } from '../../shared/views/governance-views.ts';
import type { ProcessView, TriggerView } from '../../shared/views/views.ts';
import { hears, listenersAmong } from '../design/emitted.ts';
import { numberText } from '../ui/format.ts';
import { type GraphEdge, outsideId } from './process-graph.ts';

/** Agents that wake each other round and round. */
export interface Loop {
  id: string;
  /** One way round, from the first back to itself: A, B, A. */
  way: string[];
  edges: GraphEdge[];
}

/** Something that keeps a loop from going round for ever. */
export interface Brake {
  text: string;
  /** It holds whatever is told; else only what a filter, a script or a pause lets by is held back. */
  sure: boolean;
}

/** The loops of the map, each with all edges inside it. */
export function loopsOf(edges: readonly GraphEdge[]): Loop[] {
  const inLoops = edges.filter(({ loops }) => loops);
  const found: Loop[] = [];
  for (const edge of inLoops) {
    const touching = found.filter(({ edges: members }) => members.some((other) => meets(other, edge)));
    const members = [...touching.flatMap((loop) => loop.edges), edge];
    for (const loop of touching) found.splice(found.indexOf(loop), 1);
    found.push({ id: '', way: [], edges: members });
  }
  return found.map(({ edges: members }) => {
    const way = wayRound(members);
    return { id: way.join('→'), way, edges: members };
  });
}

const meets = (a: GraphEdge, b: GraphEdge) => [a.from, a.to].some((end) => end === b.from || end === b.to);

/** The shortest way from the first agent back to itself. */
function wayRound(edges: readonly GraphEdge[]): string[] {
  const [start = ''] = edges.map(({ from }) => from).sort();
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const { from, to } of edges) {
      if (from !== at) continue;
      if (to === start) return back(at, cameFrom, [start]);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, at);
      queue.push(to);
    }
  }
  return [start];
}

function back(at: string, cameFrom: ReadonlyMap<string, string>, way: string[]): string[] {
  const before = cameFrom.get(at);
  return before === undefined ? [at, ...way] : back(before, cameFrom, [at, ...way]);
}

/** The triggers by which an edge wakes the agent it leads to. */
export function triggersOf({ from, to, kind, names }: GraphEdge, listener: ProcessView | undefined): TriggerView[] {
  if (!listener || listener.name !== to) return [];
  const source = from === outsideId ? '' : from;
  const heard = listenersAmong([listener]).filter((one) =>
    names.some((name) => one.pattern === name || hears(one, { kind, name }, source)),
  );
  return listener.triggers.filter(({ id }) => heard.some(({ trigger }) => trigger === id));
}

/** What holds a trigger back, in words. */
export function triggerBrakes({ config }: Pick<TriggerView, 'config'>): Brake[] {
  const { rate_limit, debounce, filter_expression, wake_gate } = config as JsonObject;
  const brakes: Brake[] = [];
  if (isJsonObject(rate_limit))
    brakes.push({ text: `at most ${String(rate_limit['events'])} per ${String(rate_limit['per'])}`, sure: true });
  if (debounce) brakes.push({ text: `waits until nothing came for ${String(debounce)}`, sure: false });
  if (filter_expression) brakes.push({ text: `only where ${String(filter_expression)}`, sure: false });
  if (wake_gate) brakes.push({ text: 'a script looks first', sure: false });
  return brakes;
}

/** What an agent may use in a day. Limits of a single run hold no loop up. */
export function budgetBrakes(limits: readonly LimitView[]): Brake[] {
  return limits
    .filter(({ scope }) => scope !== 'run')
    .map(({ cap, unit, scope }) => ({
      text: `${numberText(cap)} ${unit} a day${scope === 'node' ? ' of all agents together' : ''}`,
      sure: true,
    }));
}
