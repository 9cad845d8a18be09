import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import type { OperationName } from '../../shared/api.ts';
import { Backdrop } from './backdrop.tsx';
import { Button } from './button.tsx';

interface ConfirmProps {
  title: string;
  children: ReactNode;
  confirm: string;
  /** What it asks for in the end, unless no operation is; a device that may not is told why, and cannot confirm. */
  asks: OperationName | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back easily. */
export function Confirm({ title, children, confirm, asks, onConfirm, onClose }: ConfirmProps) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onClose()}>
      <AlertDialog.Portal>
        <Backdrop />
        <AlertDialog.Content className="rising fixed top-[18vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-md -translate-x-1/2 rounded-xl border border-line bg-surface p-5 shadow-float outline-none">
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 space-y-2 text-dim">{children}</div>
          </AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button size="md">Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button size="md" look="danger" asks={asks ?? undefined} onClick={onConfirm}>
                {confirm}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
