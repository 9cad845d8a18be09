import { memo } from 'react';
import { useRead } from '../stores/use-runtime.ts';
import { OutcomeStrip } from './outcome-strip.tsx';

const runsShown = 12;

/** How the last runs of an agent went, in a row of a list. */
export const RecentOutcomes = memo(function RecentOutcomes({ name }: { name: string }) {
  const read = useRead(`recent:${name}`, [`runs:${name}`], (client) =>
    client.listRuns({ process: name, limit: runsShown }),
  );
  const runs = read.value?.items ?? [];
  if (runs.length < 2) return null;
  return (
    <span className="block w-18 shrink-0">
      <OutcomeStrip runs={runs} low />
    </span>
  );
});
