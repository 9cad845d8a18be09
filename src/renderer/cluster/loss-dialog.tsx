import { ArrowRight, CircleCheck, Hourglass, PauseCircle, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ClusterView } from '../../shared/views/cluster-views.ts';
import type { LossView } from '../../shared/views/crossing-views.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { plural } from '../ui/format.ts';
import { ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { nodeNames } from './use-cluster.ts';

interface LossDialogProps {
  node: string;
  name: string;
  view: ClusterView;
  onClose: () => void;
}

/** What would happen if a node were lost now. Nothing is done to it. */
export function LossDialog({ node, name, view, onClose }: LossDialogProps) {
  const read = useRead(`loss:${node}`, ['cluster'], (client) => client.planLoss({ node }));
  const plan = read.value;
  return (
    <Dialog
      title={`If ${name} were lost now`}
      description="Worked out from who owns what, from the copies as they are, and from what each agent needs. Nothing is done."
      wide
      onClose={onClose}
      footer={
        <>
          <Button size="md" icon={RefreshCw} disabled={read.reading} onClick={read.reload}>
            Look again
          </Button>
          <Button size="md" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!plan && !read.error && <Loading rows={5} />}
      {plan && <Plan plan={plan} nameOf={nodeNames(view)} />}
    </Dialog>
  );
}

function Plan({ plan, nameOf }: { plan: LossView; nameOf: (node: string | null) => string }) {
  const moves = plan.agents.filter(({ outcome }) => outcome === 'moves');
  const waits = plan.agents.filter(({ outcome }) => outcome === 'waits');
  return (
    <div className="flex flex-col gap-4 text-[0.8125rem]">
      {plan.isArbiter && (
        <Warning>
          {plan.name} decides who owns what. While it is gone nobody can take anything over; a shared database is the
          way around that.
        </Warning>
      )}
      {plan.agents.length + plan.others.length === 0 && (
        <p className="flex items-center gap-2">
          <CircleCheck aria-hidden className="size-4 text-ok" /> No agent would notice.
        </p>
      )}
      <Part title={`${plural(moves.length, 'agent')} would go on elsewhere`} shown={moves.length > 0}>
        {moves.map(({ process, to, withinMs, missing, lacks, reason }) => (
          <Line
            key={process}
            icon={<ArrowRight aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />}
            name={process}
          >
            {to === null ? '' : `on ${nameOf(to)} `}
            {withinMs !== null && `within ${Math.ceil(withinMs / 1_000)} s. `}
            {to === null && reason}
            {missing !== null && missing > 0 && (
              <span className="text-warn">Its newest {plural(missing, 'entry', 'entries')} would be missing. </span>
            )}
            {lacks.length > 0 && <span className="text-warn">There it would lack: {lacks.join('; ')}.</span>}
          </Line>
        ))}
      </Part>
      <Part title={`${plural(waits.length, 'agent')} would wait`} shown={waits.length > 0}>
        {waits.map(({ process, reason }) => (
          <Line
            key={process}
            icon={<Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />}
            name={process}
          >
            {reason}
          </Line>
        ))}
      </Part>
      <Part title="Agents of other nodes" shown={plan.others.length > 0}>
        {[...Map.groupBy(plan.others, ({ node, outcome, reason }) => `${node} ${outcome} ${reason}`)].map(
          ([key, alike]) => (
            <Others key={key} alike={alike} nameOf={nameOf} />
          ),
        )}
      </Part>
      <Part title="The nodes that are left" shown={plan.nodes.length > 0}>
        {plan.nodes.map(({ node, name, agents, after }) => (
          <Line key={node} name={name}>
            {agents === after
              ? `keeps its ${plural(agents, 'agent')}`
              : `has ${plural(after, 'agent')} instead of ${agents}`}
          </Line>
        ))}
      </Part>
    </div>
  );
}

/** Agents of one node for which the same holds. */
function Others({ alike, nameOf }: { alike: LossView['others']; nameOf: (node: string | null) => string }) {
  const [{ node, outcome, reason } = { node: '', outcome: '', reason: '' }] = alike;
  const Icon = outcome === 'pauses' ? PauseCircle : CircleCheck;
  const verb = outcome === 'pauses' ? (alike.length === 1 ? 'pauses' : 'pause') : alike.length === 1 ? 'stays' : 'stay';
  return (
    <Line
      icon={<Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${outcome === 'pauses' ? 'text-warn' : 'text-ok'}`} />}
      name={alike.map(({ process }) => process).join(', ')}
    >
      {verb} on {nameOf(node)}. {reason}
    </Line>
  );
}

function Part({ title, shown, children }: { title: string; shown: boolean; children: ReactNode }) {
  if (!shown) return null;
  return (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <ul aria-label={title} className="flex flex-col gap-1">
        {children}
      </ul>
    </section>
  );
}

function Line({ icon, name, children }: { icon?: ReactNode; name: string; children: ReactNode }) {
  return (
    <li className="flex items-start gap-2">
      {icon}
      <span className="min-w-0 break-words">
        <span className="font-medium">{name}</span> <span className="text-dim">{children}</span>
      </span>
    </li>
  );
}
