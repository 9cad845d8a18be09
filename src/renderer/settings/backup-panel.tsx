import { Archive, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { TextField } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

/** Writes a checked backup while the node runs; puts one back at its next start. */
export function BackupPanel() {
  const client = useClient();
  const [path, setPath] = useState('');
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const [busy, act] = useAction();
  const backup = () =>
    act(async () => {
      const written = await client.backup({});
      setSaid(`Written and checked: ${written.path}, ${bytes(written.bytes)}.`);
    });
  const restore = () =>
    act(async () => {
      await client.restore({ path: path.trim() });
      setSaid('It is right. Start the node again, and it takes the place of what is there; that is kept.');
    });
  return (
    <Panel title="Backup" icon={Archive}>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-4">
          <p className="min-w-56 flex-1 text-[0.8125rem] text-dim">
            Everything of this node in one file, written while it runs.
          </p>
          <Button icon={Archive} disabled={busy} onClick={() => void backup()}>
            Back up now
          </Button>
        </div>
        <div className="flex flex-wrap items-center gap-2 border-t pt-3">
          <TextField
            aria-label="Backup to put back"
            placeholder="A backup file, on the computer of the node"
            value={path}
            onChange={(event) => setPath(event.target.value)}
            className="min-w-56 flex-1 font-mono text-[0.8125rem]"
          />
          <Button
            icon={RotateCcw}
            className="h-8.5"
            disabled={busy || path.trim() === ''}
            onClick={() => setAsking(true)}
          >
            Put back…
          </Button>
        </div>
        {said && (
          <p role="status" className="break-words text-[0.8125rem] text-ok">
            {said}
          </p>
        )}
      </div>
      {asking && (
        <Confirm
          title="Put the backup back?"
          asks="restore"
          confirm="Put it back"
          onClose={() => setAsking(false)}
          onConfirm={() => void restore()}
        >
          At the next start of the node it takes the place of what is there. What is there now is kept beside it.
        </Confirm>
      )}
    </Panel>
  );
}
