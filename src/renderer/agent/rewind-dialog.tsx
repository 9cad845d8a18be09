import { Rewind } from 'lucide-react';
import { useState } from 'react';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { brief } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { act } from '../ui/use-action.ts';

type Mode = 'both' | 'context' | 'conversation';

/** Shows what going back to an entry would change, and does it. The journal keeps what came since. */
export function RewindDialog({ name, seq, onClose }: { name: string; seq: number; onClose: () => void }) {
  const client = useClient();
  const [mode, setMode] = useState<Mode>('both');
  const plan = useRead(`rewind:${name}:${seq}:${mode}`, [], (from) =>
    from.rewind({ name, to: seq, mode, dryRun: true }),
  );
  const nothing =
    plan.value && plan.value.context.length === 0 && plan.value.conversation?.before === plan.value.conversation?.after;
  const rewind = () =>
    act(() => client.rewind({ name, to: seq, mode }), {
      done: `“${name}” is back to entry ${seq}. The journal keeps what came since.`,
    });
  return (
    <FormDialog
      title={`Back to entry ${seq}`}
      description="Context and conversation become what they were after it. It stands in the journal as an entry of its own."
      onClose={onClose}
      asks="rewind"
      submit="Rewind"
      icon={Rewind}
      ready={plan.value !== undefined && nothing !== true}
      onSubmit={rewind}
    >
      <Segmented
        label="What goes back"
        value={mode}
        options={[
          { value: 'both', text: 'Both' },
          { value: 'context', text: 'Context' },
          { value: 'conversation', text: 'Conversation' },
        ]}
        onChange={setMode}
      />
      <div className="mt-3">
        {plan.error && <ErrorNote error={plan.error} />}
        {!plan.value && !plan.error && <Loading />}
        {nothing && <p className="text-dim">Nothing would change.</p>}
        {plan.value?.conversation && plan.value.conversation.before !== plan.value.conversation.after && (
          <p className="mb-2 text-[0.8125rem]">
            Conversation: {plan.value.conversation.before} → {plan.value.conversation.after} messages
          </p>
        )}
        <ul className="flex flex-col gap-1.5">
          {plan.value?.context.map(({ key, before, after, change }) => (
            <li key={key} className="rounded-lg bg-sunken px-3 py-2 text-xs">
              <span className="font-medium">{key}</span> <span className="text-faint">{change}</span>
              {change !== 'added' && (
                <span className="block break-words font-mono text-dim line-through">{brief(before, 200)}</span>
              )}
              {change !== 'removed' && <span className="block break-words font-mono">{brief(after, 200)}</span>}
            </li>
          ))}
        </ul>
      </div>
    </FormDialog>
  );
}
