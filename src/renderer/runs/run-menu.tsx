import { Copy, Ellipsis, FileDown, FlaskConical, GitCompareArrows, Link, PackageOpen } from 'lucide-react';
import { useState } from 'react';
import type { RunView } from '../../shared/views/views.ts';
import { useClient } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { copyText } from '../ui/copy-text.ts';
import { download } from '../ui/download.ts';
import { Menu, type MenuEntry } from '../ui/menu.tsx';
import { act } from '../ui/use-action.ts';
import { CompareDialog } from './compare-dialog.tsx';
import { exportBundle } from './export-bundle.ts';
import { ReplayDialog } from './replay-dialog.tsx';

type Overlay = 'none' | 'replay' | 'compare';

/** What else can be done with a run: make it again, hold it against another, keep it as a test. */
export function RunMenu({ run }: { run: RunView }) {
  const client = useClient();
  const [overlay, setOverlay] = useState<Overlay>('none');
  const close = () => setOverlay('none');
  const ended = run.endedAt !== null;
  const save = () =>
    void act(
      async () => {
        const { file, record } = await client.saveRunAsTest({ id: run.id });
        download(file, `${JSON.stringify(record, null, 2)}\n`);
      },
      { done: 'Saved. “agent-runtime test” makes it again and compares.' },
    );
  const entries: MenuEntry[] = [
    { label: 'Replay from the record', icon: FlaskConical, disabled: !ended, run: () => setOverlay('replay') },
    { label: 'Compare with…', icon: GitCompareArrows, run: () => setOverlay('compare') },
    { label: 'Save as a test', icon: FileDown, disabled: !ended, run: save },
    { label: 'Export bundle', icon: PackageOpen, run: () => void exportBundle([run], () => client) },
    { label: 'Copy a link', icon: Link, apart: true, run: () => void copyText(window.location.href, 'the link') },
    { label: 'Copy as JSON', icon: Copy, run: () => void copyText(JSON.stringify(run, null, 2), 'the run') },
  ];
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} label="More for this run" />} entries={entries} />
      {overlay === 'replay' && <ReplayDialog id={run.id} onClose={close} />}
      {overlay === 'compare' && <CompareDialog run={run} onClose={close} />}
    </>
  );
}
