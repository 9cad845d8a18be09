import { Link2, Network } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { PairingOffer } from '../../shared/pairing-link.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Switch, TextField } from '../ui/fields.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';
import { JoinForm } from './join-form.tsx';

/** What a node shows that works alone: begin a cluster here, or join one. */
export function ClusterStart({ offer, onChange }: { offer: PairingOffer | null; onChange: () => void }) {
  return (
    <div className="max-w-5xl">
      <p className="mb-(--gap) max-w-2xl text-dim">
        Several computers can work as one: their agents hear each other, and an agent can move to another machine or be
        taken over when one fails. Nothing listens for others until you begin here.
      </p>
      <div className="grid grid-cols-1 items-start gap-(--gap) md:grid-cols-2">
        <Panel title="Begin a cluster on this node" icon={Network}>
          <Begin onChange={onChange} />
        </Panel>
        <Panel title="Join one that is there" icon={Link2}>
          <p className="mb-3 text-[0.8125rem] text-dim">
            On its hub choose “Add a node”. It shows an address, a code, and both as a link or a picture; then both
            screens show the same words.
          </p>
          <JoinForm key={offer && `${offer.address} ${offer.code}`} offer={offer} onDone={onChange} />
        </Panel>
      </div>
    </div>
  );
}

function Begin({ onChange }: { onChange: () => void }) {
  const client = useClient();
  const field = useId();
  const [name, setName] = useState('Home');
  const [mdns, setMdns] = useState(true);
  const [busy, act] = useAction();
  const begin = async () => {
    if (await act(() => client.createCluster({ name, mdns }), { done: 'This node is the hub now. Add another one.' }))
      onChange();
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      <label htmlFor={field} className="flex flex-col gap-1">
        <span className="font-medium text-[0.8125rem]">Name</span>
        <TextField id={field} value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
      </label>
      <SwitchRow label="Find each other on the network" on={mdns} onChange={setMdns}>
        Announces, without its name, that a node is here. Off: addresses are typed in.
      </SwitchRow>
      <div>
        <Button type="submit" look="solid" size="md" icon={Network} disabled={busy || name.trim() === ''}>
          Begin
        </Button>
      </div>
    </form>
  );
}

interface SwitchRowProps {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}

export function SwitchRow({ label, on, onChange, children }: SwitchRowProps) {
  return (
    <div className="flex items-start gap-3">
      <span className="mt-0.5">
        <Switch checked={on} onChange={onChange} label={label} />
      </span>
      <span className="text-[0.8125rem]">
        <span className="block font-medium">{label}</span>
        <span className="text-dim">{children}</span>
      </span>
    </div>
  );
}
