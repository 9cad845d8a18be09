import type { SilentNode } from '../../shared/views/gathered-view.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Warning } from '../ui/notes.tsx';
import { Segmented } from '../ui/segmented.tsx';

interface NodesChoiceProps {
  everywhere: boolean;
  onChange(everywhere: boolean): void;
}

/** Whether this node is meant or all of them; nothing where there is one only. */
export function NodesChoice({ everywhere, onChange }: NodesChoiceProps) {
  const { value } = useRead('nodes-known', ['cluster'], async (client) => (await client.cluster({})).nodes.length);
  if ((value ?? 1) < 2) return null;
  return (
    <Segmented
      label="Nodes"
      value={everywhere ? 'all' : 'this'}
      options={[
        { value: 'this', text: 'This node' },
        { value: 'all', text: 'All nodes' },
      ]}
      onChange={(next) => onChange(next === 'all')}
    />
  );
}

/** Who did not answer: nothing of it is shown, since what it said before may be old. */
export function SilentNodes({ of: silent = [] }: { of: readonly SilentNode[] | undefined }) {
  return silent.map(({ node, name, reason }) => (
    <Warning key={node} className="mb-3">
      {name} does not answer, so nothing of it is in this. {reason}
    </Warning>
  ));
}

/** The node of a line, where lines of several stand together. */
export function OnNode({ node, names }: { node: string | undefined; names: Record<string, string> | undefined }) {
  if (node === undefined) return null;
  return (
    <>
      {' '}
      <span className="ml-1 font-normal text-faint text-xs">on {names?.[node] ?? node}</span>
    </>
  );
}
