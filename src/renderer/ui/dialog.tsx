import { X } from 'lucide-react';
import { Dialog as Parts } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Backdrop } from './backdrop.tsx';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';

interface DialogProps {
  title: string;
  description?: ReactNode;
  /** Also when the person asks to close it. */
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

/** A dialog that is open for as long as it is drawn. What had the focus before has it again then. */
export function Dialog({ title, description, onClose, children, footer, wide = false }: DialogProps) {
  // While drawing: what is in it may take the focus as soon as it is there.
  const [opener] = useState(() => document.activeElement);
  const giveBack = (event: Event) => {
    event.preventDefault();
    const isTaken = document.activeElement !== null && document.activeElement !== document.body;
    if (!isTaken && opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
  return (
    <Parts.Root open onOpenChange={(open) => open || onClose()}>
      <Parts.Portal>
        <Backdrop />
        <Parts.Content
          onCloseAutoFocus={giveBack}
          {...(description ? {} : { 'aria-describedby': undefined })}
          onOpenAutoFocus={focusWithin}
          className={cx(
            'rising fixed top-[8vh] left-1/2 z-50 flex max-h-[84vh] w-[calc(100vw-1.5rem)] -translate-x-1/2 flex-col rounded-xl border border-line bg-surface shadow-float outline-none',
            wide ? 'max-w-4xl' : 'max-w-xl',
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pr-12 pb-3">
            <div className="min-w-0 flex-1">
              <Parts.Title className="text-base font-semibold">{title}</Parts.Title>
              {description && (
                <Parts.Description asChild>
                  <div className="mt-0.5 text-[0.8125rem] text-dim">{description}</div>
                </Parts.Description>
              )}
            </div>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-4">{children}</div>
          {footer && (
            <footer className="flex flex-wrap items-center justify-end gap-2 border-t px-5 py-3">{footer}</footer>
          )}
          {/* Last, so that the focus goes into the dialog and not to its way out. */}
          <Parts.Close asChild>
            <IconButton icon={X} label="Close" keys="escape" data-way-out className="absolute top-3 right-3" />
          </Parts.Close>
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  );
}

const fields = 'input, select, textarea, button, [contenteditable], [tabindex="0"]';

/** Where there is nothing but text and links the dialog itself has the focus: the tip of its way out would take the first Escape. */
function focusWithin(event: Event): void {
  const dialog = event.currentTarget as HTMLElement;
  const inside = [...dialog.querySelectorAll<HTMLElement>(fields)].filter((field) => !field.closest('[data-way-out]'));
  if (inside.length > 0) return;
  event.preventDefault();
  dialog.focus();
}
