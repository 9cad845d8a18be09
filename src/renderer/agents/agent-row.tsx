// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import { type FocusEvent, memo, useState } from 'react';
import type { RecentRun } from '../../shared/recent-run.ts';
import type { ProcessView } from '../../shared/views/views.ts';
import { hrefs } from '../frame/route.ts';
import { cx } from '../ui/cx.ts';
import { Checkbox } from '../ui/fields.tsx';
import { numberText, spent } from '../ui/format.ts';
import { processLook, StateChip, StateIcon } from '../ui/state-chip.tsx';
import { Until } from '../ui/time.tsx';
import { AgentButtons } from './agent-buttons.tsx';
import { LastRun } from './last-run.tsx';
import { RecentOutcomes } from './recent-outcomes.tsx';
import { TriggerIcons } from './trigger-icon.tsx';
import type { AgentLoad } from './use-load.ts';

/** What runs for an agent is shown where there is room for it beside the buttons. */
export const rowColumns =
  'grid min-w-[66rem] grid-cols-[1.125rem_7.75rem_minmax(10rem,2fr)_5.5rem_minmax(11rem,1.4fr)_6rem_4rem_3.5rem_7.5rem] items-center gap-3 px-6 xl:min-w-[75rem] xl:grid-cols-[1.125rem_7.75rem_minmax(10rem,2fr)_5.5rem_minmax(11rem,1.4fr)_6rem_3.5rem_4.5rem_4rem_3.5rem_7.5rem]';

interface RowProps {
  view: ProcessView;
  onRun: (name: string) => void;
  onDelete: (name: string) => void;
  onFocus: (name: string) => void;
}

interface WideRowProps extends RowProps {
  chosen: boolean;
  lit: boolean;
  /** Spent today; undefined: nothing. */
  usd: number | undefined;
  /** Of the programs that run for it; undefined: none does. */
  load: AgentLoad | undefined;
  /** Its newest runs; undefined: not known yet. */
  recent: readonly RecentRun[] | undefined;
  onChoose: (name: string, range: boolean) => void;
  onPeek: (name: string) => void;
}

export const AgentRow = memo(function AgentRow(props: WideRowProps) {
  const { view, chosen, lit, usd, load, recent, onChoose, onPeek, onRun, onDelete, onFocus } = props;
  const { name } = view;
  // Who somebody is at, since these elements may show another agent next.
  const [at, setAt] = useState<string | null>(null);
  const near = at === name;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the list do the same (O opens the drawer)
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => {
        setAt(name);
        onFocus(name);
      }}
      onBlur={(event) => leaves(event) && !event.currentTarget.matches(':hover') && setAt(null)}
      onPointerEnter={() => setAt(name)}
      onPointerMove={() => setAt(name)}
      onPointerLeave={({ currentTarget }) => currentTarget.contains(document.activeElement) || setAt(null)}
      onClick={() => onPeek(name)}
      className={cx(
        rowColumns,
        'h-full border-line/60 border-b hover:bg-hover/60',
        lit && 'bg-accent-soft/50',
        chosen && 'bg-accent-soft',
      )}
    >
      <span role="cell" className="flex">
        <Checkbox checked={chosen} onChange={(_, range) => onChoose(name, range)} label={`Select ${name}`} />
      </span>
      <span role="cell" title={view.halted?.message ?? view.stateReason}>
        <StateChip of={processLook(view)} />
      </span>
      <span role="cell" className="flex min-w-0 items-baseline gap-2">
        <a
          href={hrefs.agent(name)}
          onClick={(event) => event.stopPropagation()}
          className="max-w-full shrink-0 truncate font-medium hover:link"
        >
          {name}
        </a>
        <span className="min-w-0 truncate text-faint text-xs">{view.description}</span>
      </span>
      <span role="cell">
        <TriggerIcons triggers={view.triggers} />
      </span>
      <span role="cell" className="flex min-w-0 items-center gap-3">
        <span className="min-w-0 flex-1">
          <LastRun run={view.lastRun} />
        </span>
        <RecentOutcomes runs={recent} />
      </span>
      <span role="cell" className="text-[0.8125rem] text-dim tabular-nums">
        {view.nextFiring === null ? <Nothing of="no schedule" /> : <Until at={view.nextFiring} />}
      </span>
      <span role="cell" className="text-right text-[0.8125rem] text-dim tabular-nums max-xl:hidden">
        {load?.cpu || <Nothing of="no program runs for it" />}
      </span>
      <span role="cell" className="text-right text-[0.8125rem] text-dim tabular-nums max-xl:hidden">
        {load?.memory || <Nothing of="no program runs for it" />}
      </span>
      <span role="cell" className="text-right text-[0.8125rem] tabular-nums">
        {usd === undefined ? <Nothing of="nothing spent today" /> : spent(usd)}
      </span>
      <span role="cell" className="text-right text-[0.8125rem] tabular-nums">
        {view.waiting > 0 ? numberText(view.waiting) : <Nothing of="none waiting" />}
      </span>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps the row from opening */}
      <span role="cell" onClick={(event) => event.stopPropagation()} className="flex justify-end">
        <AgentButtons name={name} state={view.state} onRun={onRun} onDelete={onDelete} bare={!near} />
      </span>
    </div>
  );
});

