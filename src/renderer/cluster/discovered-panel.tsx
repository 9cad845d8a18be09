import { Radar } from 'lucide-react';
import { useState } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { JoinForm } from './join-form.tsx';
import { useDiscovered } from './use-cluster.ts';

const sources = { mdns: 'found on the network', static: 'an address you gave', registry: 'named by the hub' };

/** Nodes that were found and are not paired: who they are is proven only by pairing. */
export function DiscoveredPanel({ view }: { view: ClusterView }) {
  const client = useClient();
  const found = useDiscovered();
  const [joining, setJoining] = useState<string | null>(null);
  const { mdns, addresses } = view;
  return (
    <Panel
      title="Found nearby"
      icon={Radar}
      aside={
        <Button
          look="ghost"
          onClick={() =>
            void act(() => client.lookAround({}), { done: 'It looks around for a minute, and says nothing of itself.' })
          }
        >
          Look around
        </Button>
      }
    >
      {mdns.problem && <Warning className="mb-2">{mdns.problem}</Warning>}
      {found.length === 0 && (
        <p className="text-[0.8125rem] text-dim">
          {mdns.enabled
            ? 'No other node was found on the network yet. One that is in no cluster listens for nobody.'
            : 'This node does not look for others. Switch that on under “How nodes find each other”.'}
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {found.map(({ address, name, source, seenAt }) => (
          <li key={address} className="flex items-center gap-3 text-[0.8125rem]">
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{name ?? address}</span>
              <span className="block truncate text-faint text-xs">
                {name && `${address}, `}
                {sources[source]}, <Ago at={seenAt} />
              </span>
            </span>
            <Button onClick={() => setJoining(address)}>Pair…</Button>
          </li>
        ))}
      </ul>
      {addresses.length > 0 && (
        <p className="mt-3 border-t pt-2 text-faint text-xs">
          This node listens at {addresses.join(', ')}
          {view.port !== null && addresses.every((address) => !address.includes(':')) && `, port ${view.port}`}
        </p>
      )}
      {joining !== null && (
        <Dialog
          title={`Pair with ${joining}`}
          description="A node is in one cluster at a time: leave this one before you join another."
          onClose={() => setJoining(null)}
        >
          <JoinForm address={joining} onDone={() => setJoining(null)} />
        </Dialog>
      )}
    </Panel>
  );
}
