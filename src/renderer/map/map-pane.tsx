import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { IconButton } from '../ui/button.tsx';

interface MapPaneProps {
  label: string;
  title: ReactNode;
  /** Stands below the title. */
  subtitle?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** What is known of something on the map, beside it; in a narrow window over its lower part. */
export function MapPane({ label, title, subtitle, onClose, children }: MapPaneProps) {
  useShortcuts({ back: onClose });
  return (
    <aside
      aria-label={label}
      className="sliding w-96 shrink-0 overflow-y-auto border-l bg-surface p-4 narrow:absolute narrow:inset-x-0 narrow:bottom-0 narrow:max-h-[60%] narrow:w-auto narrow:border-t narrow:shadow-float"
    >
      <header className="mb-3 flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold">{title}</h2>
          {subtitle && <p className="text-dim text-xs">{subtitle}</p>}
        </div>
        <IconButton icon={X} label="Close" keys="back" onClick={onClose} />
      </header>
      {children}
    </aside>
  );
}
