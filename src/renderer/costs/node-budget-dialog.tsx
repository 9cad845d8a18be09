import { Check } from 'lucide-react';
import { useId, useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { act } from '../ui/use-action.ts';

const limits = [
  { key: 'max_usd_per_day', text: 'Money', unit: 'USD a day', step: 0.5, most: 50 },
  { key: 'max_tokens_per_day', text: 'Tokens', unit: 'a day', step: 50_000, most: 5_000_000 },
  { key: 'max_runs_per_day', text: 'Runs', unit: 'a day', step: 10, most: 2_000 },
  { key: 'max_tool_calls_per_day', text: 'Tool calls', unit: 'a day', step: 10, most: 2_000 },
] as const;

/** What all agents of the node together may use in a day. */
export function NodeBudgetDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const read = useRead('node-budget', [], (from) => from.getNodeBudget({}));
  const [changed, setChanged] = useState<Record<string, string>>({});
  const id = useId();
  const shownOf = (key: string) => changed[key] ?? String(read.value?.config[key] ?? '');
  const wrong = Object.values(changed).some((text) => text.trim() !== '' && !(Number(text) > 0));
  const save = async () => {
    const entries = Object.entries(changed).map(([key, text]): [string, Json] => [
      key,
      text.trim() === '' ? null : Number(text),
    ]);
    const changes = { enabled: true, ...Object.fromEntries(entries) };
    const done = await act(() => client.updateNodeBudget({ changes }), {
      done: 'The limits of the node are in force.',
    });
    if (done) read.reload();
    return done;
  };
  return (
    <FormDialog
      title="What all agents together may use"
      description="Held before each call, over every agent of this node. Left empty: no limit."
      onClose={onClose}
      submit="Set"
      icon={Check}
      ready={!wrong && Object.keys(changed).length > 0}
      onSubmit={save}
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value &&
        limits.map(({ key, text, unit, step, most }) => (
          <div key={key} className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem]">
            <label htmlFor={`${id}${key}`} className="w-20 font-medium">
              {text}
            </label>
            <input
              type="range"
              aria-label={`${text}, by slider`}
              aria-valuetext={shownOf(key) === '' ? 'no limit' : `${shownOf(key)} ${unit}`}
              min={0}
              step={step}
              max={Math.max(most, Number(read.value?.config[key] ?? 0))}
              value={Number(shownOf(key)) || 0}
              onChange={(event) =>
                setChanged({ ...changed, [key]: Number(event.target.value) > 0 ? event.target.value : '' })
              }
              className="min-w-32 flex-1 accent-(--accent)"
            />
            <TextField
              id={`${id}${key}`}
              type="number"
              min={0}
              step="any"
              placeholder="no limit"
              value={shownOf(key)}
              onChange={(event) => setChanged({ ...changed, [key]: event.target.value })}
              className="h-8 w-28"
            />
            <span className="w-20 whitespace-nowrap text-dim">{unit}</span>
          </div>
        ))}
    </FormDialog>
  );
}
