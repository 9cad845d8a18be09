import { Check } from 'lucide-react';
import { useState } from 'react';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { PlacementConfig } from '../../shared/placement-config.ts';
import { editText, placeOf, readText } from '../design/manifest-text.ts';
import { useManifestCheck } from '../design/use-manifest-check.ts';
import { fieldsOf } from '../forms/form-field.ts';
import type { FormPath } from '../forms/form-parts.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { useAction } from '../ui/use-action.ts';

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
  const [busy, act] = useAction();
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
    if (!isChanged || !read.value) return;
    const { version } = read.value;
    const put = (next: string, reason: string) => client.updateProcess({ name, manifest: next, reason });
    const done = await act(() => client.updateProcess({ name, manifest: text, version, reason: 'placement' }), {
      done: `“${name}” is placed by the new rule.`,
      undo: () => put(base, 'taken back'),
    });
    if (!done) return;
    onChange();
    onClose();
  };
  useShortcuts({ apply: () => void save() });
  const section = manifest['placement'] ?? (isJsonObject(manifest['config']) ? manifest['config']['placement'] : {});
  return (
    <Dialog
      title={`Placement of ${name}`}
      description="Which nodes it may live on, and what happens when its node is not heard of."
      onClose={onClose}
      footer={
        <>
          <Button size="md" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size="md"
            look="solid"
            icon={Check}
            disabled={busy || !isChanged || problems.length > 0}
            onClick={() => void save()}
          >
            Set
          </Button>
        </>
      }
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
    </Dialog>
  );
}
