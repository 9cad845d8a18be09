import { Link2 } from 'lucide-react';
import { useId, useState } from 'react';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { useAction } from '../ui/use-action.ts';
import { useDiscovered } from './use-cluster.ts';

/** Asks the hub of a cluster to take this node in. */
export function JoinForm({ address: found = '', onDone }: { address?: string; onDone: () => void }) {
  const client = useClient();
  const id = useId();
  const discovered = useDiscovered();
  const [address, setAddress] = useState(found);
  const [code, setCode] = useState('');
  const [busy, act] = useAction();
  const ready = address.trim() !== '' && code.replace(/\D/g, '').length === 8;
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
        <span className="font-medium text-[0.8125rem]">Address of the hub</span>
        <TextField
          id={`${id}a`}
          list={`${id}l`}
          placeholder="192.168.1.20:7421"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
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
