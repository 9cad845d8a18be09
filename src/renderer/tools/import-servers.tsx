import { Copy, Plug } from 'lucide-react';
import { useId, useState } from 'react';
import type { Json } from '../../shared/json.ts';
import type { ImportedServers } from '../../shared/views/catalogue-views.ts';
import { asText } from '../design/manifest-text.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy-text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/fields.tsx';
import { Warning } from '../ui/notes.tsx';
import { useAction } from '../ui/use-action.ts';

/** Reads the servers of another client from its config file, as they go into a manifest. Starts nothing. */
export function ImportServers({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const [path, setPath] = useState('');
  const [found, setFound] = useState<ImportedServers | null>(null);
  const [busy, act] = useAction();
  const read = () => act(async () => setFound(await client.importServers({ path: path.trim() })));
  const text = found ? asText({ servers: found.servers } as unknown as Json) : '';
  return (
    <Dialog
      title="Servers of another client"
      description="From its config file, on the computer of the node. Nothing is started; values that look like secrets are not copied."
      onClose={onClose}
      footer={
        <>
          <Button size="md" onClick={onClose}>
            Close
          </Button>
          <Button size="md" look="solid" icon={Plug} disabled={busy || path.trim() === ''} onClick={() => void read()}>
            Read
          </Button>
        </>
      }
    >
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        Config file
      </label>
      <TextField
        id={field}
        placeholder="/home/me/.config/client/config.json"
        value={path}
        onChange={(event) => setPath(event.target.value)}
        className="font-mono text-[0.8125rem]"
      />
      {found && (
        <div className="mt-4 flex flex-col gap-3 text-[0.8125rem]">
          <p>Put this into the manifest of an agent:</p>
          <div className="relative">
            <pre className="max-h-64 overflow-auto rounded-lg bg-sunken px-3 py-2 text-xs">{text}</pre>
            <Button icon={Copy} className="absolute top-2 right-2" onClick={() => void copyText(text, 'the servers')}>
              Copy
            </Button>
          </div>
          {found.variables.length > 0 && <Warning>Set these variables: {found.variables.join(', ')}</Warning>}
          {found.skipped.map(({ name, reason }) => (
            <p key={name} className="text-dim">
              {name} was left out: {reason}
            </p>
          ))}
        </div>
      )}
    </Dialog>
  );
}
