import { Mail, Send, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { Input } from '../../shared/api.ts';
import type { LetterView } from '../../shared/views/messaging-views.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useProcess, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Checkbox, Choice, TextArea } from '../ui/fields.tsx';
import { brief, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { act, useAction } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';

type Asked = Input<'sendToProcess'>;
type LetterType = NonNullable<Asked['type']>;
type Priority = NonNullable<Asked['priority']>;

const types: Record<LetterType, string> = {
  directive: 'Do this from now on',
  context: 'Know this',
  question: 'Answer this; it wakes for it',
  correction: 'This was wrong',
};
const typeWords: Record<LetterType, string> = {
  directive: 'an instruction',
  context: 'something to know',
  question: 'a question',
  correction: 'a correction',
};
const states: Record<LetterView['state'], string> = {
  waiting: 'waits for its next run',
  shown: 'was shown',
  answered: 'answered',
  unanswered: 'not answered',
  expired: 'expired',
  cleared: 'cleared',
};

/** What people wrote to the agent, and what became of it. */
export function LettersTab({ name }: { name: string }) {
  const client = useClient();
  const letters = useRead(`letters:${name}`, [`events:${name}`, `runs:${name}`, `journal:${name}`], (from) =>
    from.listProcessMessages({ name, limit: 100 }),
  );
  const items = letters.value?.items ?? [];
  const waiting = items.filter(({ state }) => state === 'waiting').length;
  const clear = (id?: string) =>
    act(() => client.clearProcessMessages({ name, ...(id ? { id } : {}) }), { done: 'Cleared.' }).then(letters.reload);
  return (
    <div className="mx-auto flex max-w-4xl flex-col gap-(--gap)">
      <WriteLetter name={name} onSent={letters.reload} />
      <Panel
        title="Written to it"
        icon={Mail}
        flush
        aside={
          waiting > 0 && (
            <Button icon={Trash2} look="ghost" asks="clearProcessMessages" onClick={() => void clear()}>
              Clear what waits
            </Button>
          )
        }
      >
        {letters.error && <ErrorNote error={letters.error} retry={letters.reload} className="mx-4" />}
        {!letters.value && !letters.error && (
          <div className="px-4">
            <Loading />
          </div>
        )}
        {letters.value && items.length === 0 && (
          <Empty icon={Mail} title="Nobody has written to it yet">
            What you write is shown to its next run, before anything else; it need not be woken for it.
          </Empty>
        )}
        <ul>
          {items.map((letter) => (
            <Letter key={letter.id} letter={letter} onClear={() => void clear(letter.id)} />
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function Letter({ letter, onClear }: { letter: LetterView; onClear: () => void }) {
  const { process, type, content, sticky, sender, state, runs, answer, reason, at } = letter;
  const last = runs.at(-1);
  return (
    <li className="flex items-start gap-3 border-line/60 border-t px-4 py-2.5 text-[0.8125rem]">
      <div className="min-w-0 flex-1">
        <p className="whitespace-pre-wrap break-words">{content}</p>
        {answer !== null && <p className="mt-1 rounded-lg bg-sunken px-2.5 py-1.5">{brief(answer, 600)}</p>}
        {reason && <p className="mt-1 text-dim text-xs">{reason}</p>}
        <p className="mt-1 flex flex-wrap gap-x-3 text-faint text-xs">
          <span>
            {typeWords[type]}
            {sticky && ', in every run'}
          </span>
          <span>by {whoText(sender)}</span>
          <Ago at={at} />
          {last && (
            <a className="link" href={hrefs.run(process, last)}>
              {plural(runs.length, 'run')}
            </a>
          )}
        </p>
      </div>
      <span
        className={cx(
          'shrink-0 text-xs',
          state === 'waiting' ? 'text-warn' : state === 'answered' ? 'text-ok' : 'text-dim',
        )}
      >
        {states[state]}
      </span>
      {state === 'waiting' && (
        <IconButton icon={Trash2} danger asks="clearProcessMessages" label="Clear it" onClick={onClear} />
      )}
    </li>
  );
}

function WriteLetter({ name, onSent }: { name: string; onSent: () => void }) {
  const client = useClient();
  const state = useProcess(name)?.state;
  const [content, setContent] = useState('');
  const [type, setType] = useState<LetterType>('directive');
  const [priority, setPriority] = useState<Priority>('normal');
  const [sticky, setSticky] = useState(false);
  const [busy, run] = useAction();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const letter = { name, type, content: content.trim(), priority, sticky };
    if (!letter.content || !(await run(() => client.sendToProcess(letter), { done: 'Written.' }))) return;
    setContent('');
    onSent();
  };
  return (
    <form onSubmit={(event) => void send(event)} className="rounded-xl border bg-surface p-3 shadow-raised">
      <TextArea
        aria-label={`Write to ${name}`}
        placeholder={state === 'running' ? 'Write to it' : `Write to it; it is ${state}, and reads it when it runs`}
        rows={2}
        value={content}
        onChange={(event) => setContent(event.target.value)}
      />
      <div className="mt-2 flex flex-wrap items-center gap-2 text-[0.8125rem]">
        <Choice
          aria-label="What it is"
          value={type}
          onChange={(event) => setType(event.target.value as LetterType)}
          className="h-8"
        >
          {Object.entries(types).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Choice>
        <Choice
          aria-label="How pressing it is"
          value={priority}
          onChange={(event) => setPriority(event.target.value as Priority)}
          className="h-8"
        >
          {['critical', 'high', 'normal', 'low'].map((value) => (
            <option key={value}>{value}</option>
          ))}
        </Choice>
        <span className="inline-flex items-center gap-2">
          <Checkbox checked={sticky} onChange={(on) => setSticky(on)} label="Show it in every run" /> in every run
        </span>
        <span className="flex-1" />
        <Button type="submit" look="solid" icon={Send} asks="sendToProcess" disabled={busy || content.trim() === ''}>
          Write
        </Button>
      </div>
    </form>
  );
}
