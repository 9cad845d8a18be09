import { AlarmClock, Check, CheckCheck, RotateCw, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { Json } from '../../shared/json.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import type { Selection } from '../agents/use-selection.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { Allowed } from '../stores/access.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { BulkBar } from '../ui/bulk-bar.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { KeysOf } from '../ui/keys.tsx';
import { act } from '../ui/use-action.ts';
import { isReport } from './item-kinds.ts';
import { SnoozeDialog } from './snooze-dialog.tsx';

/**
 * What can be done to all chosen items at once: approvals are approved or denied, what is told is done again or put
 * away, any item is snoozed.
 */
export function InboxBulk({ selection, items }: { selection: Selection; items: readonly InboxItemView[] }) {
  const client = useClient();
  const [asking, setAsking] = useState<'deny' | 'snooze' | null>(null);
  const approvals = items.filter(({ kind, answeredAt }) => kind === 'approval' && answeredAt === null);
  const told = items.filter((item) => isReport(item) && item.answeredAt === null);
  const again = told.filter(({ kind }) => kind === 'failure' || kind === 'missed');
  const each = async (chosen: readonly InboxItemView[], choice: (item: InboxItemView) => string, done: string) => {
    const all = () => Promise.all(chosen.map((item) => client.answerInboxItem({ id: item.id, answer: choice(item) })));
    if (await act(all, { done })) selection.clear();
  };
  const redo = () => void each(again, ({ choices }) => choices[0] ?? '', `${plural(again.length, 'item')} done again.`);
  const dismiss = () =>
    void each(told, ({ choices }) => choices.at(-1) ?? '', `${plural(told.length, 'item')} put away.`);
  const answer = async (given: Json, what: string) => {
    const ids = approvals.map(({ id }) => id);
    const done = await act(() => Promise.all(ids.map((id) => client.answerInboxItem({ id, answer: given }))), {
      done: `${plural(ids.length, 'call')} ${what}.`,
    });
    if (done) selection.clear();
  };
  const approve = () => void answer({ verdict: 'approve' }, 'approved');
  const deny = () => setAsking('deny');
  // E and D are about calls where there are any among them.
  const onlyTold = approvals.length === 0;
  const snooze = () => setAsking('snooze');
  // The single item has no keys while several are chosen.
  useShortcuts({
    approve: () => (onlyTold ? again.length > 0 && redo() : approve()),
    deny: () => (onlyTold ? told.length > 0 && dismiss() : deny()),
    snooze,
  });
  return (
    <BulkBar label="Chosen items" chosen={selection.chosen.size} onClear={selection.clear}>
      <Allowed asks="answerInboxItem" quiet>
        {(approvals.length > 0 || told.length === 0) && (
          <>
            <Button icon={Check} look="solid" disabled={approvals.length === 0} onClick={approve}>
              Approve {approvals.length > 0 && approvals.length}
            </Button>
            <Button icon={X} look="danger" disabled={approvals.length === 0} onClick={deny}>
              Deny… {approvals.length > 0 && approvals.length}
            </Button>
          </>
        )}
        {again.length > 0 && (
          <Button icon={RotateCw} look={onlyTold ? 'solid' : 'outline'} onClick={redo}>
            Do again {again.length}
          </Button>
        )}
        {told.length > 0 && (
          <Button icon={CheckCheck} onClick={dismiss}>
            {told.every(({ kind }) => kind === 'finished') ? 'Mark as read' : 'Put away'} {told.length}
          </Button>
        )}
        <Button icon={AlarmClock} onClick={snooze}>
          Snooze…
          <KeysOf id="snooze" />
        </Button>
      </Allowed>
      {asking === 'snooze' && (
        <SnoozeDialog ids={[...selection.chosen]} onClose={() => setAsking(null)} onSnoozed={selection.clear} />
      )}
      {asking === 'deny' && (
        <DenyDialog
          count={approvals.length}
          onClose={() => setAsking(null)}
          onDeny={(reason) => void answer(reason ? { verdict: 'deny', reason } : 'deny', 'denied')}
        />
      )}
    </BulkBar>
  );
}

interface DenyDialogProps {
  count: number;
  onClose: () => void;
  onDeny: (reason: string) => void;
}

function DenyDialog({ count, onClose, onDeny }: DenyDialogProps) {
  const field = useId();
  const [reason, setReason] = useState('');
  const deny = () => {
    onClose();
    onDeny(reason.trim());
  };
  return (
    <Dialog
      title={`Deny ${plural(count, 'call')}`}
      onClose={onClose}
      footer={
        <Button size="md" look="danger" onClick={deny}>
          Deny
        </Button>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          deny();
        }}
      >
        <label htmlFor={field} className="flex flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Why not? The agents are told.</span>
          <TextField id={field} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
      </form>
    </Dialog>
  );
}
