import { Brain, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { MemoryView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { ErasureReceipts, useErasures } from '../memory/erasure-receipts.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { TextField } from '../ui/fields.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { Ago } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

/** What the agent remembers for good: searched as the agent would, with where each thing came from. */
export function MemoryTab({ name }: { name: string }) {
  const client = useClient();
  const [typed, setTyped] = useState('');
  const [query, setQuery] = useState('');
  const [purging, setPurging] = useState(false);
  const read = useRead(`memory:${name}:${query}`, [`runs:${name}`, `memory:${name}`], (from) =>
    from.listMemories({ name, limit: 100, ...(query && { q: query }) }),
  );
  const erasures = useErasures(name);
  const reload = () => {
    read.reload();
    erasures.reload();
  };
  const memories = read.value?.items ?? [];
  const purge = () => act(() => client.purgeMemory({ name }), { done: 'It remembers nothing any more.' }).then(reload);
  return (
    <div className="mx-auto flex max-w-4xl flex-col gap-3">
      <form
        className="flex flex-wrap gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery(typed.trim());
        }}
      >
        <SearchField
          label="What would it recall of"
          placeholder="What would it recall of…"
          value={typed}
          onText={setTyped}
          className="min-w-56 flex-1"
        />
        <Button type="submit" className="h-8">
          Look
        </Button>
        <Button
          icon={Trash2}
          look="danger"
          asks="purgeMemory"
          className="h-8"
          disabled={memories.length === 0}
          onClick={() => setPurging(true)}
        >
          Forget all…
        </Button>
      </form>
      <Remember name={name} onDone={read.reload} />
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && memories.length === 0 && (
        <Empty icon={Brain} title={query ? 'Nothing of it comes to its mind.' : 'It remembers nothing yet.'}>
          {!query && 'Agents store what they want to know for good; you can make one remember something, too.'}
        </Empty>
      )}
      <ul className="flex flex-col gap-2">
        {memories.map((memory) => (
          <Memory key={memory.id} name={name} memory={memory} onGone={reload} />
        ))}
      </ul>
      <ErasureReceipts read={erasures} />
      {purging && (
        <Confirm
          title={`Make ${name} forget everything?`}
          asks="purgeMemory"
          confirm="Forget all"
          onClose={() => setPurging(false)}
          onConfirm={() => void purge()}
        >
          This cannot be taken back. With a shared memory, all who share it forget.
        </Confirm>
      )}
    </div>
  );
}

function Memory({ name, memory, onGone }: { name: string; memory: MemoryView; onGone: () => void }) {
  const client = useClient();
  const { id, content, tags, at, process, run, source, taint, score, foundBy } = memory;
  const restore = () => client.storeMemory({ name, content, tags }).then(onGone);
  const forget = () =>
    act(() => client.forgetMemory({ name, id }), { done: 'Forgotten. Its receipt stands below.', undo: restore }).then(
      onGone,
    );
  return (
    <li className="group rounded-xl border bg-surface p-3.5 shadow-raised">
      <div className="flex items-start gap-3">
        <p className="min-w-0 flex-1 whitespace-pre-wrap break-words">{content}</p>
        <IconButton icon={Trash2} danger asks="forgetMemory" label="Forget it" onClick={() => void forget()} />
      </div>
      <p className="mt-1.5 flex flex-wrap gap-x-3 gap-y-1 text-faint text-xs">
        <Ago at={at} />
        <span>
          {run ? (
            <a className="link" href={hrefs.run(process, run)}>
              stored in a run
            </a>
          ) : (
            `stored by ${source}`
          )}
          {process !== name && ` of ${process}`}
        </span>
        {tags.map((tag) => (
          <span key={tag} className="rounded-full bg-sunken px-1.5 text-dim">
            {tag}
          </span>
        ))}
        {taint.length > 0 && <span className="text-warn">not trusted: {taint.join(', ')}</span>}
        {score !== null && (
          <span>
            fits {Math.round(score * 100)} %{foundBy && `, by ${foundBy}`}
          </span>
        )}
      </p>
    </li>
  );
}

function Remember({ name, onDone }: { name: string; onDone: () => void }) {
  const client = useClient();
  const [content, setContent] = useState('');
  const store = async () => {
    if (!content.trim()) return;
    if (await act(() => client.storeMemory({ name, content: content.trim() }), { done: 'It will remember that.' })) {
      setContent('');
      onDone();
    }
  };
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void store();
      }}
    >
      <TextField
        aria-label="Something to remember"
        placeholder="Make it remember something"
        value={content}
        onChange={(event) => setContent(event.target.value)}
      />
      <Button type="submit" icon={Plus} asks="storeMemory" className="h-8.5" disabled={content.trim() === ''}>
        Remember
      </Button>
    </form>
  );
}
