import { Copy, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { copyText } from './copy-text.ts';
import { Dialog } from './dialog.tsx';
import { Until } from './time.tsx';

interface CodeDialogProps {
  title: string;
  description: string;
  busy: boolean;
  onNew: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Shows a code that lets somebody in for a short time. */
export function CodeDialog({ title, description, busy, onNew, onClose, children }: CodeDialogProps) {
  return (
    <Dialog
      title={title}
      description={description}
      onClose={onClose}
      footer={
        <>
          <Button size="md" icon={RefreshCw} disabled={busy} onClick={onNew}>
            New code
          </Button>
          <Button size="md" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

/** The eight digits, and how long they last; `whom`: whom they let in, such as `one node`. */
export function ShownCode({
  code,
  expiresAt,
  over,
  whom,
}: {
  code: string;
  expiresAt: number;
  over: boolean;
  whom: string;
}) {
  return (
    <div>
      <p className="text-dim text-xs">Code</p>
      <p className={`font-mono font-semibold text-3xl tracking-widest ${over ? 'text-faint line-through' : ''}`}>
        {code.slice(0, 4)} {code.slice(4)}
      </p>
      <p role="status" className="text-[0.8125rem] text-dim">
        {over ? (
          'It is over; have a new one shown.'
        ) : (
          <>
            For {whom}, for <Until at={expiresAt} className="tabular-nums" />
          </>
        )}
      </p>
    </div>
  );
}

/** Addresses to copy; `shown` is what of one stands there, where that is less. */
export function AddressList({
  addresses,
  shown = (address) => address,
}: {
  addresses: readonly string[];
  shown?: (address: string) => string;
}) {
  return (
    <ul className="flex flex-col gap-1">
      {addresses.map((address) => (
        <li key={address} className="flex items-center gap-2">
          <code className="min-w-0 break-all text-[0.8125rem]">{shown(address)}</code>
          <Button icon={Copy} look="ghost" onClick={() => void copyText(address, 'the address')}>
            Copy
          </Button>
        </li>
      ))}
    </ul>
  );
}
