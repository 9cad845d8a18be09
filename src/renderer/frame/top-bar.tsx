import { CircleHelp, LoaderCircle, Pause, Play, Search } from 'lucide-react';
import { useRuntime } from '../stores/use-runtime.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { Keys } from '../ui/keys.tsx';
import { Tip } from '../ui/tip.tsx';
import { Mark } from './rail.tsx';
import { usePauseAll } from './use-pause-all.ts';

export function TopBar({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  return (
    <div className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-4 narrow:px-3">
      <span className="hidden narrow:block">
        <Mark />
      </span>
      <NodeName />
      <button
        type="button"
        onClick={onSearch}
        className="mx-auto flex h-8 w-full max-w-md min-w-0 items-center gap-2 rounded-lg border bg-sunken px-2.5 text-faint text-sm hover:border-edge hover:text-dim narrow:w-auto narrow:border-0 narrow:bg-transparent"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="flex-1 truncate text-left narrow:sr-only">Search or run a command</span>
        <span className="narrow:hidden">
          <Keys keys="mod+k" />
        </span>
      </button>
      <RunningCount />
      <PauseAll />
      <span className="narrow:hidden">
        <IconButton icon={CircleHelp} label="All shortcuts" keys="?" onClick={onHelp} />
      </span>
    </div>
  );
}

function NodeName() {
  const name = useRuntime((state) => state.node?.name ?? '');
  const live = useRuntime((state) => state.connection.state === 'live');
  return (
    <span
      className="flex min-w-0 shrink items-center gap-2 font-medium text-[0.8125rem]"
      title="The node this window shows"
    >
      <span aria-hidden className={cx('size-2 shrink-0 rounded-full', live ? 'bg-ok' : 'bg-bad')} />
      <span className="max-w-40 truncate">{name || 'Connecting…'}</span>
    </span>
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
      keys="mod+."
    >
      <Button icon={paused ? Play : Pause} look={paused ? 'solid' : 'outline'} disabled={!possible} onClick={toggle}>
        <span className="narrow:sr-only">{paused ? 'Resume all' : 'Pause all'}</span>
      </Button>
    </Tip>
  );
}
