import { Lock, Save } from 'lucide-react';
import { useId, useState } from 'react';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { Panel } from '../ui/panel.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { act } from '../ui/use-action.ts';

/** A key that is not there yet: written, or kept from the agent. */
export function NewContextKey({ name, onDone }: { name: string; onDone: (key: string | null) => void }) {
  const client = useClient();
  const field = useId();
  const [key, setKey] = useState('');
  const [text, setText] = useState('""');
  const read = parseJson(text);
  const save = async () => {
    if (!read.ok || key.trim() === '') return;
    if (
      await act(() => client.setContext({ name, key: key.trim(), value: read.value }), {
        done: `“${key.trim()}” was written.`,
      })
    )
      onDone(key.trim());
  };
  const block = async () => {
    const named = key.trim();
    if (await act(() => client.lockContextKey({ name, key: named, reason: '' }), { done: `“${named}” is blocked.` }))
      onDone(named);
  };
  return (
    <Panel title="New key">
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        Key
      </label>
      <TextField id={field} value={key} onChange={(event) => setKey(event.target.value)} autoFocus />
      <p className="mt-3 mb-1 font-medium text-[0.8125rem]">Value, as JSON</p>
      <LazyCode language="json" label="Value" value={text} onChange={setText} className="h-40" />
      <p className="mt-2 text-dim text-xs">Block keeps the agent from ever writing this key; you still can.</p>
      <div className="mt-3 flex items-center justify-end gap-2">
        {!read.ok && <span className="flex-1 text-bad text-xs">{read.problem}</span>}
        <Button onClick={() => onDone(null)}>Cancel</Button>
        <Button icon={Lock} asks="lockContextKey" disabled={key.trim() === ''} onClick={() => void block()}>
          Block
        </Button>
        <Button
          look="solid"
          icon={Save}
          asks="setContext"
          disabled={!read.ok || key.trim() === ''}
          onClick={() => void save()}
        >
          Write
        </Button>
      </div>
    </Panel>
  );
}
