import { ArrowRightLeft, MapPin } from 'lucide-react';
import type { PlacementView } from '../../shared/views/crossing-views.ts';
import { TakeOver } from '../cluster/take-over.tsx';
import { hrefOf } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { plural } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

const failovers: Record<PlacementView['failover'], string> = {
  manual: 'a person moves it; it goes on where it is when cut off',
  auto: 'another node takes it over; it pauses when cut off',
  eager: 'another node takes it over at once',
};

/** In a cluster: where the agent lives, where else it could, and how far its copy is behind. */
export function PlacementPanel({ name }: { name: string }) {
  const cluster = useRead('cluster', ['node', 'cluster'], (client) => client.cluster({})).value;
  return cluster && cluster.nodes.length > 1 ? <Placement name={name} self={cluster.node} /> : null;
}

function Placement({ name, self }: { name: string; self: string }) {
  const client = useClient();
  const read = useRead(`placement:${name}`, [`process:${name}`], (from) => from.placement({ name }));
  const [busy, run] = useAction();
  const view = read.value;
  if (!view) return null;
  const nameOf = (node: string | null) => view.nodes.find((known) => known.node === node)?.name ?? node;
  const move = (node: string) =>
    run(() => client.moveProcess({ name, node }), { done: `It lives on ${nameOf(node)} now.` }).then(read.reload);
  const behind = view.lagEntries > 0 ? `, ${plural(view.lagEntries, 'entry', 'entries')} behind` : ', up to date';
  return (
    <Panel
      title="Where it lives"
      icon={MapPin}
      aside={
        <a className="link text-xs" href={hrefOf(['agents', name, 'design'], { select: 'agent' })}>
          Change
        </a>
      }
    >
      <DetailList
        rows={[
          ['Node', nameOf(view.node)],
          ['If it fails', failovers[view.failover]],
          ['Copy', view.standby === null ? 'none' : `on ${nameOf(view.standby)}${behind}`],
        ]}
      />
      <ul className="mt-2 flex flex-col gap-1 border-t pt-2 text-[0.8125rem]">
        {view.nodes
          .filter(({ node }) => node !== view.node)
          .map(({ node, name: other, reasons }) => (
            <li key={node} className="flex items-center gap-2">
              <span className="min-w-0 flex-1">
                {other}
                {reasons.length > 0 && <span className="block text-dim text-xs">{reasons.join('; ')}</span>}
              </span>
              <Button
                icon={ArrowRightLeft}
                asks="moveProcess"
                disabled={busy || reasons.length > 0}
                onClick={() => void move(node)}
                aria-label={`Move it to ${other}`}
              >
                Move
              </Button>
            </li>
          ))}
      </ul>
      {view.node !== self && (
        <div className="mt-2 border-t pt-2">
          <TakeOver agent={name} client={client} at="this node" onChange={read.reload} />
        </div>
      )}
    </Panel>
  );
}
