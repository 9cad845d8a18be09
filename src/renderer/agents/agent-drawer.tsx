import { Maximize2, X } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { RunLines } from '../runs/run-lines.tsx';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { IconButton, LinkButton } from '../ui/button.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { processLook, StateChip } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';
import { AgentButtons } from './agent-buttons.tsx';
import { AgentFacts } from './agent-facts.tsx';
import { AgentLoadPanel } from './agent-load.tsx';
import { OutcomeStrip } from './outcome-strip.tsx';

interface AgentDrawerProps {
  name: string;
  onClose: () => void;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
}

/** One agent beside the list, without leaving it. */
export function AgentDrawer({ name, onClose, onRun, onDelete }: AgentDrawerProps) {
  const view = useProcess(name);
  const runs = useRead(`runs-of:${name}`, [`runs:${name}`], (client) => client.listRuns({ process: name, limit: 30 }));
  useShortcuts({ back: onClose });
  if (!view) return null;
  return (
    <aside
      aria-label={`Agent ${name}`}
      className="sliding flex w-96 shrink-0 flex-col overflow-y-auto border-t border-l bg-surface"
    >
      <header className="flex items-center gap-2 px-4 pt-3">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-base">{name}</h2>
        <LinkButton href={hrefs.agent(name)} icon={Maximize2}>
          Open
        </LinkButton>
        <IconButton icon={X} label="Close" keys="back" onClick={onClose} />
      </header>
      <div className="flex flex-col gap-4 px-4 pt-2 pb-6">
        {view.description && <p className="text-dim">{view.description}</p>}
        <div className="flex items-center gap-2">
          <StateChip of={processLook(view)} />
          <span className="min-w-0 flex-1 truncate text-dim text-xs">
            {view.stateReason && `${view.stateReason}, `}
            <Ago at={view.stateSince} />
          </span>
          <AgentButtons name={name} state={view.state} onRun={onRun} onDelete={onDelete} />
        </div>
        <AgentFacts view={view} />
        <AgentLoadPanel name={name} />
        <section aria-label="Last runs">
          <h3 className="mb-1.5 font-semibold text-[0.8125rem]">Last runs</h3>
          {runs.error && <ErrorNote error={runs.error} retry={runs.reload} />}
          {!runs.value && !runs.error && <Loading />}
          {runs.value && (
            <>
              <OutcomeStrip runs={runs.value.items} />
              <RunLines runs={runs.value.items.slice(0, 8)} />
            </>
          )}
        </section>
      </div>
    </aside>
  );
}
