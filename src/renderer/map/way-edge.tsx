import { BaseEdge, type EdgeProps, getBezierPath } from '@xyflow/react';

/** So far below its ends an edge that leads back goes, at least; beyond that by how far back it leads. */
const shallowest = 90;

/** An edge of the map. One that leads back, or to where it began, goes below the agents, so that it hides no other. */
export function WayEdge(props: EdgeProps) {
  const { id, label, style = {}, markerEnd = '', labelStyle = {}, labelBgStyle = {}, interactionWidth = 24 } = props;
  const [path, labelX, labelY] = props.targetX > props.sourceX ? getBezierPath(props) : pathBack(props);
  return (
    <BaseEdge
      {...{ id, path, style, markerEnd, interactionWidth, label, labelX, labelY, labelStyle, labelBgStyle }}
      labelBgPadding={[5, 3]}
      labelBgBorderRadius={4}
    />
  );
}

type Ends = Pick<EdgeProps, 'sourceX' | 'sourceY' | 'targetX' | 'targetY'>;

/** As a path of SVG, with where its lowest point is. */
function pathBack({ sourceX, sourceY, targetX, targetY }: Ends): [string, number, number] {
  const depth = Math.max(sourceY, targetY) + shallowest + (sourceX - targetX) * 0.08;
  const reach = 70;
  const path = `M${sourceX},${sourceY} C${sourceX + reach},${depth} ${sourceX + reach / 2},${depth} ${(sourceX + targetX) / 2},${depth} S${targetX - reach},${depth} ${targetX},${targetY}`;
  return [path, (sourceX + targetX) / 2, depth];
}
