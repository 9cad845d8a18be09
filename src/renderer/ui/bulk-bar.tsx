import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

interface BulkBarProps {
  label: string;
  /** So many rows. */
  chosen: number;
  onClear: () => void;
  /** What can be done to all that are chosen. */
  children: ReactNode;
}

/** Stands under a list while rows of it are chosen. */
export function BulkBar({ label, chosen, onClear, children }: BulkBarProps) {
  return (
    <div
      role="toolbar"
      aria-label={label}
      className="rising flex shrink-0 flex-wrap items-center gap-2 border-t bg-raised px-6 py-2 shadow-float narrow:px-4"
    >
      <span className="mr-2 font-medium text-[0.8125rem]">{chosen} chosen</span>
      {children}
      <span className="flex-1" />
      <IconButton icon={X} label="Choose none" keys="back" onClick={onClear} />
    </div>
  );
}
