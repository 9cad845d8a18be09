import { Link2 } from 'lucide-react';
import { useId, useState } from 'react';
import { type PairingOffer, readPairingLink } from '../../shared/pairing-link.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { useAction } from '../ui/use-action.ts';
import { useDiscovered } from './use-cluster.ts';

interface JoinFormProps {
  /** Where it is to begin with: an address that was found. */
  address?: string;
  /** What a link said. */
  offer?: PairingOffer | null;
  onDone: () => void;
}

/** Asks the hub of a cluster to take this node in. */
export function JoinForm({ address: found = '', offer = null, onDone }: JoinFormProps) {
  const client = useClient();
  const id = useId();
  const discovered = useDiscovered();
  const [address, setAddress] = useState(offer?.address ?? found);
  const [code, setCode] = useState(offer?.code ?? '');
  const [busy, act] = useAction();
  const ready = address.trim() !== '' && code.replace(/\D/g, '').length === 8;
  const write = (text: string) => {
    const pasted = readPairingLink(text);
    setAddress(pasted?.address ?? text);
    if (pasted) setCode(pasted.code);
  };
  const join = async () => {
    const asked = { address: address.trim(), code: code.replace(/\D/g, ''), mdns: true };
    if (await act(() => client.pair(asked), { done: 'Now compare the words on both screens.' })) onDone();
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void join();
      }}
    >
      <label htmlFor={`${id}a`} className="flex flex-col gap-1">
        <span className="font-medium text-[0.8125rem]">Address of the hub, or its link</span>
        <TextField
          id={`${id}a`}
          list={`${id}l`}
          placeholder="192.168.1.20:7421"
          value={address}
          onChange={(event) => write(event.target.value)}
          className="font-mono"
        />
        <datalist id={`${id}l`}>
          {discovered.map((node) => (
            <option key={node.address} value={node.address} />
          ))}
        </datalist>
      </label>
      <label htmlFor={`${id}c`} className="flex flex-col gap-1">
        <span className="font-medium text-[0.8125rem]">Code it shows</span>
        <TextField
          id={`${id}c`}
          inputMode="numeric"
          placeholder="8 digits"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          className="font-mono tracking-widest"
        />
      </label>
      <div>
        <Button type="submit" look="solid" size="md" icon={Link2} disabled={busy || !ready}>
          Ask to be paired
        </Button>
      </div>
    </form>
  );
}
