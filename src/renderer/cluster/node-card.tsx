import { LogIn, LogOut, Server, ShieldCheck, Unlink, Unplug } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { ClusterNodeView, ClusterView } from '../../shared/views/cluster-views.ts';
import type { DrainView } from '../../shared/views/crossing-views.ts';
import { useShownNode } from '../stores/shown-node.tsx';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { Choice } from '../ui/fields.tsx';
import { brief, bytes, plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';
import { act, useAction } from '../ui/use-action.ts';
import { LossDialog } from './loss-dialog.tsx';
import { drainedLook, nodeLooks, roleNames, skewText, skewWorthAWordMs } from './node-looks.ts';

interface NodeCardProps {
  node: ClusterNodeView;
  view: ClusterView;
  /** This window looks at the hub. */
  byHub: boolean;
  onChange: () => void;
}

/** One machine: whether it answers, what it carries, how its clock goes, and what it may do here. */
export function NodeCard({ node, view, byHub, onChange }: NodeCardProps) {
  const { name, words, self, hub, state, since, problem, report, address, lastSeenAt } = node;
  return (
    <li className="rounded-xl border bg-surface p-4 shadow-raised">
      <div className="flex flex-wrap items-center gap-2.5">
        <Server aria-hidden className="size-5 shrink-0 text-faint" />
        <div className="min-w-40 flex-1">
          <h2 className="truncate font-semibold">
            {name}
            {self && <span className="font-normal text-dim"> (this node)</span>}
            {hub && (
              <span className="ml-2 rounded-full bg-accent-soft px-2 text-accent-text text-xs leading-5">hub</span>
            )}
          </h2>
          <p className="truncate text-faint text-xs" title="The same words on every machine that knows it">
            {words}
          </p>
        </div>
        {state === 'alive' && report?.drained && <StateChip of={drainedLook} />}
        <StateChip of={nodeLooks[state]} />
      </div>
      {problem && <Warning className="mt-3">{problem}</Warning>}
      {report?.outage && <Warning className="mt-3">It can write nothing down: {report.outage}</Warning>}
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 text-[0.8125rem] md:grid-cols-4">
        {report && (
          <>
            <Fact name="Agents">
              {report.processes}, {report.running} running
              {report.failed > 0 && <span className="text-bad">, {report.failed} failed</span>}
            </Fact>
            <Fact name="Load">
              <Load load={report.load} />
            </Fact>
            <Fact name="Waiting">
              {plural(report.waiting, 'event')}
              {report.needsYou > 0 && <span className="text-warn">, {report.needsYou} for you</span>}
            </Fact>
            <Fact name="Memory">{bytes(report.memoryBytes)}</Fact>
          </>
        )}
        <Clock node={node} />
        <Fact name={state === 'alive' ? 'Alive since' : 'Since'}>
          <Ago at={since} />
        </Fact>
        {!self && lastSeenAt !== null && (
          <Fact name="Last heard">
            <Ago at={lastSeenAt} />
          </Fact>
        )}
        {address && (
          <Fact name="Address">
            <code className="text-xs">{address}</code>
          </Fact>
        )}
        {report && (
          <Fact name="Runs">
            {report.version}, {report.platform}
          </Fact>
        )}
      </dl>
      <Emptying node={node} view={view} onChange={onChange} />
      {!self && <PeerActions node={node} byHub={byHub} onChange={onChange} />}
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="break-words tabular-nums">{children}</dd>
    </div>
  );
}

function Load({ load }: { load: number }) {
  const part = Math.min(1, load);
  return (
    <span className="flex items-center gap-2" title="Of the last minute, per core">
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken">
        <span
          className={part > 0.9 ? 'block h-full bg-bad' : part > 0.7 ? 'block h-full bg-warn' : 'block h-full bg-ok'}
          style={{ width: `${part * 100}%` }}
        />
      </span>
      {Math.round(load * 100)} %
    </span>
  );
}

function Clock({ node: { clockSkewMs, roundTripMs } }: { node: ClusterNodeView }) {
  if (clockSkewMs === null) return null;
  const isOff = Math.abs(clockSkewMs) >= skewWorthAWordMs;
  return (
    <Fact name="Its clock">
      <span className={isOff ? 'font-medium text-warn' : ''}>{skewText(clockSkewMs)}</span>
      {roundTripMs !== null && <span className="text-faint"> ({Math.round(roundTripMs)} ms away)</span>}
    </Fact>
  );
}

/** Empties a node before it is switched off, lets agents in again, and says what would be without it. */
function Emptying({ node: { node, name, state, report }, view, onChange }: Omit<NodeCardProps, 'byHub'>) {
  const { clientTo } = useShownNode();
  const [asking, setAsking] = useState(false);
  const [losing, setLosing] = useState(false);
  const [busy, run] = useAction();
  const [said, setSaid] = useState<DrainView | null>(null);
  // What was just asked counts until the node says so itself.
  const [asked, setAsked] = useState<boolean | null>(null);
  const reported = report?.drained ?? false;
  if (asked === reported) setAsked(null);
  const isDrained = asked ?? reported;
  const told = (view: DrainView) => {
    setSaid(view);
    setAsked(view.drained);
  };
  const drain = () => run(async () => told(await clientTo(node).drainNode({}))).then(onChange);
  const undrain = () =>
    run(async () => told(await clientTo(node).undrainNode({})), { done: `Agents may live on ${name} again.` }).then(
      onChange,
    );
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 border-t pt-3 text-[0.8125rem]">
      {state === 'alive' && isDrained && (
        <>
          <span className="text-dim">Drained: it takes no agents in.</span>
          <Button icon={LogIn} asks="undrainNode" disabled={busy} onClick={() => void undrain()}>
            Let agents in again
          </Button>
        </>
      )}
      {state === 'alive' && !isDrained && (
        <>
          <span className="text-dim">It takes agents in.</span>
          <Button icon={LogOut} asks="drainNode" disabled={busy} onClick={() => setAsking(true)}>
            Drain…
          </Button>
        </>
      )}
      {view.nodes.length > 1 && (
        <Button look="ghost" icon={Unplug} onClick={() => setLosing(true)}>
          If it were lost…
        </Button>
      )}
      {losing && <LossDialog node={node} name={name} view={view} onClose={() => setLosing(false)} />}
      {said && (
        <p role="status" className="w-full text-dim">
          {said.moved.length > 0 && `Moved: ${said.moved.map(({ process }) => process).join(', ')}. `}
          {said.stayed.map(({ process, reason }) => `${process} stayed: ${reason} `).join('')}
        </p>
      )}
      {asking && (
        <Confirm
          title={`Drain ${name}?`}
          asks="drainNode"
          confirm="Drain it"
          onClose={() => setAsking(false)}
          onConfirm={() => void drain()}
        >
          {plural(report?.processes ?? 0, 'agent')} of it move, each to a node that has what it needs; those that can
          live nowhere else stay. It takes none in until you let them in again.
        </Confirm>
      )}
    </div>
  );
}

