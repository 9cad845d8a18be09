import { LogOut, Plus, Server, Settings2 } from 'lucide-react';
import { useState } from 'react';
import { readPairingLink } from '../../shared/pairing-link.ts';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { act } from '../ui/use-action.ts';
import { AddNodeDialog } from './add-node-dialog.tsx';
import { AgentsByNode } from './agents-by-node.tsx';
import { BalancePanel } from './balance-panel.tsx';
import { BranchesPanel } from './branches-panel.tsx';
import { ClusterSettings } from './cluster-settings.tsx';
import { ClusterStart } from './cluster-start.tsx';
import { CopiesPanel } from './copies-panel.tsx';
import { DatabasePanel } from './database-panel.tsx';
import { DiscoveredPanel } from './discovered-panel.tsx';
import { NewsPanel } from './news-panel.tsx';
import { NodeCard } from './node-card.tsx';
import { OwnershipPanel } from './ownership-panel.tsx';
import { PairingCard } from './pairing-card.tsx';
import { useCluster } from './use-cluster.ts';

type Overlay = 'none' | 'add' | 'settings' | 'leave';

/** The machines that work together: how they fare, and how others join. */
export function ClusterScreen({ query }: { query: Record<string, string> }) {
  const cluster = useCluster();
  const [overlay, setOverlay] = useState<Overlay>('none');
  const view = cluster.value;
  const offer = readPairingLink(query['join'] ?? '');
  const close = () => setOverlay('none');
  if (cluster.error?.code === 'NOT_SUPPORTED')
    return (
      <Screen title="Cluster">
        <Empty icon={Server} title="This node was started without the part that knows other nodes." />
      </Screen>
    );
  return (
    <Screen
      title="Cluster"
      subtitle={view?.cluster && `${view.cluster.name}, ${plural(view.nodes.length, 'node')}`}
      actions={
        view?.cluster && (
          <>
            <IconButton icon={Settings2} label="How nodes find each other" onClick={() => setOverlay('settings')} />
            <IconButton icon={LogOut} danger label="Leave the cluster" onClick={() => setOverlay('leave')} />
            {isHub(view) && (
              <Button look="solid" size="md" icon={Plus} onClick={() => setOverlay('add')}>
                Add a node
              </Button>
            )}
          </>
        )
      }
    >
      {cluster.error && <ErrorNote error={cluster.error} retry={cluster.reload} className="mb-3" />}
      {!view && !cluster.error && <Loading rows={6} />}
      {view && <Pairings view={view} onChange={cluster.reload} />}
      {view?.cluster === null && <ClusterStart offer={offer} onChange={cluster.reload} />}
      {view?.cluster && offer && (
        <Warning className="mb-(--gap) max-w-3xl">
          The link asks to join a cluster at {offer.address}, and this node is in {view.cluster.name} already. Leave it
          first, or open the link on another computer.
        </Warning>
      )}
      {view?.cluster && <Nodes view={view} onChange={cluster.reload} />}
      {overlay === 'add' && <AddNodeDialog onClose={close} />}
      {overlay === 'settings' && view && <ClusterSettings view={view} onChange={cluster.reload} onClose={close} />}
      {overlay === 'leave' && view && <Leave view={view} onChange={cluster.reload} onClose={close} />}
    </Screen>
  );
}

export const isHub = (view: ClusterView): boolean => view.cluster !== null && view.cluster.hub === view.node;

function Pairings({ view, onChange }: { view: ClusterView; onChange: () => void }) {
  // Those that came to a good end are nodes of the list now.
  const open = view.pairings.filter(({ state }) => state !== 'paired');
  if (open.length === 0) return null;
  return (
    <section aria-label="Pairings" className="mb-(--gap) flex max-w-3xl flex-col gap-2">
      {open.map((pairing) => (
        <PairingCard key={pairing.id} pairing={pairing} onChange={onChange} />
      ))}
    </section>
  );
}

function Nodes({ view, onChange }: { view: ClusterView; onChange: () => void }) {
  return (
    <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-(--gap)">
        <ul aria-label="Nodes" className="flex min-w-0 flex-col gap-3">
          {view.nodes.map((node) => (
            <NodeCard key={node.node} node={node} view={view} byHub={isHub(view)} onChange={onChange} />
          ))}
        </ul>
        <AgentsByNode view={view} />
        <OwnershipPanel view={view} />
      </div>
      <div className="flex min-w-0 flex-col gap-(--gap)">
        <BranchesPanel view={view} />
        <NewsPanel view={view} />
        <DiscoveredPanel view={view} />
        <CopiesPanel view={view} />
        {view.nodes.length > 1 && <BalancePanel view={view} />}
        <DatabasePanel />
      </div>
    </div>
  );
}

function Leave({ view, onChange, onClose }: { view: ClusterView; onChange: () => void; onClose: () => void }) {
  const client = useClient();
  const others = view.nodes.length - 1;
  return (
    <Confirm
      title={`Leave ${view.cluster?.name}?`}
      asks="leaveCluster"
      confirm="Leave"
      onClose={onClose}
      onConfirm={() => void act(() => client.leaveCluster({}), { done: 'This node works alone again.' }).then(onChange)}
    >
      <p>This node forgets {plural(others, 'other node')} and stops listening for them. Its own agents go on here.</p>
      {isHub(view) && others > 0 && <p>It is the hub: without it the others cannot agree on who owns what.</p>}
    </Confirm>
  );
}
