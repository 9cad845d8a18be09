import { Check } from 'lucide-react';
import { useId, useState } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { TextArea, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { act } from '../ui/use-action.ts';
import { SwitchRow } from './cluster-start.tsx';

interface SettingsProps {
  view: ClusterView;
  onChange: () => void;
  onClose: () => void;
}

/** Its name, and the ways in which nodes find each other. */
export function ClusterSettings({ view, onChange, onClose }: SettingsProps) {
  const client = useClient();
  const id = useId();
  const [name, setName] = useState(view.cluster?.name ?? '');
  const [mdns, setMdns] = useState(view.mdns.enabled);
  const [peers, setPeers] = useState(view.peers.join('\n'));
  const save = async () => {
    const listed = peers.split(/\s+/).filter(Boolean);
    const changes = { mdns, peers: listed, ...(name.trim() && name !== view.cluster?.name ? { name } : {}) };
    const done = await act(() => client.configureCluster(changes), { done: 'In force.' });
    if (done) onChange();
    return done;
  };
  return (
    <FormDialog
      title="How nodes find each other"
      onClose={onClose}
      asks="configureCluster"
      submit="Set"
      icon={Check}
      onSubmit={save}
    >
      <div className="flex flex-col gap-4">
        <label htmlFor={`${id}n`} className="flex flex-col gap-1">
          <span className="font-medium text-[0.8125rem]">Name of the cluster</span>
          <TextField id={`${id}n`} value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
        </label>
        <SwitchRow label="Find each other on the network" on={mdns} onChange={setMdns}>
          By mDNS, on the networks this computer is in. It announces an address and nothing more.
        </SwitchRow>
        <label htmlFor={`${id}p`} className="flex flex-col gap-1">
          <span className="font-medium text-[0.8125rem]">Addresses to try besides those found</span>
          <TextArea
            id={`${id}p`}
            placeholder="nas.local:7421"
            value={peers}
            onChange={(event) => setPeers(event.target.value)}
            className="font-mono text-[0.8125rem]"
          />
          <span className="text-dim text-xs">One on each line.</span>
        </label>
      </div>
    </FormDialog>
  );
}
