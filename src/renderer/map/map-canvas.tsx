import {
  applyNodeChanges,
  type Edge,
  MarkerType,
  type NodeChange,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useMedia } from '../frame/use-appearance.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { IconButton } from '../ui/button.tsx';
import { useNow } from '../ui/use-now.ts';
import { graphLayout, nodeSize } from './graph-layout.ts';
import { AgentDot, type MapNode, type MapNodeContent } from './map-node.tsx';
import type { GraphEdge, GraphNode, ProcessGraph } from './process-graph.ts';
import { WayEdge } from './way-edge.tsx';

/** An edge moves for so long after something went along it. */
const pulseMs = 4_000;
const nodeTypes = { agent: AgentDot };
const edgeTypes = { way: WayEdge };

interface MapCanvasProps {
  graph: ProcessGraph;
  chosen: string | null;
  onChoose: (edge: string | null) => void;
  /** Somebody drew a line from one agent to another; null: lines cannot be drawn here. */
  onDraw: ((from: string, to: string) => void) | null;
}

export function MapCanvas(props: MapCanvasProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ graph, chosen, onChoose, onDraw }: MapCanvasProps) {
  const flow = useReactFlow();
  const positions = useWorkspace((state) => state.mapPositions);
  const arrange = useWorkspace((state) => state.arrange);
  const now = useNow(2_000);
  const shape = useMemo(
    () => JSON.stringify([graph.nodes.map(({ id }) => id), graph.edges.map(({ id }) => id)]),
    [graph],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another shape or another arrangement moves anything
  const laid = useMemo(() => {
    const places = graphLayout(graph.nodes, graph.edges, positions);
    return graph.nodes.map((node) => nodeOf(node, places.get(node.id) ?? { x: 0, y: 0 }));
  }, [shape, positions]);
  const [nodes, setNodes] = useState<MapNode[]>(laid);
  useEffect(() => setNodes(laid), [laid]);
  const edges = useMemo(() => graph.edges.map((edge) => edgeOf(edge, now, edge.id === chosen)), [graph, now, chosen]);
  // In a narrow window all of it would be too small to be read: what is in the middle is shown, the rest is dragged in.
  const minZoom = useMedia('(width >= 52rem)') ? 0.2 : 0.6;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is fitted when the shape changes, not when a person drags
  useEffect(
    () => void setTimeout(() => void flow.fitView({ padding: 0.1, minZoom, maxZoom: 1 }), 40),
    [shape, flow, minZoom],
  );
  return (
    <ReactFlow<MapNode>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={(changes: NodeChange<MapNode>[]) =>
        setNodes((before) =>
          applyNodeChanges(
            changes.filter(({ type }) => type !== 'remove'),
            before,
          ),
        )
      }
      onNodeDragStop={(_event, node) => arrange({ mapPositions: { ...positions, [node.id]: node.position } })}
      onEdgeClick={(_event, edge) => onChoose(edge.id)}
      onPaneClick={() => onChoose(null)}
      nodesConnectable={onDraw !== null}
      onConnect={({ source, target }) => onDraw?.(source, target)}
      onEdgesChange={(changes) => {
        const picked = changes.find((change) => change.type === 'select' && change.selected);
        if (picked?.type === 'select') onChoose(picked.id);
      }}
      onlyRenderVisibleElements
      deleteKeyCode={null}
      minZoom={0.1}
      maxZoom={1.6}
      fitView
      proOptions={{ hideAttribution: true }}
      aria-label="Map of all agents"
    >
      <Panel position="bottom-left" className="!m-3 flex rounded-lg border bg-raised p-0.5 shadow-raised">
        <IconButton icon={Plus} label="Zoom in" onClick={() => void flow.zoomIn()} />
        <IconButton icon={Minus} label="Zoom out" onClick={() => void flow.zoomOut()} />
        <IconButton icon={Maximize} label="Show all" onClick={() => void flow.fitView({ padding: 0.1, maxZoom: 1 })} />
      </Panel>
    </ReactFlow>
  );
}

function nodeOf({ id, kind, name }: GraphNode, position: { x: number; y: number }): MapNode {
  const data: MapNodeContent = { kind, name };
  return {
    id,
    type: 'agent',
    position,
    data,
    width: nodeSize.width,
    height: nodeSize.height,
    ariaLabel: kind === 'unheard' ? `Nobody hears ${name}` : name,
  };
}

function edgeOf({ id, from, to, names, count, newest, loops, kind }: GraphEdge, now: number, chosen: boolean): Edge {
  const colour = chosen ? 'var(--accent)' : loops ? 'var(--warn)' : 'var(--edge)';
  const label = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(', ');
  return {
    id,
    type: 'way',
    source: from,
    target: to,
    animated: newest !== null && now - newest < pulseMs,
    label: loops ? `${label} (loop)` : label,
    ariaLabel: `${kind} ${label} from ${from} to ${to}, ${count} of late`,
    labelStyle: { fill: 'var(--dim)', fontSize: 11 },
    labelBgStyle: { fill: 'var(--surface)', fillOpacity: 0.9 },
    markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 18, height: 18 },
    style: { stroke: colour, strokeWidth: chosen ? 2.5 : 1.5, ...(count === 0 ? { strokeDasharray: '5 4' } : {}) },
  };
}