function leaves({ currentTarget, relatedTarget }: FocusEvent): boolean {
  return !(relatedTarget instanceof Node && currentTarget.contains(relatedTarget));
}

function Nothing({ of }: { of: string }) {
  return (
    <span role="img" aria-label={of} className="text-faint">
      –
    </span>
  );
}

export const NarrowAgentRow = memo(function NarrowAgentRow({ view, onRun, onDelete, onFocus }: RowProps) {
  const { name } = view;
  return (
    <div
      role="row"
      tabIndex={-1}
      onFocus={() => onFocus(name)}
      className="flex h-full items-center gap-3 border-line/60 border-b px-4"
    >
      <span role="cell">
        <StateIcon of={processLook(view)} />
      </span>
      <span role="cell" className="min-w-0 flex-1">
        <a href={hrefs.agent(name)} className="block truncate font-medium">
          {name}
        </a>
        <span className="flex min-w-0 items-center gap-2 text-dim text-xs">
          <LastRun run={view.lastRun} />
          {view.nextFiring !== null && (
            <span className="shrink-0">
              · next <Until at={view.nextFiring} />
            </span>
          )}
        </span>
      </span>
      <span role="cell" className="flex shrink-0">
        <AgentButtons name={name} state={view.state} onRun={onRun} onDelete={onDelete} />
      </span>
    </div>
  );
});

/** An agent that lives on another node of the cluster: it is looked at and steered there. */
export const FarAgentRow = memo(function FarAgentRow({ view, onShow }: { view: ProcessView; onShow: () => void }) {
  return (
    <div role="row" className="flex h-full items-center gap-3 border-line/60 border-b px-6">
      <span role="cell" className="w-[7.75rem] shrink-0">
        <StateChip of={processLook(view)} />
      </span>
      <span role="cell" className="flex min-w-0 flex-1 items-baseline gap-2">
        <button type="button" onClick={onShow} className="shrink-0 truncate font-medium hover:link">
          {view.name}
        </button>
        <span className="min-w-0 truncate text-faint text-xs">{view.description}</span>
      </span>
      <span role="cell" className="min-w-0">
        <LastRun run={view.lastRun} />
      </span>
    </div>
  );
});

/** The head of a group. */
export function GroupRow({ text, count }: { text: string; count: number }) {
  return (
    <div role="row" className="flex h-full items-end border-line/60 border-b bg-sunken px-6 pb-1.5 narrow:px-4">
      <span role="cell" className="font-semibold text-[0.8125rem]">
        {text} <span className="font-normal text-faint">{count}</span>
      </span>
    </div>
  );
}
