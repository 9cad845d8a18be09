import { Radio } from 'lucide-react';
import { useId, useState } from 'react';
import { emittedBy } from '../design/emitted.ts';
import { readText } from '../design/manifest-text.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Checkbox, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { act } from '../ui/use-action.ts';

/** A line was drawn: which events of the one shall wake the other. */
export function SubscribeDialog({ from, to, onClose }: { from: string; to: string; onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const known = useKnownEvents(from);
  const [typed, setTyped] = useState<string | null>(null);
  const [only, setOnly] = useState(true);
  const name = typed ?? known[0] ?? '';
  const subscribe = async () => {
    let id = '';
    const trigger = { type: 'event', event_type: name.trim(), ...(only ? { event_source: from } : {}) };
    return act(
      async () => {
        id = (await client.addTrigger({ name: to, trigger })).id;
      },
      { done: `“${to}” wakes by ${name.trim()}.`, undo: () => client.removeTrigger({ name: to, id }) },
    );
  };
  return (
    <FormDialog
      title={`Let ${to} listen to ${from}`}
      description="This adds an event trigger."
      onClose={onClose}
      submit="Listen"
      icon={Radio}
      ready={name.trim() !== ''}
      onSubmit={subscribe}
    >
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        Event
      </label>
      <TextField
        id={field}
        value={name}
        list={`${field}-known`}
        placeholder="orders.*"
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={`${field}-known`}>
        {known.map((event) => (
          <option key={event} value={event} />
        ))}
      </datalist>
      <p className="mt-1 text-dim text-xs">“orders.*” matches one more word, “orders.&gt;” any number.</p>
      <span className="mt-3 flex items-center gap-2 text-[0.8125rem]">
        <Checkbox checked={only} onChange={setOnly} label={`Only from ${from}`} /> Only from {from}
      </span>
    </FormDialog>
  );
}

/** What an agent published, and what its definition says it will. */
function useKnownEvents(name: string): string[] {
  const events =
    useRead(`emitted:${name}`, ['bus'], (client) => client.listEvents({ source: name, limit: 100 })).value?.items ?? [];
  const detail = useRead(`manifest:${name}`, [`process:${name}`], (client) => client.getProcess({ name })).value;
  const read = detail ? readText(detail.manifest) : null;
  const said = read?.ok
    ? emittedBy(read.value)
        .filter(({ kind }) => kind === 'event')
        .map((one) => one.name)
    : [];
  return [...new Set([...events.map(({ type }) => type), ...said])];
}
