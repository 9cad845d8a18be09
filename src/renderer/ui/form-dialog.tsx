import type { LucideIcon } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useWhyNot } from '../stores/access.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

interface FormDialogProps extends Omit<ComponentProps<typeof Dialog>, 'footer'> {
  /** What its button says. */
  submit: string;
  icon: LucideIcon;
  /** What the button beside it says, which closes it. */
  leave?: string;
  /** What was filled in can be sent. */
  ready?: boolean;
  /** What sending asks for; where this device may not, it cannot be sent, and says why. */
  asks: OperationName;
  /** False: it stays open. */
  onSubmit: () => Promise<boolean>;
}

/** A dialog that is filled in and sent, by its button or by keys, once at a time; then it closes. */
export function FormDialog({
  submit,
  icon,
  leave = 'Cancel',
  ready: filled = true,
  asks,
  onSubmit,
  onClose,
  ...rest
}: FormDialogProps) {
  const [busy, setBusy] = useState(false);
  const refusal = useWhyNot()(asks);
  const ready = filled && refusal === null;
  const send = async () => {
    setBusy(true);
    try {
      if (await onSubmit()) onClose();
    } finally {
      setBusy(false);
    }
  };
  useShortcuts({ apply: () => (ready && !busy ? void send() : false) });
  return (
    <Dialog
      {...rest}
      onClose={onClose}
      footer={
        <>
          {refusal !== null && <p className="min-w-0 flex-1 text-[0.8125rem] text-dim">{refusal}</p>}
          <Button size="md" onClick={onClose}>
            {leave}
          </Button>
          <Button size="md" look="solid" icon={icon} disabled={busy || !ready} onClick={() => void send()}>
            {submit}
          </Button>
        </>
      }
    />
  );
}
