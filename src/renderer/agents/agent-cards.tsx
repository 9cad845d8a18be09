import { SearchX } from 'lucide-react';
import { memo, useMemo } from 'react';
import type { RecentRun } from '../../shared/recent-run.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { useProcess } from '../stores/use-runtime.ts';
import { Checkbox } from '../ui/fields.tsx';
import { Empty } from '../ui/notes.tsx';
import { processLook, StateChip } from '../ui/state-chip.tsx';
import { Until } from '../ui/time.tsx';
import { AgentButtons } from './agent-buttons.tsx';
import { LastRun } from './last-run.tsx';
import { RecentOutcomes } from './recent-outcomes.tsx';
import { TriggerIcons } from './trigger-icon.tsx';
import { useRecentRuns } from './use-recent-runs.ts';
import type { Selection } from './use-selection.ts';

/** So many cards are drawn; the table is there for more. */
const cardsAtOnce = 120;

interface AgentCardsProps {
  rows: readonly ProcessView[];
  selection: Selection;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
  onHold: (hold: boolean) => void;
}

export function AgentCards({ rows, selection, onRun, onDelete, onHold }: AgentCardsProps) {
  const drawn = useMemo(() => rows.slice(0, cardsAtOnce), [rows]);
  const recent = useRecentRuns(drawn);
  if (rows.length === 0) return <Empty icon={SearchX} title="No agent matches the filter." />;
  return (
    <div
      className="min-h-0 flex-1 overflow-y-auto px-6 pt-1 pb-6"
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <ul aria-label="Agents" className="grid grid-cols-[repeat(auto-fill,minmax(18rem,1fr))] gap-3">
        {drawn.map(({ name }) => (
          <AgentCard
            key={name}
            name={name}
            recent={recent.get(name)}
            chosen={selection.chosen.has(name)}
            onChoose={selection.toggle}
            onRun={onRun}
            onDelete={onDelete}
          />
        ))}
      </ul>
      {rows.length > cardsAtOnce && (
        <p className="pt-4 text-center text-dim">{rows.length - cardsAtOnce} more: search, or show them as a table.</p>
      )}
    </div>
  );
}

interface CardProps {
  name: string;
  recent: readonly RecentRun[] | undefined;
  chosen: boolean;
  onChoose: (name: string, range: boolean) => void;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
}

const AgentCard = memo(function AgentCard({ name, recent, chosen, onChoose, onRun, onDelete }: CardProps) {
  const view = useProcess(name);
  if (!view) return null;
  return (
    <li className="flex flex-col rounded-xl border bg-surface p-3.5 shadow-raised hover:border-edge">
      <div className="flex items-center gap-2">
        <Checkbox checked={chosen} onChange={(_, range) => onChoose(name, range)} label={`Select ${name}`} />
        <a href={hrefs.agent(name)} className="min-w-0 flex-1 truncate font-semibold hover:link">
          {name}
        </a>
        <StateChip of={processLook(view)} />
      </div>
      <p className="mt-2 line-clamp-2 min-h-10 text-[0.8125rem] text-dim">{view.description ?? 'No description.'}</p>
      <div className="mt-3 flex items-center justify-between gap-2 text-[0.8125rem] text-dim">
        <TriggerIcons triggers={view.triggers} />
        {view.nextFiring !== null && (
          <span className="tabular-nums">
            next <Until at={view.nextFiring} />
          </span>
        )}
      </div>
      <div className="mt-2 h-4">
        <RecentOutcomes runs={recent} />
      </div>
      <div className="mt-2 flex items-center justify-between gap-2 border-t pt-2">
        <LastRun run={view.lastRun} />
        <AgentButtons name={name} state={view.state} onRun={onRun} onDelete={onDelete} />
      </div>
    </li>
  );
});