/** What depends on a node that is to be forgotten. */
function Owned({ node, byHub }: { node: string; byHub: boolean }) {
  const leases = useRead('leases', ['cluster', 'processes'], (client) => client.listLeases({})).value;
  const owned = leases?.items.filter(({ owner }) => owner === node).map(({ process }) => process) ?? [];
  if (owned.length === 0) return null;
  return (
    <p className="text-warn">
      {plural(owned.length, 'agent')} of it would have no node here: {brief(owned.join(', '), 200)}.
      {byHub && ' Move or take over first what is to go on; one that stands on another node as well goes on there.'}
    </p>
  );
}

function PeerActions({ node: { node, name, role, problem }, byHub, onChange }: Omit<NodeCardProps, 'view'>) {
  const client = useClient();
  const [asking, setAsking] = useState(false);
  const change = (next: string) =>
    act(() => client.setPeerRole({ node, role: next as NonNullable<ClusterNodeView['role']> }), {
      done: `“${name}” may do that from now on.`,
    }).then(onChange);
  const unpair = () => act(() => client.unpair({ node }), { done: `“${name}” was cut off.` }).then(onChange);
  const accept = () => act(() => client.acceptNode({ node }), { done: `“${name}” is let in again.` }).then(onChange);
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 border-t pt-3">
      {role && (
        <Choice
          aria-label={`What ${name} may do here`}
          value={role}
          onChange={(event) => void change(event.target.value)}
          className="h-8 w-auto"
        >
          {Object.entries(roleNames).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </Choice>
      )}
      {problem?.includes('two') && (
        <Button icon={ShieldCheck} onClick={() => void accept()}>
          Let it in again
        </Button>
      )}
      <span className="flex-1" />
      <Button icon={Unlink} look="danger" onClick={() => setAsking(true)}>
        Forget…
      </Button>
      {asking && (
        <Confirm
          title={`Forget ${name}?`}
          asks="unpair"
          confirm="Forget it"
          onClose={() => setAsking(false)}
          onConfirm={() => void unpair()}
        >
          <p>
            {byHub
              ? 'It is cut off at once and leaves the whole cluster. It can be paired again with a new code.'
              : 'It is cut off from this node at once.'}
          </p>
          <Owned node={node} byHub={byHub} />
        </Confirm>
      )}
    </div>
  );
}
