import { ChevronLeft, FileText, FolderOpen, X } from 'lucide-react';
import { type RefObject, useId, useRef, useState } from 'react';
import type { BundledRun } from '../../shared/run-bundle.ts';
import { hrefs } from '../frame/route.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { JsonView } from '../ui/json-view.tsx';
import { Empty } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Ago, At, Lasted } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { StoodStillContext } from '../ui/use-now.ts';
import { BundledContext, readBundle, useOpenedBundle } from './bundled.ts';
import { KeptNote, RunBody } from './run-body.tsx';
import { RunChip } from './run-chip.tsx';

/** Runs that somebody exported, from a file: the same view as of a run of this node, to be read only. */
export function BundleScreen() {
  const { opened, show } = useOpenedBundle();
  const picker = useRef<HTMLInputElement>(null);
  const [at, setAt] = useState(0);
  const shown = opened?.bundle.runs[at] ?? opened?.bundle.runs[0];
  const open = () => picker.current?.click();
  const read = (file: File) =>
    void act(async () => {
      show(await readBundle(file));
      setAt(0);
    });
  return (
    <>
      <FilePicker input={picker} onFile={read} />
      {opened && shown ? (
        <Bundled
          key={shown.run.id}
          file={opened.file}
          runs={opened.bundle.runs}
          shown={shown}
          onPick={setAt}
          onOpen={open}
          onClose={() => show(null)}
        />
      ) : (
        <Screen title="Open a bundle" lead={<BackToRuns />}>
          <Empty icon={FolderOpen} title="Look at a run that was exported.">
            <p>
              A file that ends in .run-bundle.json, from this node or any other. It is read in this window alone, and
              nothing of it is kept.
            </p>
            <Button look="solid" size="md" icon={FolderOpen} onClick={open}>
              Choose a file…
            </Button>
          </Empty>
        </Screen>
      )}
    </>
  );
}

/** The field of the browser is behind the buttons that open it. */
function FilePicker({ input, onFile }: { input: RefObject<HTMLInputElement | null>; onFile: (file: File) => void }) {
  const field = useId();
  return (
    <input
      ref={input}
      id={field}
      type="file"
      accept=".json"
      aria-label="Bundle of runs"
      hidden
      onChange={(event) => {
        const file = event.target.files?.[0];
        // The same file can be chosen again.
        event.target.value = '';
        if (file) onFile(file);
      }}
    />
  );
}

type Part = 'run' | 'manifest' | 'entries';

interface BundledProps {
  file: string;
  runs: readonly BundledRun[];
  shown: BundledRun;
  onPick: (at: number) => void;
  onOpen: () => void;
  onClose: () => void;
}

function Bundled({ file, runs, shown, onPick, onOpen, onClose }: BundledProps) {
  const [part, setPart] = useState<Part>('run');
  const { run, event } = shown;
  const parts: { value: Part; text: string }[] = [
    { value: 'run', text: 'Run' },
    { value: 'manifest', text: 'Manifest' },
    { value: 'entries', text: `Entries (${shown.entries.length})` },
  ];
  return (
    <BundledContext value={shown}>
      <StoodStillContext value={shown.exportedAt}>
        <Screen
          title={`Run of ${run.process}`}
          fixed
          subtitle={
            <>
              Woken by {run.trigger} <Ago at={run.startedAt} />, <Lasted from={run.startedAt} to={run.endedAt} />,{' '}
              {plural(run.stepCount, 'step')}
            </>
          }
          lead={<BackToRuns />}
          actions={
            <>
              <RunChip run={run} />
              {runs.length > 1 && (
                <Choice
                  aria-label="Run"
                  value={String(runs.indexOf(shown))}
                  onChange={(change) => onPick(Number(change.target.value))}
                  className="max-w-56"
                >
                  {runs.map(({ run: one }, index) => (
                    <option key={one.id} value={String(index)}>
                      {index + 1} of {runs.length}: {one.process}, {one.id.slice(-8)}
                    </option>
                  ))}
                </Choice>
              )}
              <Button icon={FolderOpen} onClick={onOpen}>
                Open another…
              </Button>
              <Button icon={X} onClick={onClose}>
                Close
              </Button>
            </>
          }
        >
          <Banner file={file} shown={shown} />
          <div className="px-6 pb-3 narrow:px-4">
            <Segmented label="Show" value={part} options={parts} onChange={setPart} />
          </div>
          <KeptNote run={run} />
          {part === 'run' && <RunBody run={run} event={event ?? undefined} />}
          {part === 'manifest' && <Manifest shown={shown} />}
          {part === 'entries' && <Entries shown={shown} />}
        </Screen>
      </StoodStillContext>
    </BundledContext>
  );
}

function Banner({ file, shown }: { file: string; shown: BundledRun }) {
  const { app, exportedAt, run } = shown;
  return (
    <section
      aria-label="From a file"
      className="mx-6 mb-3 flex items-start gap-2.5 rounded-lg border border-accent/40 bg-accent-soft px-3 py-2 text-[0.8125rem] narrow:mx-4"
    >
      <FileText aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
      <p className="min-w-0 flex-1 break-words">
        <strong className="font-semibold">This is a file, and can only be read:</strong> {file}, exported{' '}
        <At at={exportedAt} /> by Agent Runtime {app.version} on {app.platform}.
        {run.endedAt === null && ' The run had not ended by then.'}
      </p>
    </section>
  );
}

function Manifest({ shown: { manifest } }: { shown: BundledRun }) {
  return (
    <section aria-label="Manifest" className="min-h-0 flex-1 overflow-y-auto border-t px-6 py-4 narrow:px-4">
      {manifest ? (
        <>
          <h2 className="mb-2 font-semibold text-[0.8125rem]">
            {manifest.version === null ? 'As it was for this run alone' : `Version ${manifest.version}`}
          </h2>
          <pre className="whitespace-pre-wrap break-words rounded-lg bg-sunken px-3 py-2 text-xs">{manifest.text}</pre>
        </>
      ) : (
        <p className="text-dim">The manifest it went by was not kept any more.</p>
      )}
    </section>
  );
}

function Entries({ shown: { entries } }: { shown: BundledRun }) {
  return (
    <section aria-label="Entries" className="min-h-0 flex-1 overflow-y-auto border-t px-6 py-4 narrow:px-4">
      {entries.length === 0 && <p className="text-dim">Its entries were not kept any more.</p>}
      <ol className="flex flex-col gap-3">
        {entries.map((entry) => (
          <li key={entry.seq}>
            <h3 className="mb-1 flex flex-wrap items-baseline gap-x-2 font-semibold text-[0.8125rem]">
              {entry.seq} · {entry.kind}
              <At at={entry.at} className="font-normal text-dim text-xs" />
            </h3>
            <JsonView value={entry.body} label={`body of entry ${entry.seq}`} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function BackToRuns() {
  return (
    <a
      href={hrefs.runs()}
      aria-label="Runs"
      title="Runs"
      className="-ml-2 inline-flex size-8 items-center justify-center rounded-md text-dim hover:bg-hover"
    >
      <ChevronLeft aria-hidden className="size-5" />
    </a>
  );
}
