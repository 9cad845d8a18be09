import { Check, CircleAlert, Redo2, Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { ApplyDialog } from './apply-dialog.tsx';
import { useDrafts } from './draft-store.ts';
import type { AgentDraft } from './use-agent-draft.ts';

/** Over canvas and text alike: undo, what is wrong, discard, apply. */
export function DraftBar({
  agent,
  children,
  onProblems,
}: {
  agent: AgentDraft;
  children?: ReactNode;
  onProblems?: () => void;
}) {
  const [applying, setApplying] = useState(false);
  const rebase = useDrafts((state) => state.rebase);
  const { draft, changed, checked, outdated, undo, redo, write, name } = agent;
  const { problems } = checked.check;
  const ready = changed && !checked.pending && checked.check.valid;
  useShortcuts({
    apply: () => (ready && !applying ? setApplying(true) : false),
    undo: () => (draft.past.length > 0 ? undo() : false),
    redo: () => (draft.future.length > 0 ? redo() : false),
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-1.5 px-6 py-2 narrow:px-4">
        {children}
        <IconButton icon={Undo2} label="Undo" keys="undo" disabled={draft.past.length === 0} onClick={undo} />
        <IconButton icon={Redo2} label="Redo" keys="redo" disabled={draft.future.length === 0} onClick={redo} />
        <span className="flex-1" />
        {problems.length > 0 && (
          <button
            type="button"
            onClick={onProblems}
            className="inline-flex items-center gap-1.5 rounded-md px-2 py-1 font-medium text-bad text-xs hover:bg-bad-soft"
            title={problems.map(({ message }) => message).join('\n')}
          >
            <CircleAlert aria-hidden className="size-4" />
            {plural(problems.length, 'problem')}
          </button>
        )}
        <span role="status" className="px-1 text-dim text-xs">
          {changed ? 'Not applied yet' : `Version ${draft.version}`}
        </span>
        <Button disabled={!changed} onClick={() => write(draft.base)}>
          Discard
        </Button>
        <Button look="solid" icon={Check} disabled={!ready} onClick={() => setApplying(true)}>
          Review and apply
        </Button>
      </div>
      {outdated && (
        <Warning className="mx-6 mb-2">
          <div className="flex flex-wrap items-center gap-2">
            <span className="min-w-56 flex-1">
              {changed ? 'It was changed elsewhere while you edited: version' : 'There is a newer version:'}{' '}
              {outdated.version}.
            </span>
            <Button
              onClick={() => {
                rebase(name, outdated.text, outdated.version);
                write(outdated.text);
              }}
            >
              Take the newer one
            </Button>
            {changed && (
              <Button onClick={() => rebase(name, outdated.text, outdated.version)}>Keep mine, on top of it</Button>
            )}
          </div>
        </Warning>
      )}
      {applying && <ApplyDialog agent={agent} onClose={() => setApplying(false)} />}
    </>
  );
}
