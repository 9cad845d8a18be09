import { Check } from 'lucide-react';
import { useState } from 'react';
import { PlacementConfig } from '../../shared/config/placement-config.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { editText, placeOf, readText } from '../design/manifest-text.ts';
import { useManifestCheck } from '../design/use-manifest-check.ts';
import { fieldsOf } from '../forms/form-field.ts';
import type { FormPath } from '../forms/form-parts.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { act } from '../ui/use-action.ts';

interface PlacementDialogProps {
  name: string;
  onClose: () => void;
  onChange: () => void;
}

const fields = fieldsOf(PlacementConfig);

/** Where an agent may live and what happens when its node fails: the `placement` section of its manifest, as a form. */
export function PlacementDialog({ name, onClose, onChange }: PlacementDialogProps) {
  const client = useClient();
  const read = useRead(`manifest:${name}`, [`process:${name}`], (from) => from.getProcess({ name }));
  const [edited, setEdited] = useState<string | null>(null);
  const base = read.value?.manifest ?? '';
  const text = edited ?? base;
  const { check } = useManifestCheck(text);
  const parsed = readText(text);
  const manifest = parsed.ok ? parsed.value : {};
  const path = placeOf(manifest, 'placement');
  const problems = check.problems.filter((problem) => problem.path.startsWith('placement'));
  const isChanged = edited !== null && edited !== base;
  const change = (at: FormPath, value: Json | undefined) =>
    setEdited(editText(text, [{ path: [...path, ...at], value }]));
  const save = async () => {
    if (!read.value) return false;
    const { version } = read.value;
    const put = (next: string, reason: string) => client.updateProcess({ name, manifest: next, reason });
    const done = await act(() => client.updateProcess({ name, manifest: text, version, reason: 'placement' }), {
      done: `“${name}” is placed by the new rule.`,
      undo: () => put(base, 'taken back'),
    });
    if (done) onChange();
    return done;
  };
  const section = manifest['placement'] ?? (isJsonObject(manifest['config']) ? manifest['config']['placement'] : {});
  return (
    <FormDialog
      title={`Placement of ${name}`}
      description="Which nodes it may live on, and what happens when its node is not heard of."
      onClose={onClose}
      asks="updateProcess"
      submit="Set"
      icon={Check}
      ready={isChanged && problems.length === 0}
      onSubmit={save}
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading rows={6} />}
      {read.value && (
        <SchemaForm
          fields={fields}
          value={isJsonObject(section) ? section : {}}
          at="placement"
          problems={problems}
          onChange={change}
        />
      )}
    </FormDialog>
  );
}
