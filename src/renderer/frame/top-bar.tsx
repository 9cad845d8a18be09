import { CircleDollarSign, CircleHelp, LoaderCircle, Pause, Play, Search } from 'lucide-react';
import { useCostsToday } from '../costs/use-costs.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural, spent } from '../ui/format.ts';
import { KeysOf } from '../ui/keys.tsx';
import { Tip } from '../ui/tip.tsx';
import { NodeSwitcher } from './node-switcher.tsx';
import { Mark } from './rail.tsx';
import { usePauseAll } from './use-pause-all.ts';

export function TopBar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  return (
    <div className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-4 narrow:px-3">
      <span className="hidden narrow:block">
        <Mark />
      </span>
      <NodeSwitcher />
      <button
        type="button"
        onClick={onSearch}
        className="mx-auto flex h-8 w-full max-w-md min-w-0 items-center gap-2 rounded-lg border bg-sunken px-2.5 text-faint text-sm hover:border-edge hover:text-dim narrow:w-auto narrow:border-0 narrow:bg-transparent"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="flex-1 truncate text-left narrow:sr-only">Search or run a command</span>
        <span className="narrow:hidden">
          <KeysOf id="palette" />
        </span>
      </button>
      <SpentToday />
      <RunningCount />
      <PauseAll />
      <span className="narrow:hidden">
        <IconButton icon={CircleHelp} label="All shortcuts" keys="help" onClick={onHelp} />
      </span>
    </div>
  );
}

/** Money that went today, beside the limit of the node where it has one; nothing where none went. */
function SpentToday() {
  const costs = useCostsToday();
  const limit = costs?.node.find(({ limit }) => limit === 'maxUsdPerDay');
  if (!costs || (costs.total.costUsd === 0 && costs.total.unpricedTokens === 0 && !limit)) return null;
  const unknown = costs.total.unpricedTokens > 0;
  const text = `${spent(costs.total.costUsd)}${unknown ? ' +' : ''}${limit ? ` of ${spent(limit.cap)}` : ''}`;
  return (
    <Tip text={unknown ? 'Spent today, and tokens of models whose price is not known' : 'Spent today'}>
      <a
        href="#/costs"
        aria-label={`Spent today: ${text}`}
        className="inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-full bg-sunken px-2.5 font-medium text-dim text-xs tabular-nums hover:text-ink narrow:hidden"
      >
        <CircleDollarSign aria-hidden className="size-3.5" />
        {text}
      </a>
    </Tip>
  );
}

function RunningCount() {
  const count = useRuntime(
    (state) => Object.values(state.processes).filter((view) => view.lastRun?.state === 'running').length,
  );
  const label = `${plural(count, 'agent')} at work now`;
  return (
    <Tip text={label}>
      <a
        href="#/runs?state=running"
        className={cx(
          'inline-flex h-7 items-center gap-1.5 rounded-full px-2.5 font-medium text-xs narrow:hidden',
          count > 0 ? 'bg-busy-soft text-busy' : 'bg-sunken text-dim',
        )}
      >
        <LoaderCircle aria-hidden className={cx('size-3.5', count > 0 && 'animate-spin')} />
        {count} running
      </a>
    </Tip>
  );
}

function PauseAll() {
  const { paused, possible, toggle } = usePauseAll();
  return (
    <Tip
      text={paused ? 'Go on with everything that was paused' : 'Let every agent wait; what arrives is kept'}
      keys="pauseAll"
    >
      <Button
        icon={paused ? Play : Pause}
        asks={paused ? 'resumeAll' : 'pauseAll'}
        look={paused ? 'solid' : 'outline'}
        disabled={!possible}
        onClick={toggle}
      >
        <span className="narrow:sr-only">{paused ? 'Resume all' : 'Pause all'}</span>
      </Button>
    </Tip>
  );
}
