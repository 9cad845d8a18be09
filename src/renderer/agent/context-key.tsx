import { History, RotateCcw, Save, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import type { ContextLockView } from '../../shared/views/context-views.ts';
import type { ContextValue } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useMay } from '../stores/access.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { brief } from '../ui/format.ts';
import { LazyCode } from '../ui/lazy-code.tsx';
import { Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { At } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';
import { LockButton, LockLine } from './context-lock.tsx';

const written = (value: Json) => JSON.stringify(value, null, 2);

interface ContextKeyProps {
  name: string;
  value: ContextValue;
  lock: ContextLockView | undefined;
  onGone: () => void;
}

/** One key: its value to read and change, and everyone who wrote it. */
export function ContextKey({ name, value, lock, onGone }: ContextKeyProps) {
  const client = useClient();
  const may = useMay();
  const { key, version } = value;
  const [seen, setSeen] = useState({ version, text: written(value.value) });
  const [text, setText] = useState(seen.text);
  const changed = text !== seen.text;
  if (version !== seen.version && !changed) {
    setSeen({ version, text: written(value.value) });
    setText(written(value.value));
  }
  const read = parseJson(text);
  const save = async () => {
    if (!read.ok) return;
    const before = value.value;
    const undo = () => client.setContext({ name, key, value: before });
    const saved = await act(() => client.setContext({ name, key, value: read.value, version: seen.version }), {
      done: `“${key}” was written.`,
      undo,
    });
    if (saved) setSeen({ version: seen.version, text });
  };
  const remove = async () => {
    const before = value.value;
    const undo = () => client.setContext({ name, key, value: before });
    if (await act(() => client.deleteContext({ name, key }), { done: `“${key}” was deleted.`, undo })) onGone();
  };
  const discard = () => {
    setText(written(value.value));
    setSeen({ version, text: written(value.value) });
  };
  useShortcuts({ apply: () => (changed && read.ok && may('setContext') ? void save() : false) });

  return (
    <div className="flex min-w-0 flex-col gap-(--gap)">
      <Panel
        title={key}
        aside={
          <>
            <LockButton name={name} contextKey={key} locked={lock !== undefined} />
            <IconButton
              icon={Trash2}
              danger
              asks="deleteContext"
              label={`Delete ${key}`}
              onClick={() => void remove()}
            />
          </>
        }
      >
        {lock && <LockLine lock={lock} />}
        <LazyCode
          language="json"
          label={`Value of ${key}`}
          value={text}
          onChange={setText}
          className={text.split('\n').length < 4 ? 'h-24' : 'h-64'}
        />
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <span className="min-w-0 flex-1 text-dim text-xs">
            version {version}, written by <Writer by={value.by} name={name} /> <At at={value.updatedAt} />
          </span>
          {!read.ok && <span className="text-bad text-xs">{read.problem}</span>}
          {changed && <Button onClick={discard}>Discard</Button>}
          <Button
            look="solid"
            icon={Save}
            asks="setContext"
            disabled={!changed || !read.ok}
            onClick={() => void save()}
          >
            Write
          </Button>
        </div>
        {changed && version !== seen.version && (
          <Warning className="mt-2">
            It was written by someone else while you edited. Writing is refused until you discard your change.
          </Warning>
        )}
      </Panel>
      <KeyHistory name={name} contextKey={key} onRestore={(old) => setText(written(old))} />
    </div>
  );
}

interface KeyHistoryProps {
  name: string;
  contextKey: string;
  onRestore: (value: Json) => void;
}

function KeyHistory({ name, contextKey, onRestore }: KeyHistoryProps) {
  const history = useRead(`history:${name}:${contextKey}`, [`context:${name}`], (client) =>
    client.contextHistory({ name, key: contextKey, limit: 100 }),
  );
  const changes = history.value?.items ?? [];
  return (
    <Panel title="Who wrote it" icon={History} flush>
      <ol className="max-h-96 overflow-y-auto">
        {changes.map((change, index) => (
          <li
            key={change.seq}
            className="group flex min-h-10 items-center gap-3 border-line/60 border-t px-4 text-[0.8125rem]"
          >
            <span className="w-24 shrink-0 text-faint text-xs">
              <At at={change.at} />
            </span>
            <span className="w-36 shrink-0 truncate narrow:w-20">
              <Writer by={change.by} name={name} />
            </span>
            <span className="min-w-0 flex-1 truncate font-mono text-dim text-xs" title={brief(change.value, 600)}>
              {change.deleted ? 'deleted' : brief(change.value)}
            </span>
            {index > 0 && !change.deleted && (
              <span className="opacity-0 focus-within:opacity-100 group-hover:opacity-100">
                <IconButton
                  icon={RotateCcw}
                  label="Bring this value back into the editor"
                  onClick={() => onRestore(change.value)}
                />
              </span>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** Who wrote something: a run is a link. */
export function Writer({ by, name }: { by: string; name: string }) {
  const run = /^run:(.+)$/.exec(by)?.[1];
  if (!run) return <span>{whoText(by)}</span>;
  return (
    <a className="link" href={hrefs.run(name, run)}>
      its run {run.slice(-6)}
    </a>
  );
}
