import { RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/button.tsx';

interface SettingRowProps {
  title: string;
  text: string;
  /** What holds when nothing is set, in words. */
  byDefault: string;
  changed: boolean;
  onReset: () => void;
  children: ReactNode;
}

/** A setting with its meaning, its default, and the way back to it. */
export function SettingRow({ title, text, byDefault, changed, onReset, children }: SettingRowProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-2 border-line/70 border-b py-3.5 last:border-b-0">
      <div className="min-w-56 flex-1">
        <p className="font-medium">{title}</p>
        <p className="text-[0.8125rem] text-dim">
          {text} <span className="text-faint">Default: {byDefault}.</span>
        </p>
      </div>
      <div className="flex items-center gap-1">
        {children}
        <IconButton
          icon={RotateCcw}
          label={`Reset ${title.toLowerCase()} to ${byDefault}`}
          disabled={!changed}
          onClick={onReset}
        />
      </div>
    </div>
  );
}
