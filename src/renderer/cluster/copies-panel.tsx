import { Truck } from 'lucide-react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import { bytes, plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { nodeNames, useOnEveryNode } from './use-cluster.ts';

/** What waits for nodes that cannot be reached, and whose journals each node keeps a copy of. */
export function CopiesPanel({ view }: { view: ClusterView }) {
  const read = useOnEveryNode('shipping-all', view, (client) => client.shipping({}));
  const nameOf = nodeNames(view);
  const keepers = (read.value ?? []).filter(({ value }) => value.kept.length > 0);
  const waiting = (read.value ?? []).flatMap(({ node, value: { backlogs, hooks } }) => [
    ...backlogs
      .filter(({ bytes: size, problem }) => size > 0 || problem !== null)
      .map(({ node: to, bytes: size, problem, since }) => (
        <Warning key={`${node}:${to}`} className="mb-2">
          {size > 0
            ? `${bytes(size)} wait on ${nameOf(node)} for ${nameOf(to)}`
            : `${nameOf(node)} does not reach ${nameOf(to)}; nothing waits`}
          {since !== null && (
            <>
              {' '}
              since <Ago at={since} />
            </>
          )}
          {problem && `: ${problem}`}
        </Warning>
      )),
    ...(hooks === 0
      ? []
      : [
          <Warning key={`${node}:hooks`} className="mb-2">
            {plural(hooks, 'webhook')} wait on {nameOf(node)} for the nodes of their agents.
          </Warning>,
        ]),
  ]);
  if (keepers.length + waiting.length === 0) return null;
  return (
    <Panel title="Between the nodes" icon={Truck}>
      {waiting}
      {waiting.length === 0 && <p className="text-[0.8125rem] text-ok">Nothing waits for a node.</p>}
      <ul aria-label="Copies that nodes keep" className="mt-2 flex flex-col gap-1 border-t pt-2 text-[0.8125rem]">
        {keepers.map(({ node, value: { kept } }) => (
          <li key={node}>
            <span className="font-medium">{nameOf(node)}</span>{' '}
            <span className="break-words text-dim">
              keeps copies{' '}
              {[...Map.groupBy(kept, ({ owner }) => owner)]
                .map(([owner, copies]) => `of ${copies.map(({ process }) => process).join(', ')} for ${nameOf(owner)}`)
                .join('; ')}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
