import { useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Button } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { bytes } from '../ui/format.ts';
import { Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { BackupPanel } from './backup-panel.tsx';

/** What this node is. It is set where it is started; here it can be read. */
export function NodeSettings() {
  const node = useRuntime((state) => state.node);
  const reset = useWorkspace((state) => state.reset);
  if (!node) return <Loading />;
  return (
    <div className="flex flex-col gap-(--gap)">
      <Panel title="This node">
        <DetailList
          rows={[
            ['Name', node.name],
            [
              'Id',
              <code key="id" className="break-all text-xs">
                {node.id}
              </code>,
            ],
            ['Version', node.version],
            [
              'Runs as',
              `${node.desktop ? 'desktop app' : 'node without a window'}, process ${node.pid} on ${node.platform}`,
            ],
            ['Up since', <Ago key="up" at={node.startedAt} />],
            [
              'Address',
              node.url && (
                <code key="url" className="text-xs">
                  {node.url}
                </code>
              ),
            ],
            [
              'Data folder',
              node.dataDir && (
                <code key="dir" className="break-all text-xs">
                  {node.dataDir}
                </code>
              ),
            ],
            ['Journal', node.journal],
            ['Database', bytes(node.databaseBytes)],
            ['Memory', bytes(node.memoryBytes)],
          ]}
        />
      </Panel>
      <BackupPanel />
      <Panel title="This window">
        <div className="flex items-center gap-4">
          <p className="flex-1 text-[0.8125rem] text-dim">
            Theme, shortcuts, saved filters and places on the map are kept in this window only.
          </p>
          <Button onClick={reset}>Reset the window</Button>
        </div>
      </Panel>
    </div>
  );
}
