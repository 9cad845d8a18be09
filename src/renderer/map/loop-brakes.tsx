import { RefreshCw, ShieldAlert, ShieldCheck } from 'lucide-react';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { type Brake, budgetBrakes, type Loop, triggerBrakes, triggersOf } from './loops.ts';
import type { GraphEdge } from './process-graph.ts';
import { useEveryone } from './use-everyone.ts';

/** A way that leads back to where it began, and for each step of it what keeps it from being gone for ever. */
export function LoopBrakes({ loop, onChoose }: { loop: Loop; onChoose: (edge: string) => void }) {
  const everyone = useEveryone();
  const agents = [...new Set(loop.edges.map(({ to }) => to))];
  const budgets = useBudgets(agents);
  const ofEdge = (edge: GraphEdge): Brake[] =>
    triggersOf(
      edge,
      everyone.find(({ name }) => name === edge.to),
    ).flatMap(triggerBrakes);
  const all = [...loop.edges.flatMap(ofEdge), ...agents.flatMap((name) => budgets.get(name) ?? [])];
  return (
    <section aria-label={`Loop of ${loop.way.join(', ')}`} className="rounded-lg border p-3 text-[0.8125rem]">
      <h3 className="flex items-start gap-2 font-medium">
        <RefreshCw aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        <span className="min-w-0 break-words">{loop.way.join(' → ')}</span>
      </h3>
      <Verdict brakes={all} />
      <ul className="mt-2 flex flex-col gap-1.5">
        {loop.edges.map((edge) => (
          <li key={edge.id}>
            <button type="button" className="link text-left" onClick={() => onChoose(edge.id)}>
              {edge.names.join(', ')}: {edge.from} to {edge.to}
            </button>
            <Said brakes={ofEdge(edge)} />
          </li>
        ))}
        {agents.map((name) => (
          <li key={name}>
            <a className="link" href={hrefs.agent(name, 'limits')}>
              Limits of {name}
            </a>
            <Said brakes={budgets.get(name) ?? []} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Said({ brakes }: { brakes: readonly Brake[] }) {
  return (
    <span className="block text-dim text-xs">
      {brakes.length === 0 ? 'no brake' : brakes.map(({ text }) => text).join('; ')}
    </span>
  );
}

function Verdict({ brakes }: { brakes: readonly Brake[] }) {
  const isSure = brakes.some(({ sure }) => sure);
  const Icon = isSure ? ShieldCheck : ShieldAlert;
  return (
    <p className={cx('mt-1.5 flex items-start gap-2', isSure ? 'text-ok' : 'text-warn')}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      {isSure
        ? 'It cannot go round for ever: a limit stops it.'
        : brakes.length > 0
          ? 'It may go round for ever: it is filtered or slowed, and no limit stops it.'
          : 'Nothing keeps it from going round for ever. Set a rate limit on a trigger, or a limit on runs.'}
    </p>
  );
}

/** What each of some agents may use in a day, wherever it lives. */
function useBudgets(agents: readonly string[]): ReadonlyMap<string, Brake[]> {
  const read = useRead(`brakes:${agents.join()}`, ['processes'], async (client) =>
    Promise.all(
      agents.map((name) =>
        client.getBudget({ name }).then(
          ({ enabled, limits }): [string, Brake[]] => [name, enabled ? budgetBrakes(limits) : []],
          (): [string, Brake[]] => [name, []],
        ),
      ),
    ),
  );
  return new Map(read.value ?? []);
}
