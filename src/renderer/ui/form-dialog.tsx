import type { LucideIcon } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
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
  /** False: it stays open. */
  onSubmit: () => Promise<boolean>;
}

/** A dialog that is filled in and sent, by its button or by keys, once at a time; then it closes. */
export function FormDialog({
  submit,
  icon,
  leave = 'Cancel',
  ready = true,
  onSubmit,
  onClose,
  ...rest
}: FormDialogProps) {
  const [busy, setBusy] = useState(false);
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
