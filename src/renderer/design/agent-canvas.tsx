import {
  type Edge,
  MarkerType,
  Panel,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { type DragEvent, useEffect, useMemo } from 'react';
import type { TriggerType } from '../../shared/config/trigger-config.ts';
import { IconButton } from '../ui/button.tsx';
import type { Picture, PicturePart } from './agent-picture.ts';
import { triggerTypes } from './part-form-fields.ts';
import { PartBox, type PartNode } from './picture-parts.tsx';

interface AgentCanvasProps {
  picture: Picture;
  /** The agent this is a drawing of, if it lives. */
  process: string | null;
  selected?: string | null;
  onSelect?: (part: string | null) => void;
  /** A kind of trigger was dropped on it. */
  onDropTrigger?: (type: TriggerType) => void;
  problemsOf?: (part: PicturePart) => number;
}

const nodeTypes = { part: PartBox };
/** All of it, as long as it can be read. */
const fitted = { padding: 0.08, minZoom: 0.5, maxZoom: 1.05 };
/** What a dragged trigger carries. */
export const triggerDragType = 'application/x-agent-runtime-trigger';

/** The drawing of an agent. Its places are computed: it is a view of the manifest, never a second truth. */
export function AgentCanvas(props: AgentCanvasProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas({ picture, process, selected = null, onSelect, onDropTrigger, problemsOf }: AgentCanvasProps) {
  const flow = useReactFlow<PartNode>();
  const nodes = useMemo(
    () => picture.parts.map((part) => nodeOf(part, process, part.id === selected, problemsOf?.(part) ?? 0)),
    [picture, process, selected, problemsOf],
  );
  const edges = useMemo(() => picture.links.map(edgeOf), [picture]);
  const shape = picture.parts.map(({ id }) => id).join();
  // A form that opens beside the drawing takes room from it.
  const room = useStore(({ width }) => width);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the parts or of the room moves the view
  useEffect(() => {
    const timer = setTimeout(() => void flow.fitView(fitted), 30);
    return () => clearTimeout(timer);
  }, [shape, room, flow]);
  useEffect(() => {
    const part = picture.parts.find(({ id }) => id === selected);
    if (!part || room === 0) return;
    const timer = setTimeout(() => bringIntoView(flow, part), 60);
    return () => clearTimeout(timer);
  }, [selected, picture, room, flow]);
  const drop = (event: DragEvent) => {
    const type = triggerTypes.find((known) => known === event.dataTransfer.getData(triggerDragType));
    if (!type || !onDropTrigger) return;
    event.preventDefault();
    onDropTrigger(type);
  };
  return (
    <ReactFlow<PartNode>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      nodesFocusable={onSelect !== undefined}
      elementsSelectable={onSelect !== undefined}
      deleteKeyCode={null}
      minZoom={0.25}
      maxZoom={1.6}
      fitView
      fitViewOptions={fitted}
      proOptions={{ hideAttribution: true }}
      aria-label="Drawing of the agent"
      onNodesChange={(changes) => {
        const chosen = changes.find((change) => change.type === 'select' && change.selected);
        if (chosen?.type === 'select' && isEditable(chosen.id)) onSelect?.(chosen.id);
      }}
      onPaneClick={() => onSelect?.(null)}
      onDragOver={(event) => event.dataTransfer.types.includes(triggerDragType) && event.preventDefault()}
      onDrop={drop}
    >
      <Panel position="bottom-left" className="!m-3 flex rounded-lg border bg-raised p-0.5 shadow-raised">
        <IconButton icon={Plus} label="Zoom in" onClick={() => void flow.zoomIn()} />
        <IconButton icon={Minus} label="Zoom out" onClick={() => void flow.zoomOut()} />
        <IconButton icon={Maximize} label="Show all" onClick={() => void flow.fitView(fitted)} />
      </Panel>
    </ReactFlow>
  );
}

/** Moves the drawing only where the chosen part is out of sight, as in a drawing that is too wide for the room it has. */
function bringIntoView(flow: ReactFlowInstance<PartNode>, { x, y, width, height }: PicturePart): void {
  const pane = document.querySelector('.react-flow')?.getBoundingClientRect();
  if (!pane) return;
  const topLeft = flow.flowToScreenPosition({ x, y });
  const bottomRight = flow.flowToScreenPosition({ x: x + width, y: y + height });
  const inSight =
    topLeft.x >= pane.left && topLeft.y >= pane.top && bottomRight.x <= pane.right && bottomRight.y <= pane.bottom;
  if (!inSight) void flow.setCenter(x + width / 2, y + height / 2, { zoom: flow.getZoom(), duration: 200 });
}

function isEditable(id: string): boolean {
  return !/^(?:no-trigger|listener:|unheard:)/.test(id);
}

function nodeOf(
  { id, kind, x, y, width, height, content }: PicturePart,
  process: string | null,
  selected: boolean,
  problems: number,
): PartNode {
  return {
    id,
    type: 'part',
    position: { x, y },
    width,
    height,
    selected,
    selectable: isEditable(id),
    focusable: isEditable(id),
    ariaLabel: labelOf(id, kind, content),
    data: { kind, content, process, problems },
  };
}

function labelOf(id: string, kind: PicturePart['kind'], content: PicturePart['content']): string {
  if (kind === 'trigger') return `Trigger ${Number(id.split(':')[1]) + 1}: ${String(content['type'])}`;
  if (kind === 'emitted') return `It emits ${String(content['name'])}`;
  if (kind === 'listener') return `${String(content['process'])} listens`;
  return {
    queue: 'Queue',
    agent: 'Agent',
    tools: 'Tools',
    state: 'Context and files',
    'no-trigger': 'No trigger',
    unheard: 'Nobody listens',
  }[kind];
}

function edgeOf({ id, from, to, dashed }: Picture['links'][number]): Edge {
  return {
    id,
    source: from,
    target: to,
    focusable: false,
    selectable: false,
    markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--edge)', width: 16, height: 16 },
    style: { stroke: 'var(--edge)', strokeWidth: 1.5, ...(dashed ? { strokeDasharray: '5 4' } : {}) },
  };
}
