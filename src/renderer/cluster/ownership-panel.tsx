import { KeyRound, MapPin } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import type { LeaseView, ShippingView } from '../../shared/views/crossing-views.ts';
import { hrefs } from '../frame/route.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useRead } from '../stores/use-runtime.ts';
import { IconButton } from '../ui/button.tsx';
import { plural, roughly } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { TakeOver } from './take-over.tsx';
import { nodeNames, useOnEveryNode, usePolled } from './use-cluster.ts';

const PlacementDialog = lazy(() =>
  import('./placement-dialog.tsx').then(({ PlacementDialog }) => ({ default: PlacementDialog })),
);

/** More agents than this are found in the list of agents. */
const shownLeases = 100;

const rules: Record<LeaseView['failover'], string> = {
  manual: 'a person decides',
  auto: 'goes on elsewhere',
  eager: 'goes on elsewhere at once',
};

type Copy = ShippingView['copies'][number];

/** Which node owns which agent, since which ownership, what happens when that node fails, and how far its copy is. */
export function OwnershipPanel({ view }: { view: ClusterView }) {
  const read = usePolled(useRead('leases', ['cluster', 'processes'], (client) => client.listLeases({})));
  const shipping = useOnEveryNode('shipping-all', view, (client) => client.shipping({}));
  const [placing, setPlacing] = useState<string | null>(null);
  const nameOf = nodeNames(view);
  const silent = new Set(view.nodes.filter(({ state }) => state !== 'alive').map(({ node }) => node));
  const copies = new Map(shipping.value?.flatMap(({ value }) => value.copies).map((copy) => [copy.process, copy]));
  const leases = read.value?.items ?? [];
  const arbiter = read.value?.arbiter ?? null;
  return (
    <Panel
      title="Who owns what"
      icon={KeyRound}
      aside={arbiter !== null && <span className="text-dim text-xs">{nameOf(arbiter)} decides</span>}
      flush
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} className="mx-4 mb-3" />}
      {!read.value && !read.error && (
        <div className="px-4">
          <Loading />
        </div>
      )}
      {read.value && leases.length === 0 && (
        <p className="px-4 pb-2.5 text-[0.8125rem] text-dim">No agent lives in this cluster yet.</p>
      )}
      {leases.length > 0 && (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
          tabIndex={0}
          aria-label="Owners of agents"
          className="overflow-x-auto outline-offset-[-2px]"
        >
          <table aria-label="Who owns what" className="w-full min-w-[34rem] text-[0.8125rem]">
            <thead>
              <tr className="border-b text-left text-dim text-xs [&>th]:px-2 [&>th]:py-1.5 [&>th]:font-medium [&>th]:first:pl-4 [&>th]:last:pr-4">
                <th scope="col">Agent</th>
                <th scope="col">Owner</th>
                <th scope="col" className="text-right" title="Grows with every change of owner; older ones are refused">
                  Epoch
                </th>
                <th scope="col">If its node fails</th>
                <th scope="col">Copy of its journal</th>
                <th scope="col">
                  <span className="sr-only">Change</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {leases.slice(0, shownLeases).map((lease) => (
                <Row
                  key={lease.process}
                  lease={lease}
                  copy={copies.get(lease.process)}
                  nameOf={nameOf}
                  isSilent={lease.owner !== null && silent.has(lease.owner)}
                  keeper={lease.standby !== null && !silent.has(lease.standby) ? lease.standby : view.node}
                  onChange={read.reload}
                  onPlace={() => setPlacing(lease.process)}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {leases.length > shownLeases && (
        <p className="px-4 py-2 text-faint text-xs">and {plural(leases.length - shownLeases, 'more agent')}</p>
      )}
      {placing !== null && (
        <Suspense fallback={null}>
          <PlacementDialog name={placing} onClose={() => setPlacing(null)} onChange={read.reload} />
        </Suspense>
      )}
    </Panel>
  );
}

interface RowProps {
  lease: LeaseView;
  copy: Copy | undefined;
  nameOf: (node: string | null) => string;
  /** Its owner does not answer. */
  isSilent: boolean;
  /** The node that could go on with it. */
  keeper: string;
  onChange: () => void;
  onPlace: () => void;
}

function Row({ lease, copy, nameOf, isSilent, keeper, onChange, onPlace }: RowProps) {
  const { clientTo } = useShownNode();
  const { process, owner, epoch, failover, freeInMs, reservedFor } = lease;
  return (
    <tr className="border-line/60 not-last:border-b [&>td]:px-2 [&>td]:py-1 [&>td]:first:pl-4 [&>td]:last:pr-3">
      <td className="max-w-44 truncate font-medium">
        <a className="hover:link" href={hrefs.agent(process)}>
          {process}
        </a>
      </td>
      <td className="max-w-36 truncate">
        {owner === null ? (
          <span className="text-warn">{reservedFor ? `on its way to ${nameOf(reservedFor)}` : 'nobody'}</span>
        ) : (
          <>
            {nameOf(owner)}
            {isSilent && <span className="text-warn text-xs"> (does not answer)</span>}
          </>
        )}
      </td>
      <td className="text-right tabular-nums">{epoch}</td>
      <td>
        {rules[failover]}
        {freeInMs !== null && owner !== null && (
          <span className="text-faint text-xs"> within {roughly(freeInMs + 1_000)}</span>
        )}
      </td>
      <td>
        <CopyState copy={copy} standby={lease.standby} nameOf={nameOf} />
      </td>
      <td className="text-right">
        {isSilent ? (
          <TakeOver agent={process} client={clientTo(keeper)} at={nameOf(keeper)} onChange={onChange} />
        ) : (
          <IconButton icon={MapPin} light label={`Placement of ${process}`} onClick={onPlace} />
        )}
      </td>
    </tr>
  );
}

function CopyState({ copy, standby, nameOf }: Pick<RowProps, 'copy' | 'nameOf'> & { standby: string | null }) {
  const on = copy ? copy.standby : standby;
  if (on === null) return <span className="text-dim">{copy?.mode === 'off' ? 'none is kept' : 'none'}</span>;
  const level = copy && copy.entries === 0;
  return (
    <>
      {nameOf(on)}
      {copy && (
        <span className={level ? 'text-ok text-xs' : 'text-warn text-xs'}>
          {level
            ? ', up to date'
            : `, ${plural(copy.entries, 'entry', 'entries')} and ${Math.round(copy.seconds)} s behind`}
        </span>
      )}
    </>
  );
}
