import { Radio } from 'lucide-react';
import { useId, useState } from 'react';
import { emittedBy } from '../design/emitted.ts';
import { readText } from '../design/manifest-text.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Checkbox, Choice, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { act } from '../ui/use-action.ts';
import { useEveryone } from './use-everyone.ts';

interface SubscribeDialogProps {
  /** Where the line begins and ends, as it was drawn; null: chosen in the dialog. */
  from: string | null;
  to: string | null;
  onClose: () => void;
}

/** Which events of the one agent shall wake the other. */
export function SubscribeDialog({ from: begin, to: end, onClose }: SubscribeDialogProps) {
  const client = useClient();
  const field = useId();
  const names = useEveryone().map(({ name }) => name);
  const [teller, setTeller] = useState<string | null>(null);
  const [hearer, setHearer] = useState<string | null>(null);
  const from = begin ?? teller ?? names[0] ?? '';
  const to = end ?? hearer ?? names.find((name) => name !== from) ?? '';
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
      title={begin === null ? 'Let one agent listen to another' : `Let ${to} listen to ${from}`}
      description="This adds an event trigger."
      onClose={onClose}
      asks="addTrigger"
      submit="Listen"
      icon={Radio}
      ready={name.trim() !== '' && to !== ''}
      onSubmit={subscribe}
    >
      {begin === null && (
        <div className="mb-3 grid grid-cols-1 gap-3 sm:grid-cols-2">
          <AgentChoice label="Who tells" value={from} names={names} onChange={setTeller} />
          <AgentChoice label="Who listens" value={to} names={names} onChange={setHearer} />
        </div>
      )}
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

interface AgentChoiceProps {
  label: string;
  value: string;
  names: readonly string[];
  onChange: (name: string) => void;
}

function AgentChoice({ label, value, names, onChange }: AgentChoiceProps) {
  const field = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={field} className="mb-1 block font-medium text-[0.8125rem]">
        {label}
      </label>
      <Choice id={field} value={value} onChange={(event) => onChange(event.target.value)}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
    </div>
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
