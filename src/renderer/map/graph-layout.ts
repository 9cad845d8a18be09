import type { GraphEdge, GraphNode } from './process-graph.ts';

export interface Place {
  x: number;
  y: number;
}

export const nodeSize = { width: 208, height: 76 };
const columnGap = 176;
const rowGap = 28;
const gridColumns = 5;
/** Sweeps over the columns that bring connected agents to the same height. */
const sweeps = 4;

/**
 * Places agents in columns by who wakes whom (longest path, with edges that close a loop left out), and those without
 * connections in a grid below. Places that a person chose are kept.
 */
export function graphLayout(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  chosen: Readonly<Record<string, Place>>,
): Map<string, Place> {
  const connected = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const ids = nodes.map(({ id }) => id);
  const layers = ordered(
    layersOf(
      ids.filter((id) => connected.has(id)),
      edges,
    ),
    edges,
  );
  const places = new Map<string, Place>();
  let bottom = 0;
  layers.forEach((layer, column) => {
    const height = layer.length * (nodeSize.height + rowGap) - rowGap;
    layer.forEach((id, row) => {
      places.set(id, { x: column * (nodeSize.width + columnGap), y: row * (nodeSize.height + rowGap) - height / 2 });
    });
    bottom = Math.max(bottom, height / 2);
  });
  const top = layers.length > 0 ? bottom + 96 : 0;
  const alone = ids.filter((id) => !connected.has(id));
  const perRow = Math.max(gridColumns, Math.ceil(Math.sqrt(alone.length * 0.7)));
  alone.forEach((id, index) => {
    places.set(id, {
      x: (index % perRow) * (nodeSize.width + 32),
      y: top + Math.floor(index / perRow) * (nodeSize.height + rowGap),
    });
  });
  for (const id of ids) {
    const place = chosen[id];
    if (place) places.set(id, place);
  }
  return places;
}

function layersOf(ids: readonly string[], edges: readonly GraphEdge[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) if (from !== to) next.set(from, [...(next.get(from) ?? []), to]);
  const forward = withoutBackEdges(ids, next);
  const layer = new Map<string, number>(ids.map((id) => [id, 0]));
  for (const id of forward.order) {
    for (const other of forward.next.get(id) ?? [])
      layer.set(other, Math.max(layer.get(other) ?? 0, (layer.get(id) ?? 0) + 1));
  }
  const layers: string[][] = [];
  for (const id of ids) (layers[layer.get(id) ?? 0] ??= []).push(id);
  return Array.from(layers, (members) => members ?? []);
}

/** Depth first: an edge back to where the walk came from closes a loop. `order` has each node before those it leads to. */
function withoutBackEdges(ids: readonly string[], next: ReadonlyMap<string, string[]>) {
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Map<string, string[]>();
  const order: string[] = [];
  const visit = (id: string) => {
    state.set(id, 'open');
    for (const other of next.get(id) ?? []) {
      if (state.get(other) === 'open') continue;
      kept.set(id, [...(kept.get(id) ?? []), other]);
      if (!state.has(other)) visit(other);
    }
    state.set(id, 'done');
    order.unshift(id);
  };
  const targets = new Set([...next.values()].flat());
  for (const id of [...ids].sort((a, b) => Number(targets.has(a)) - Number(targets.has(b))))
    if (!state.has(id)) visit(id);
  return { order, next: kept };
}

/** Orders each column by the mean height of its neighbours in the column before, then back (Sugiyama 1981, barycentres). */
function ordered(layers: string[][], edges: readonly GraphEdge[]): string[][] {
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  const current = layers.map((layer) => [...layer]);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forward = sweep % 2 === 0;
    for (let step = 1; step < current.length; step++) {
      const column = forward ? step : current.length - 1 - step;
      const beside = current[forward ? column - 1 : column + 1] ?? [];
      const layer = current[column] ?? [];
      const heights = new Map(beside.map((id, row) => [id, row - beside.length / 2]));
      const own = new Map(layer.map((id, row) => [id, row - layer.length / 2]));
      const mean = (id: string) => {
        const around = (neighbours.get(id) ?? []).flatMap((other) => heights.get(other) ?? []);
        return around.length > 0 ? around.reduce((sum, value) => sum + value, 0) / around.length : (own.get(id) ?? 0);
      };
      current[column] = layer.toSorted((a, b) => mean(a) - mean(b) || a.localeCompare(b));
    }
  }
  return current;
}
