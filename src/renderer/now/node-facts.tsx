import { Server } from 'lucide-react';
import { useRuntime } from '../stores/use-runtime.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { bytes, plural } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';

export function NodeFacts() {
  const node = useRuntime((state) => state.node);
  if (!node) return null;
  return (
    <Panel
      title="This node"
      icon={Server}
      aside={
        <a className="link text-xs" href="#/settings/health">
          Health
        </a>
      }
    >
      <DetailList
        rows={[
          ['Agents', `${plural(node.processes, 'agent')}, ${node.running} running`],
          ['Up since', <Ago key="up" at={node.startedAt} />],
          ['Memory', bytes(node.memoryBytes)],
          ['Database', bytes(node.databaseBytes)],
          [
            'Address',
            node.url && (
              <code key="url" className="text-xs">
                {node.url}
              </code>
            ),
          ],
        ]}
      />
    </Panel>
  );
}
