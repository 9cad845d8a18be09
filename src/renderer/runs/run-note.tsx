import { StickyNote } from 'lucide-react';
import { useRef, useState } from 'react';
import type { RunBrief } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/fields.tsx';
import { KeysOf } from '../ui/keys.tsx';
import { useAction } from '../ui/use-action.ts';
import { useIsBundled } from './bundled.ts';

/** What a person has to say about a run: kept with it, shown in lists and found by its words. */
export function RunNote({ run }: { run: RunBrief }) {
  const isBundled = useIsBundled();
  if (!isBundled) return <OwnNote run={run} />;
  return run.note === null ? null : (
    <section aria-label="Note">
      <NoteText text={run.note} />
    </section>
  );
}

function NoteText({ text }: { text: string }) {
  return (
    <p className="min-w-0 flex-1 whitespace-pre-wrap break-words rounded-lg bg-warn-soft px-3 py-2 text-[0.8125rem]">
      {text}
    </p>
  );
}

function OwnNote({ run }: { run: RunBrief }) {
  const client = useClient();
  const [text, setText] = useState<string | null>(null);
  const [busy, act] = useAction();
  const field = useRef<HTMLTextAreaElement>(null);
  const edit = () => setText(run.note ?? '');
  const save = async () => {
    if (text === null) return;
    const kept = await act(() => client.noteRun({ id: run.id, note: text.trim() }), {
      done: text.trim() ? 'The note is kept.' : 'The note is gone.',
    });
    if (kept) setText(null);
  };
  useShortcuts({
    note: () => (text === null ? edit() : field.current?.focus()),
    ...(text === null ? {} : { apply: () => void save(), back: () => setText(null) }),
  });
  if (text === null) {
    return (
      <section aria-label="Note" className="flex items-start gap-2">
        {run.note !== null && <NoteText text={run.note} />}
        <Button icon={StickyNote} asks="noteRun" onClick={edit}>
          {run.note === null ? 'Add a note' : 'Edit note'}
          <KeysOf id="note" />
        </Button>
      </section>
    );
  }
  return (
    <section aria-label="Note" className="flex flex-col gap-2">
      <TextArea
        ref={field}
        autoFocus
        aria-label="Note on this run"
        placeholder="What should be known about this run?"
        value={text}
        maxLength={4_000}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex items-center justify-end gap-2">
        <KeysOf id="apply" />
        <Button onClick={() => setText(null)}>Cancel</Button>
        <Button look="solid" disabled={busy} onClick={() => void save()}>
          Keep
        </Button>
      </div>
    </section>
  );
}
