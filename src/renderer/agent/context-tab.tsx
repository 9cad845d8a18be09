import { Braces, History, Lock, Plus, Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { brief, bytes, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Ago } from '../ui/time.tsx';
import { ContextKey } from './context-key.tsx';
import { BlockedKey } from './context-lock.tsx';
import { ContextPast } from './context-past.tsx';
import { inOrder } from './key-order.ts';
import { NewContextKey } from './new-context-key.tsx';

/** What the agent keeps between its runs: every key, its value, and who wrote it when. */
export function AgentContextTab({ name }: { name: string }) {
  const context = useRead(`context:${name}`, [`context:${name}`], (client) => client.getContext({ name }));
  const [chosen, setChosen] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState('');
  const [looksBack, setLooksBack] = useState(false);
  const choose = (key: string | null) => {
    setChosen(key);
    setAdding(false);
  };
  const values = inOrder(context.value?.items ?? []);
  const shown = values.filter(({ key, value }) =>
    `${key} ${JSON.stringify(value)}`.toLowerCase().includes(text.toLowerCase()),
  );
  const locks = new Map((context.value?.locks ?? []).map((lock) => [lock.key, lock]));
  const held = new Set(values.map(({ key }) => key));
  const blocked = [...locks.values()].filter(
    ({ key }) => !held.has(key) && key.toLowerCase().includes(text.toLowerCase()),
  );
  const chosenLock = blocked.find(({ key }) => key === chosen);
  const current = values.find(({ key }) => key === chosen) ?? (chosen === null ? shown[0] : undefined);
  const lit = adding ? undefined : (current?.key ?? chosenLock?.key);
  const size = values.reduce((sum, { key, value }) => sum + key.length + JSON.stringify(value).length, 0);

  if (context.error) return <ErrorNote error={context.error} retry={context.reload} />;
  if (!context.value) return <Loading />;
  if (looksBack) return <ContextPast name={name} now={values} onClose={() => setLooksBack(false)} />;
  return (
    <div className="grid grid-cols-1 items-start gap-(--gap) md:grid-cols-[minmax(14rem,20rem)_minmax(0,1fr)]">
      <section aria-label="Keys" className="overflow-hidden rounded-xl border bg-surface shadow-raised">
        <div className="flex items-center gap-2 border-b p-2">
          <div className="relative flex-1">
            <Search aria-hidden className="absolute top-2 left-2 size-4 text-faint" />
            <TextField
              aria-label="Search keys and values"
              placeholder="Search"
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="h-8 pl-7.5"
            />
          </div>
          <Button icon={Plus} asks="setContext" onClick={() => setAdding(true)}>
            Key
          </Button>
        </div>
        {values.length === 0 && blocked.length === 0 && (
          <Empty icon={Braces} title="It keeps nothing yet.">
            An agent writes here what it wants to know the next time.
          </Empty>
        )}
        <ul className="max-h-[60vh] overflow-y-auto py-1">
          {shown.map(({ key, value, updatedAt }) => (
            <KeyButton key={key} name={key} lit={lit === key} locked={locks.has(key)} onChoose={choose} at={updatedAt}>
              <span className="w-full truncate font-mono text-[0.6875rem] text-dim">{brief(value, 80)}</span>
            </KeyButton>
          ))}
          {blocked.map(({ key, at }) => (
            <KeyButton key={key} name={key} lit={lit === key} locked onChoose={choose} at={at}>
              <span className="w-full truncate text-[0.6875rem] text-faint">blocked, holds nothing</span>
            </KeyButton>
          ))}
        </ul>
        {values.length > 0 && (
          <div className="flex items-center justify-between border-t py-1 pr-1 pl-3">
            <p className="text-faint text-xs">
              {plural(values.length, 'key')}, {bytes(size)}
            </p>
            <Button icon={History} look="ghost" onClick={() => setLooksBack(true)}>
              Look back
            </Button>
          </div>
        )}
      </section>
      {adding && <NewContextKey name={name} onDone={choose} />}
      {!adding && current && (
        <ContextKey
          key={current.key}
          name={name}
          value={current}
          lock={locks.get(current.key)}
          onGone={() => setChosen(null)}
        />
      )}
      {!adding && !current && chosenLock && <BlockedKey name={name} lock={chosenLock} />}
    </div>
  );
}

interface KeyButtonProps {
  name: string;
  lit: boolean;
  locked: boolean;
  at: number;
  onChoose: (key: string) => void;
  children: ReactNode;
}

function KeyButton({ name, lit, locked, at, onChoose, children }: KeyButtonProps) {
  return (
    <li>
      <button
        type="button"
        aria-pressed={lit}
        onClick={() => onChoose(name)}
        className={cx(
          'flex w-full flex-col px-3 py-1.5 text-left hover:bg-hover',
          lit && 'bg-accent-soft hover:bg-accent-soft',
        )}
      >
        <span className="flex w-full items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate font-medium text-[0.8125rem]">{name}</span>
          {locked && <Lock role="img" aria-label="locked" className="size-3 shrink-0 self-center text-warn" />}
          <span className="shrink-0 text-[0.6875rem] text-faint">
            <Ago at={at} />
          </span>
        </span>
        {children}
      </button>
    </li>
  );
}
