import { RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago, At } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

/** Deleted agents, until they go for good. */
export function TrashDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const trash = useRead('trash', ['processes'], (from) => from.listTrash({ nodes: 'all' }));
  const [purging, setPurging] = useState<string | null>(null);
  const restore = async (name: string) => {
    await act(() => client.restoreProcess({ name }), { done: `“${name}” is back, and stopped.` });
    trash.reload();
  };
  const purge = async (name: string) => {
    await act(() => client.purgeProcess({ name }), { done: `“${name}” is gone.` });
    trash.reload();
  };
  return (
    <Dialog title="Trash" description="Deleted agents come back as they were, for 30 days." onClose={onClose}>
      {trash.error && <ErrorNote error={trash.error} retry={trash.reload} />}
      {!trash.value && !trash.error && <Loading rows={3} />}
      {trash.value?.items.length === 0 && <Empty icon={Trash2} title="The trash is empty." />}
      <ul aria-label="Deleted agents" className="flex flex-col">
        {trash.value?.items.map(({ name, node, description, deletedAt, until, runs }) => (
          <li
            key={`${node} ${name}`}
            className="flex flex-wrap items-center gap-3 border-line/60 border-b py-2.5 last:border-0"
          >
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium">{name}</p>
              <p className="text-dim text-xs">
                {description && `${description} `}
                Deleted <Ago at={deletedAt} />, {plural(runs, 'run')}; gone for good <At at={until} />.
              </p>
            </div>
            <Button icon={RotateCcw} onClick={() => void restore(name)}>
              Restore
              <span className="sr-only"> {name}</span>
            </Button>
            <Button look="danger" onClick={() => setPurging(name)}>
              Delete now
              <span className="sr-only"> {name}</span>
            </Button>
          </li>
        ))}
      </ul>
      {purging && (
        <Confirm
          title={`Delete “${purging}” for good?`}
          confirm="Delete for good"
          onClose={() => setPurging(null)}
          onConfirm={() => void purge(purging)}
        >
          <p>Its journal, its secrets and what it alone remembered are gone then. This cannot be undone.</p>
        </Confirm>
      )}
    </Dialog>
  );
}
