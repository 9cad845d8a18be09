import { RotateCw } from 'lucide-react';
import { useId, useState } from 'react';
import type { SecretAccess, SecretView } from '../../shared/views/governance-views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Warning } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { toast } from '../ui/toast.ts';
import { act } from '../ui/use-action.ts';

interface RotateSecretProps {
  process: string;
  secret: SecretView;
  lastUsed: SecretAccess | undefined;
  onDone: () => void;
  onClose: () => void;
}

/** Gives a secret a new value, after saying who uses it and what happens to them. */
export function RotateSecret({ process, secret, lastUsed, onDone, onClose }: RotateSecretProps) {
  const client = useClient();
  const [value, setValue] = useState('');
  const field = useId();
  const { name, source, rotatedAt, setAt, usedBy } = secret;
  const rotate = async () => {
    const given = await act(
      async () => {
        const { servers } = await client.setSecret({ name: process, secret: name, value, mustExist: true });
        for (const { server, error } of servers)
          if (error) toast.error(`Server ${server} did not start with the new value.`, { description: error.message });
      },
      { done: `“${name}” of ${process} has a new value.` },
    );
    if (given) onDone();
    return given;
  };
  return (
    <FormDialog
      title={`Rotate “${name}” of ${process}`}
      description="The new value holds from the next call on. Calls under way end with the old one, which nothing new gets."
      asks="setSecret"
      submit="Rotate"
      icon={RotateCw}
      ready={value !== ''}
      onSubmit={rotate}
      onClose={onClose}
    >
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        New value
      </label>
      <TextField
        id={field}
        type="password"
        autoComplete="new-password"
        autoFocus
        placeholder="it is not shown again"
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <p className="mt-3 text-dim text-xs">
        {setAt === null ? (
          'Never set here.'
        ) : (
          <>
            {rotatedAt === null ? 'Set' : 'Rotated'} <Ago at={setAt} />.
          </>
        )}{' '}
        {lastUsed ? (
          <>
            Last used <Ago at={lastUsed.at} />: {lastUsed.text}.
          </>
        ) : (
          'Not used lately.'
        )}
      </p>
      {usedBy.length > 0 && (
        <ul aria-label="Who uses it" className="mt-3 flex flex-col gap-1 text-[0.8125rem]">
          {usedBy.map(({ part, name: of }) => (
            <li key={`${part}:${of}`} className="flex flex-wrap gap-x-2 rounded-lg bg-sunken px-3 py-1.5">
              <span className="font-medium">{partWords(part, of)}</span>
              <span className="text-dim">
                {part === 'server' ? 'is started again with it, if it runs' : 'takes it from the next use on'}
              </span>
            </li>
          ))}
        </ul>
      )}
      {source === 'environment' && (
        <Warning className="mt-3">
          Its value comes from the environment of the node. What you give here goes before it from now on.
        </Warning>
      )}
    </FormDialog>
  );
}

function partWords(part: SecretView['usedBy'][number]['part'], name: string | null): string {
  if (part === 'agent') return 'The agent, in its tool calls';
  if (part === 'model') return 'Its model';
  if (part === 'memory') return 'Its memory';
  return `${part === 'server' ? 'Server' : part === 'trigger' ? 'Trigger' : 'Settings'} ${name ?? ''}`.trim();
}
