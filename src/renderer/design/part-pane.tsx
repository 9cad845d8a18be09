import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { JsonObject } from '../../shared/json.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { IconButton } from '../ui/button.tsx';
import { PartForm } from './part-form.tsx';
import type { AgentDraft } from './use-agent-draft.ts';

interface PartPaneProps {
  agent: AgentDraft;
  manifest: JsonObject;
  part: string;
  onSelect: (part: string | null) => void;
}

/** The form of the chosen part, beside the drawing. */
export function PartPane({ agent, manifest, part, onSelect }: PartPaneProps) {
  const pane = useRef<HTMLElement>(null);
  useShortcuts({ back: () => onSelect(null) });
  useEffect(() => {
    if (window.matchMedia('(width < 52rem)').matches) pane.current?.scrollIntoView({ block: 'start' });
  }, []);
  return (
    <aside
      ref={pane}
      aria-label="Settings of the part"
      className="sliding w-[25rem] shrink-0 overflow-y-auto border-l bg-surface p-4 narrow:w-auto narrow:overflow-visible narrow:border-t narrow:border-l-0"
    >
      <IconButton icon={X} label="Close" keys="back" className="float-right" onClick={() => onSelect(null)} />
      <PartForm agent={agent} manifest={manifest} part={part} onSelect={onSelect} />
    </aside>
  );
}
