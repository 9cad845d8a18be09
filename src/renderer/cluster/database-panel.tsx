import { Database } from 'lucide-react';
import { useState } from 'react';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { TextField } from '../ui/fields.tsx';
import { numberText, plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

const states = { own: 'files of this node', staged: 'from the next start on', 'in use': 'in use' };

/** Which database the cluster agrees by, and the way to one that takes more than a hub. */
export function DatabasePanel() {
  const client = useClient();
  const read = useRead('cluster-database', ['node'], (from) => from.clusterDatabase({}));
  const [url, setUrl] = useState('');
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const [busy, act] = useAction();
  if (!read.value) return null;
  const { engine, database, state, problem, limits } = read.value;
  const move = () =>
    act(async () => {
      const moved = await client.moveToDatabase({ url: url.trim() });
      setUrl('');
      setSaid(`${numberText(moved.entries)} entries were copied and compared. Start the node again.`);
    }).then(read.reload);
  const room =
    limits.nodes === null || limits.processes === null
      ? 'as many nodes and agents as the database takes'
      : `${plural(limits.nodes, 'node')} and ${plural(limits.processes, 'agent')}`;
  return (
    <Panel title="Database" icon={Database}>
      {problem && <Warning className="mb-2">{problem}</Warning>}
      <DetailList
        rows={[
          ['Engine', `${engine}, ${states[state]}`],
          ['Where', database],
          ['Room for', room],
        ]}
      />
      {state === 'own' && (
        <form
          className="mt-3 flex flex-col gap-2 border-t pt-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (url.trim()) setAsking(true);
          }}
        >
          <label className="text-[0.8125rem]" htmlFor="cluster-database">
            More than a hub can take: a PostgreSQL database that all nodes share
          </label>
          <div className="flex gap-2">
            <TextField
              id="cluster-database"
              type="password"
              placeholder="postgres://…"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
              className="font-mono text-[0.8125rem]"
            />
            <Button type="submit" className="h-8.5" disabled={busy || url.trim() === ''}>
              Move there…
            </Button>
          </div>
        </form>
      )}
      {said && (
        <p role="status" className="mt-2 text-[0.8125rem] text-ok">
          {said}
        </p>
      )}
      {asking && (
        <Confirm
          title="Move the journals to the shared database?"
          asks="moveToDatabase"
          confirm="Copy them"
          onClose={() => setAsking(false)}
          onConfirm={() => void move()}
        >
          They are copied now and compared; the node goes on with its own files until its next start. Nothing here is
          deleted.
        </Confirm>
      )}
    </Panel>
  );
}
