import { FolderInput } from 'lucide-react';
import { useId, useState } from 'react';
import type { Output } from '../../shared/api.ts';
import type { ProcessExport } from '../../shared/views/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Checkbox, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { act } from '../ui/use-action.ts';

type Loaded = Output<'loadManifests'>;

/** Loads `.agent` files from the computer of the node, and lists those that could not be loaded, with the reason. */
export function LoadFolder({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const [path, setPath] = useState('');
  const [start, setStart] = useState(true);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const load = async () => {
    await act(async () => setLoaded(await client.loadManifests({ path: path.trim(), start })));
    // What became of each file is read before it is closed.
    return false;
  };
  return (
    <FormDialog
      title="Load .agent files"
      description="From the computer this node runs on. New agents are created, changed ones updated."
      onClose={onClose}
      leave={loaded ? 'Close' : 'Cancel'}
      asks="loadManifests"
      submit="Load"
      icon={FolderInput}
      ready={path.trim() !== ''}
      onSubmit={load}
    >
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        File or folder
      </label>
      <TextField
        id={field}
        autoFocus
        placeholder="/home/me/agents"
        value={path}
        onChange={(event) => setPath(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && path.trim() && void load()}
        className="font-mono text-[0.8125rem]"
      />
      <span className="mt-3 flex items-center gap-2 text-[0.8125rem]">
        <Checkbox checked={start} onChange={setStart} label="Start them" /> Start them
      </span>
      <ImportExport onClose={onClose} />
      {loaded && <Outcome loaded={loaded} onClose={onClose} />}
    </FormDialog>
  );
}

function Outcome({ loaded, onClose }: { loaded: Loaded; onClose: () => void }) {
  const groups = [
    { title: 'Created', names: loaded.created },
    { title: 'Updated', names: loaded.updated },
    { title: 'Unchanged', names: loaded.unchanged },
  ].filter(({ names }) => names.length > 0);
  const nothing = groups.length === 0 && loaded.failed.length === 0;
  return (
    <div role="status" className="mt-4 flex flex-col gap-2 rounded-lg bg-sunken p-3 text-[0.8125rem]">
      {nothing && 'There is no .agent file there.'}
      {groups.map(({ title, names }) => (
        <p key={title}>
          <span className="font-medium">{title}:</span>{' '}
          {names.map((name) => (
            <a key={name} href={hrefs.agent(name)} onClick={onClose} className="mr-2 link">
              {name}
            </a>
          ))}
        </p>
      ))}
      {loaded.failed.map(({ file, message }) => (
        <p key={file} className="break-words text-bad">
          <span className="font-mono text-xs">{file}</span>: {message}
        </p>
      ))}
    </div>
  );
}

/** An agent that was exported, here or on another node, comes back with its past, stopped. */
function ImportExport({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const bring = async (file: File) => {
    let name = '';
    const done = await act(
      async () => {
        const process = JSON.parse(await file.text()) as ProcessExport;
        name = (await client.importProcess({ process })).name;
      },
      { done: 'It is here, stopped, with its past.' },
    );
    if (!done) return;
    onClose();
    navigate(hrefs.agent(name));
  };
  return (
    <p className="mt-4 border-t pt-3 text-[0.8125rem] text-dim">
      <label htmlFor={field}>Or an agent that was exported: </label>
      <input
        id={field}
        type="file"
        accept=".json"
        className="text-xs"
        onChange={(event) => event.target.files?.[0] && void bring(event.target.files[0])}
      />
    </p>
  );
}
