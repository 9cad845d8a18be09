import { GitBranch } from 'lucide-react';
import { useState } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import type { BranchDetail, BranchView } from '../../shared/views/crossing-views.ts';
import { hrefs } from '../frame/route.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { brief, plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago, At } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { useOnEveryNode } from './use-cluster.ts';

interface Kept extends BranchView {
  /** The node that wrote it, and keeps it. */
  node: string;
  nodeName: string;
}

/** What nodes wrote of agents that another had taken over meanwhile: kept where it was written, and never merged. */
export function BranchesPanel({ view }: { view: ClusterView }) {
  const read = useOnEveryNode('branches-all', view, (client) => client.listBranches({}));
  const [opened, setOpened] = useState<Kept | null>(null);
  const branches: Kept[] = (read.value ?? []).flatMap(({ node, name, value }) =>
    value.items.map((branch) => ({ ...branch, node, nodeName: name })),
  );
  if (branches.length === 0) return null;
  return (
    <Panel title="Written alone" icon={GitBranch}>
      <p className="mb-2 text-[0.8125rem] text-dim">
        A node went on with these while another one had taken them over. It yielded; what it did alone is kept there.
      </p>
      <ul className="flex flex-col gap-1 text-[0.8125rem]">
        {branches.map((branch) => (
          <li key={`${branch.node}:${branch.id}`} className="flex min-h-9 flex-wrap items-center gap-3">
            <a className="hover:link font-medium" href={hrefs.agent(branch.process)}>
              {branch.process}
            </a>
            <span className="min-w-0 flex-1 text-dim">
              {plural(branch.lastSeq - branch.afterSeq, 'entry', 'entries')} on {branch.nodeName},{' '}
              <Ago at={branch.foundAt} />
            </span>
            {branch.dismissedAt === null ? (
              <span className="font-medium text-warn text-xs">not looked at yet</span>
            ) : (
              <span className="text-dim text-xs">seen to</span>
            )}
            <Button onClick={() => setOpened(branch)}>Look at it</Button>
          </li>
        ))}
      </ul>
      {opened && <BranchDialog branch={opened} onClose={() => setOpened(null)} onChange={read.reload} />}
    </Panel>
  );
}

interface BranchDialogProps {
  branch: Kept;
  onClose: () => void;
  onChange: () => void;
}

const whats: Record<BranchDetail['effects'][number]['what'], string> = {
  call: 'called',
  event: 'published',
  message: 'sent',
  accepted: 'accepted',
};

function BranchDialog({ branch, onClose, onChange }: BranchDialogProps) {
  const client = useShownNode().clientTo(branch.node);
  const read = useRead(`branch:${branch.node}:${branch.id}`, [], () => client.getBranch({ id: branch.id }));
  const dismiss = () =>
    act(() => client.dismissBranch({ id: branch.id }), { done: 'Noted. It stays where it is.' }).then((done) => {
      if (!done) return;
      onChange();
      onClose();
    });
  return (
    <Dialog
      title={`What was done alone of ${branch.process}`}
      description="What may have happened outside comes first: it may have happened on the other node as well."
      wide
      onClose={onClose}
      footer={
        <>
          <Button size="md" onClick={onClose}>
            Close
          </Button>
          {branch.dismissedAt === null && (
            <Button size="md" look="solid" onClick={() => void dismiss()}>
              I have seen to it
            </Button>
          )}
        </>
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && (
        <ol className="flex flex-col gap-1 text-[0.8125rem]">
          {read.value.effects.length === 0 && <li className="text-ok">Nothing outside was touched.</li>}
          {read.value.effects.map(({ seq, at, what, name, outcome, about }) => (
            <li key={seq} className="flex items-baseline gap-3">
              <At at={at} className="w-24 shrink-0 text-faint text-xs" />
              <span className="shrink-0">
                {whats[what]} <code className="text-xs">{name}</code>
              </span>
              <span className={outcome === 'ok' ? 'text-dim text-xs' : 'font-medium text-warn text-xs'}>
                {outcome === 'unknown' ? 'nobody knows how it went' : outcome}
              </span>
              <span className="min-w-0 flex-1 truncate font-mono text-dim text-xs">{brief(about)}</span>
            </li>
          ))}
          <li className="pt-2 text-dim text-xs">
            {plural(read.value.entries.length, 'entry', 'entries')} in all, after entry {branch.afterSeq}.
          </li>
        </ol>
      )}
    </Dialog>
  );
}
