import { CircleX, GitCompareArrows, PackageOpen, RotateCcw } from 'lucide-react';
import type { RunBrief } from '../../shared/views/views.ts';
import type { Selection } from '../agents/use-selection.ts';
import { hrefOf } from '../frame/route.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useClient, useRuntime } from '../stores/use-runtime.ts';
import { BulkBar } from '../ui/bulk-bar.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { act } from '../ui/use-action.ts';
import { exportBundle } from './export-bundle.ts';

/** What can be done to all chosen runs at once. */
export function RunsBulk({ selection, runs }: { selection: Selection; runs: readonly RunBrief[] }) {
  const client = useClient();
  const { clientTo } = useShownNode();
  const here = useRuntime((state) => state.node?.id);
  const clientOf = (node: string | undefined) => (node === undefined || node === here ? client : clientTo(node));
  const open = runs.filter((run) => run.endedAt === null);
  const ended = runs.filter((run) => run.endedAt !== null);
  const [older, newer] = runs.length === 2 ? runs.toSorted((a, b) => a.startedAt - b.startedAt) : [];
  const cancel = () =>
    void act(() => Promise.all(open.map(({ id }) => client.cancelRun({ id, reason: 'cancelled in the window' }))), {
      done: `${plural(open.length, 'run')} cancelled.`,
    });
  const redeliver = () =>
    void act(() => Promise.all(ended.map(({ eventId }) => client.redeliver({ id: eventId }))), {
      done: `${plural(ended.length, 'event')} run again.`,
    });
  return (
    <BulkBar label="Chosen runs" chosen={selection.chosen.size} onClear={selection.clear}>
      <Button icon={RotateCcw} asks="redeliver" disabled={ended.length === 0} onClick={redeliver}>
        Redeliver {ended.length > 0 && ended.length}
      </Button>
      <Button icon={CircleX} look="danger" asks="cancelRun" disabled={open.length === 0} onClick={cancel}>
        Cancel {open.length > 0 && open.length}
      </Button>
      <Button icon={PackageOpen} onClick={() => void exportBundle(runs, clientOf)}>
        Export bundle
      </Button>
      {older && newer && (
        <LinkButton
          icon={GitCompareArrows}
          href={hrefOf(['agents', older.process, 'runs', older.id, 'compare', newer.id])}
        >
          Compare the two
        </LinkButton>
      )}
    </BulkBar>
  );
}
