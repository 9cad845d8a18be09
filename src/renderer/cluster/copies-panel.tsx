import { Copy } from 'lucide-react';
import type { ClusterView } from '../../shared/cluster-views.ts';
import type { ShippingView } from '../../shared/crossing-views.ts';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { bytes, plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { usePolled } from './use-cluster.ts';

const modes: Record<ShippingView['copies'][number]['mode'], string> = {
  async: 'follows',
  sync: 'always level',
  off: 'none is kept',
};

/** How far copies of journals are behind, and what waits for nodes that cannot be reached. */
export function CopiesPanel({ view }: { view: ClusterView }) {
  const read = usePolled(useRead('shipping', [], (client) => client.shipping({})));
  if (!read.value) return null;
  const { copies, backlogs, hooks, kept } = read.value;
  const nameOf = (node: string | null) => view.nodes.find((known) => known.node === node)?.name ?? node ?? 'nowhere';
  const waiting = backlogs.filter(({ bytes: size, problem }) => size > 0 || problem !== null);
  return (
    <Panel title="Copies for when a node fails" icon={Copy}>
      {waiting.map(({ node, bytes: size, problem, since }) => (
        <Warning key={node} className="mb-2">
          {bytes(size)} wait for {nameOf(node)}
          {since !== null && (
            <>
              {' '}
              since <Ago at={since} />
            </>
          )}
          {problem && `: ${problem}`}
        </Warning>
      ))}
      {hooks > 0 && <Warning className="mb-2">{plural(hooks, 'webhook')} wait for the nodes of their agents.</Warning>}
      {copies.length === 0 && (
        <p className="text-[0.8125rem] text-dim">
          No agent of this node has a copy elsewhere. Choose what happens when its node fails under “Placement” of an
          agent.
        </p>
      )}
      <ul className="text-[0.8125rem]">
        {copies.map(({ process, standby, mode, entries, seconds }) => (
          <li key={process} className="flex min-h-8 items-center gap-3">
            <a className="hover:link min-w-0 flex-1 truncate" href={hrefs.agent(process)}>
              {process}
            </a>
            <span className="text-dim">{standby === null ? modes.off : `${modes[mode]} on ${nameOf(standby)}`}</span>
            <span className={`w-32 text-right text-xs ${entries > 0 ? 'text-warn' : 'text-ok'}`}>
              {entries === 0 ? 'up to date' : `${plural(entries, 'entry', 'entries')}, ${Math.round(seconds)} s behind`}
            </span>
          </li>
        ))}
      </ul>
      {kept.length > 0 && (
        <p className="mt-2 border-t pt-2 text-dim text-xs">
          This node keeps copies of {kept.map(({ process, owner }) => `${process} (${nameOf(owner)})`).join(', ')}.
        </p>
      )}
    </Panel>
  );
}
