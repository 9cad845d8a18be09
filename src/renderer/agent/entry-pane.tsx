import { Rewind, X } from 'lucide-react';
import { useState } from 'react';
import type { JournalEntryView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { At } from '../ui/time.tsx';
import { kindText, runOf } from './entry-words.ts';
import { RewindDialog } from './rewind-dialog.tsx';

/** One entry as it stands, and the way back to it. */
export function EntryPane({ entry, onClose }: { entry: JournalEntryView; onClose: () => void }) {
  const run = runOf(entry);
  const [rewinding, setRewinding] = useState(false);
  return (
    <aside
      aria-label={`Entry ${entry.seq}`}
      className="w-[26rem] shrink-0 overflow-y-auto border-l p-4 narrow:absolute narrow:inset-x-0 narrow:bottom-14 narrow:z-20 narrow:max-h-[60vh] narrow:w-auto narrow:border-t narrow:bg-raised narrow:shadow-float"
    >
      <header className="mb-3 flex items-center gap-2">
        <h2 className="flex-1 font-semibold">
          {entry.seq} · {kindText(entry.kind)}
        </h2>
        <IconButton icon={X} label="Close" onClick={onClose} />
      </header>
      <DetailList
        rows={[
          ['At', <At key="at" at={entry.at} />],
          ['Commit', entry.commit],
          [
            'Run',
            run && (
              <a className="link" href={hrefs.run(entry.process, run)}>
                {run}
              </a>
            ),
          ],
          [
            'Hash',
            <code key="hash" className="break-all text-xs">
              {entry.hash.slice(0, 24)}…
            </code>,
          ],
        ]}
      />
      <div className="mt-3">
        <JsonView value={entry.body} label={`body of entry ${entry.seq}`} />
      </div>
      <Button icon={Rewind} asks="rewind" className="mt-3" onClick={() => setRewinding(true)}>
        Rewind to here…
      </Button>
      {rewinding && <RewindDialog name={entry.process} seq={entry.seq} onClose={() => setRewinding(false)} />}
    </aside>
  );
}
