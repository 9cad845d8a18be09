import { RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Output } from '../../shared/api.ts';
import { nodeNames, useCluster } from '../cluster/use-cluster.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago, At } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

type Gone = Output<'listTrash'>['items'][number];

/** Deleted agents of all nodes, until they go for good. */
export function TrashDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const { clientTo } = useShownNode();
  const trash = useRead('trash', ['processes'], (from) => from.listTrash({ nodes: 'all' }));
  const cluster = useCluster().value;
  const [purging, setPurging] = useState<Gone | null>(null);
  // Two nodes may each have one of that name.
  const at = ({ node }: Gone) => (node === undefined ? client : clientTo(node));
  const restore = async (gone: Gone) => {
    const { name } = gone;
    await act(() => at(gone).restoreProcess({ name }), { done: `“${name}” is back, and stopped.` });
    trash.reload();
  };
  const purge = async (gone: Gone) => {
    const { name } = gone;
    await act(() => at(gone).purgeProcess({ name }), { done: `“${name}” is gone.` });
    trash.reload();
  };
  return (
    <Dialog
      title="Trash"
      description="Deleted agents come back as they were, until they go for good."
      onClose={onClose}
    >
      {trash.error && <ErrorNote error={trash.error} retry={trash.reload} />}
      {!trash.value && !trash.error && <Loading rows={3} />}
      {trash.value?.items.length === 0 && <Empty icon={Trash2} title="The trash is empty." />}
      <ul aria-label="Deleted agents" className="flex flex-col">
        {trash.value?.items.map((gone) => (
          <GoneRow
            key={`${gone.node} ${gone.name}`}
            gone={gone}
            place={
              cluster && cluster.nodes.length > 1 && gone.node !== undefined ? nodeNames(cluster)(gone.node) : null
            }
            onRestore={() => void restore(gone)}
            onPurge={() => setPurging(gone)}
          />
        ))}
      </ul>
      {purging && (
        <Confirm
          title={`Delete “${purging.name}” for good?`}
          asks="purgeProcess"
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

interface GoneRowProps {
  gone: Gone;
  /** The node that keeps it, where there are several. */
  place: string | null;
  onRestore: () => void;
  onPurge: () => void;
}

function GoneRow({ gone, place, onRestore, onPurge }: GoneRowProps) {
  const { name, description, deletedAt, until, runs } = gone;
  return (
    <li className="flex flex-wrap items-center gap-3 border-line/60 border-b py-2.5 last:border-0">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          <span className="font-medium">{name}</span>
          {place !== null && <span className="text-dim text-xs"> on {place}</span>}
        </p>
        <p className="text-dim text-xs">
          {description && `${description} `}
          Deleted <Ago at={deletedAt} />, {plural(runs, 'run')}; gone for good <At at={until} />.
        </p>
      </div>
      <Button icon={RotateCcw} asks="restoreProcess" onClick={onRestore}>
        Restore
        <span className="sr-only"> {name}</span>
      </Button>
      <Button look="danger" asks="purgeProcess" onClick={onPurge}>
        Delete now
        <span className="sr-only"> {name}</span>
      </Button>
    </li>
  );
}
