import { RotateCcw, Trash2 } from 'lucide-react';
import type { ContextPast } from '../../shared/views/context-views.ts';
import { PastRow } from '../agent/past-row.tsx';
import { hrefs } from '../frame/route.ts';
import { useMay } from '../stores/access.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { act } from '../ui/use-action.ts';

interface PastAgentProps {
  agent: ContextPast;
  /** Keys that the moment itself changed. */
  moment: readonly string[];
  onlyChanged: boolean;
  onChanged: () => void;
}

/** What one agent kept then; each key can be brought back by itself. */
export function PastAgent({ agent: { process, seq, known, keys }, moment, onlyChanged, onChanged }: PastAgentProps) {
  const changed = keys.filter(({ change }) => change !== 'same').length;
  return (
    <li aria-label={process} className="rounded-xl border bg-surface px-3.5 pt-2.5 pb-1.5 shadow-raised">
      <h2 className="mb-1 flex flex-wrap items-baseline gap-x-3 text-[0.8125rem]">
        <a className="hover:link font-semibold" href={hrefs.agent(process, 'context')}>
          {process}
        </a>
        <span className="text-dim text-xs">
          {!known
            ? 'its journal does not go back that far'
            : seq === 0
              ? 'was not there yet'
              : changed === 0
                ? 'as now'
                : `${changed} of ${keys.length} not as now`}
        </span>
      </h2>
      {known && (
        <ul>
          {keys
            .filter(({ change }) => !onlyChanged || change !== 'same')
            .map((row) => (
              <PastRow
                key={row.key}
                name={row.key}
                value={row.change === 'later' ? row.now : row.was}
                change={row.change}
                lit={moment.includes(row.key)}
              >
                <Revert process={process} row={row} onDone={onChanged} />
              </PastRow>
            ))}
        </ul>
      )}
    </li>
  );
}

function Revert({ process, row, onDone }: { process: string; row: ContextPast['keys'][number]; onDone: () => void }) {
  const client = useClient();
  const may = useMay();
  const { key, was, now, version, change } = row;
  if (change === 'same') return <span className="w-7 shrink-0" />;
  const write = () => client.setContext({ name: process, key, value: was, version });
  const remove = () => client.deleteContext({ name: process, key });
  const rewrite = () => client.setContext({ name: process, key, value: now });
  // What was not there is taken away again, which not every device may.
  const undo = change !== 'gone' ? rewrite : may('deleteContext') ? remove : undefined;
  const later = change === 'later';
  return (
    <IconButton
      icon={later ? Trash2 : RotateCcw}
      asks={later ? 'deleteContext' : 'setContext'}
      label={later ? `Delete ${key} of ${process}, which was not there` : `Bring ${key} of ${process} back`}
      onClick={() =>
        void act(later ? remove : write, {
          done: later ? `“${key}” is gone again.` : `“${key}” of ${process} is as it was.`,
          ...(undo && { undo }),
        }).then(onDone)
      }
    />
  );
}
