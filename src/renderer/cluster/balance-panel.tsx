import { Scale } from 'lucide-react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';
import { nodeNames, withNames } from './use-cluster.ts';

/** Which agents would move so that no node has much more to do than the others. */
export function BalancePanel({ view }: { view: ClusterView }) {
  const client = useClient();
  const read = useRead('rebalance', ['processes'], (from) => from.planRebalance({}));
  const [busy, act] = useAction();
  const nameOf = nodeNames(view);
  const named = (text: string) => withNames(view, text);
  const apply = () => act(() => client.rebalance({}), { done: 'The first of them moves.' }).then(read.reload);
  if (!read.value) return null;
  return (
    <Panel
      title="Balance"
      icon={Scale}
      aside={
        <Button look="ghost" onClick={read.reload}>
          Look again
        </Button>
      }
    >
      {read.value && (
        <div className="flex flex-col gap-2 text-[0.8125rem]">
          <p className="text-dim">{named(read.value.reason)}</p>
          <ul className="flex flex-col gap-1">
            {read.value.moves.map(({ process, from, to, reason }) => (
              <li key={process} className="break-words">
                <span className="font-medium">{process}</span>
                <span className="text-dim">
                  {' '}
                  from {nameOf(from)} to {nameOf(to)}: {named(reason)}
                </span>
              </li>
            ))}
          </ul>
          {read.value.moves.length > 0 && (
            <span>
              <Button disabled={busy} onClick={() => void apply()}>
                Make the first move
              </Button>
            </span>
          )}
        </div>
      )}
    </Panel>
  );
}
