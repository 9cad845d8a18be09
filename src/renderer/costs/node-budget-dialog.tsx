import { Check } from 'lucide-react';
import { useState } from 'react';
import type { Json } from '../../shared/json.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { act } from '../ui/use-action.ts';
import { isWrongLimit, type Limit, LimitField } from './limit-field.tsx';

const limits: readonly Limit[] = [
  { key: 'max_usd_per_day', text: 'Money', unit: 'USD a day', step: 0.5, most: 50 },
  { key: 'max_tokens_per_day', text: 'Tokens', unit: 'a day', step: 50_000, most: 5_000_000 },
  { key: 'max_runs_per_day', text: 'Runs', unit: 'a day', step: 10, most: 2_000 },
  { key: 'max_tool_calls_per_day', text: 'Tool calls', unit: 'a day', step: 10, most: 2_000 },
];

/** What all agents of the node together may use in a day. */
export function NodeBudgetDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const read = useRead('node-budget', ['budget'], (from) => from.getNodeBudget({}));
  const [changed, setChanged] = useState<Record<string, string>>({});
  const shownOf = (key: string) => changed[key] ?? String(read.value?.config[key] ?? '');
  const wrong = Object.values(changed).some(isWrongLimit);
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
      asks="updateNodeBudget"
      submit="Set"
      icon={Check}
      ready={!wrong && Object.keys(changed).length > 0}
      onSubmit={save}
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value &&
        limits.map((limit) => (
          <LimitField
            key={limit.key}
            limit={limit}
            set={Number(read.value?.config[limit.key] ?? 0)}
            value={shownOf(limit.key)}
            onChange={(value) => setChanged({ ...changed, [limit.key]: value })}
          />
        ))}
    </FormDialog>
  );
}
