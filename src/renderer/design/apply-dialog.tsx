import { Check } from 'lucide-react';
import { useId, useState } from 'react';
import { useClient } from '../stores/use-runtime.ts';
import { DiffView } from '../ui/diff-view.tsx';
import { TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Warning } from '../ui/notes.tsx';
import { act } from '../ui/use-action.ts';
import { useDrafts } from './draft-store.ts';
import type { AgentDraft } from './use-agent-draft.ts';

/** Shows what a draft changes, and gives it to the node as the next version. */
export function ApplyDialog({ agent, onClose }: { agent: AgentDraft; onClose: () => void }) {
  const client = useClient();
  const field = useId();
  const rebase = useDrafts((state) => state.rebase);
  const [reason, setReason] = useState('');
  const { name, draft, checked } = agent;
  const apply = async () => {
    const before = draft.base;
    return act(
      async () => {
        const detail = await client.updateProcess({ name, manifest: draft.text, version: draft.version, reason });
        rebase(name, draft.text, detail.version);
      },
      {
        done: `“${name}” has a new version.`,
        undo: () => client.updateProcess({ name, manifest: before, reason: 'taken back' }),
      },
    );
  };
  return (
    <FormDialog
      title={`Apply changes to ${name}`}
      description="Runs that have begun end with the definition they began with."
      wide
      onClose={onClose}
      asks="updateProcess"
      submit="Apply"
      icon={Check}
      onSubmit={apply}
    >
      {checked.check.warnings.map((warning) => (
        <Warning key={warning} className="mb-2">
          {warning}
        </Warning>
      ))}
      <DiffView before={draft.base} after={draft.text} />
      <label htmlFor={field} className="mt-3 mb-1 block font-medium text-[0.8125rem]">
        Why <span className="font-normal text-faint">(kept in the journal)</span>
      </label>
      <TextField id={field} value={reason} onChange={(event) => setReason(event.target.value)} />
    </FormDialog>
  );
}
