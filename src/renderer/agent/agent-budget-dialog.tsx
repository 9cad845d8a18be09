import { Check } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { isWrongLimit, type Limit, LimitField } from '../costs/limit-field.tsx';
import { type Edit, editText, placeOf, readText, valueAt } from '../design/manifest-text.ts';
import { useManifestCheck } from '../design/use-manifest-check.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { act } from '../ui/use-action.ts';

const groups: readonly { title: string; limits: readonly Limit[] }[] = [
  {
    title: 'Each day',
    limits: [
      { key: 'max_usd_per_day', text: 'Money', unit: 'USD a day', step: 0.1, most: 10 },
      { key: 'max_tokens_per_day', text: 'Tokens', unit: 'a day', step: 10_000, most: 1_000_000 },
      { key: 'max_llm_turns_per_day', text: 'Model turns', unit: 'a day', step: 10, most: 1_000 },
    ],
  },
  {
    title: 'Each run',
    limits: [
      { key: 'max_usd_per_run', text: 'Money', unit: 'USD a run', step: 0.05, most: 2 },
      { key: 'max_tokens_per_run', text: 'Tokens', unit: 'a run', step: 1_000, most: 200_000 },
      { key: 'max_llm_turns_per_run', text: 'Model turns', unit: 'a run', step: 1, most: 50 },
    ],
  },
];

/** What one agent may use: the limits of its manifest that people change most, by slider and number. */
export function AgentBudgetDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const client = useClient();
  const read = useRead(`manifest:${name}`, [`process:${name}`], (from) => from.getProcess({ name }));
  const [typed, setTyped] = useState<Record<string, string>>({});
  const base = read.value?.manifest ?? '';
  const manifest = manifestOf(base);
  const isWrong = Object.values(typed).some(isWrongLimit);
  const text = isWrong ? base : withLimits(base, manifest, typed);
  const { check } = useManifestCheck(text);
  const problems = check.problems.filter(({ path }) => path.includes('budget'));
  const save = async () => {
    if (!read.value) return false;
    const { version } = read.value;
    return act(() => client.updateProcess({ name, manifest: text, version, reason: 'limits' }), {
      done: `The limits of “${name}” are in force.`,
      undo: () => client.updateProcess({ name, manifest: base, reason: 'taken back' }),
    });
  };
  return (
    <FormDialog
      title={`What ${name} may use`}
      description="Held before each call. Left empty: no limit. Runs that have begun end with the limits they began with."
      wide
      onClose={onClose}
      asks="updateProcess"
      submit="Set"
      icon={Check}
      ready={!isWrong && text !== base && problems.length === 0}
      onSubmit={save}
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading rows={6} />}
      {read.value &&
        groups.map(({ title, limits }) => (
          <fieldset key={title} className="mb-3">
            <legend className="mb-1.5 text-dim text-xs">{title}</legend>
            {limits.map((limit) => {
              const set = limitIn(manifest, limit.key);
              return (
                <LimitField
                  key={limit.key}
                  limit={limit}
                  set={Number(set) || 0}
                  value={typed[limit.key] ?? set}
                  onChange={(value) => setTyped({ ...typed, [limit.key]: value })}
                />
              );
            })}
          </fieldset>
        ))}
      {problems.map(({ path, message }) => (
        <p key={path} role="alert" className="mb-2 text-[0.8125rem] text-bad">
          {message}
        </p>
      ))}
      {text !== base && <DiffView before={base} after={text} />}
    </FormDialog>
  );
}

function manifestOf(text: string): JsonObject {
  const parsed = readText(text);
  return parsed.ok ? parsed.value : {};
}

function limitIn(manifest: JsonObject, key: string): string {
  const value = valueAt(manifest, [...placeOf(manifest, 'budget'), key]);
  return value === undefined || value === null ? '' : String(value);
}

/** The manifest with these limits; a budget that was switched off holds again as soon as somebody sets one. */
function withLimits(base: string, manifest: JsonObject, typed: Readonly<Record<string, string>>): string {
  const place = placeOf(manifest, 'budget');
  const changed = Object.entries(typed).filter(([key, value]) => value.trim() !== limitIn(manifest, key));
  const edits: Edit[] = changed.map(([key, value]) => ({
    path: [...place, key],
    value: value.trim() === '' ? undefined : Number(value),
  }));
  const section = valueAt(manifest, place);
  const isOff = isJsonObject(section) && section['enabled'] === false;
  if (isOff && changed.some(([, value]) => value.trim() !== ''))
    edits.push({ path: [...place, 'enabled'], value: true });
  return edits.length === 0 ? base : editText(base, edits);
}
