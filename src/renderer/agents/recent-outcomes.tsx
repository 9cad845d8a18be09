import { memo } from 'react';
import type { RecentRun } from '../../shared/recent-run.ts';
import type { RunState } from '../../shared/views/views.ts';
import { plural } from '../ui/format.ts';

const width = 72;
const height = 16;
const bar = 4;
const step = 6;

type Mark = 'full' | 'round' | 'low' | 'high';
/** Told apart by shape as well: full is done, round-topped failed, low cancelled or nothing to do, between the two open. */
const marks: Record<RunState, { mark: Mark; fill: string }> = {
  done: { mark: 'full', fill: 'fill-ok' },
  failed: { mark: 'round', fill: 'fill-bad' },
  cancelled: { mark: 'low', fill: 'fill-edge' },
  running: { mark: 'high', fill: 'fill-busy' },
  parked: { mark: 'high', fill: 'fill-warn' },
  retrying: { mark: 'high', fill: 'fill-warn' },
};

/** How the last runs of an agent went, oldest left; drawn with as few elements as can be, since each row has one. */
export const RecentOutcomes = memo(function RecentOutcomes({ runs }: { runs: readonly RecentRun[] | undefined }) {
  if (!runs || runs.length < 2) return null;
  const failed = runs.filter(({ state }) => state === 'failed').length;
  const text = `The last ${plural(runs.length, 'run')}, ${failed} of them failed`;
  return (
    <svg
      role="img"
      aria-label={text}
      viewBox={`0 0 ${width} ${height}`}
      className="block h-4 w-18 shrink-0"
      preserveAspectRatio="xMinYMax meet"
    >
      {[...pathsOf(runs)].map(([fill, path]) => (
        <path key={fill} d={path} className={fill} />
      ))}
    </svg>
  );
});

/** Class of the colour → what is drawn in it. */
function pathsOf(runs: readonly RecentRun[]): Map<string, string> {
  const paths = new Map<string, string>();
  runs.toReversed().forEach(({ state, idle }, index) => {
    const { mark, fill } = idle ? marks.cancelled : marks[state];
    paths.set(fill, (paths.get(fill) ?? '') + shape(mark, index * step));
  });
  return paths;
}

function shape(mark: Mark, left: number): string {
  const radius = bar / 2;
  if (mark === 'round') return `M${left} ${height}V${radius}a${radius} ${radius} 0 0 1 ${bar} 0V${height}z`;
  const top = mark === 'full' ? 0 : mark === 'low' ? height / 2 : height / 4;
  return `M${left} ${top}h${bar}V${height}h${-bar}z`;
}
