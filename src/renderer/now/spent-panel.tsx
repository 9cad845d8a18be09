import { CircleDollarSign } from 'lucide-react';
import { useCostsToday } from '../costs/use-costs.ts';
import { hrefs } from '../frame/route.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { plural, spent } from '../ui/format.ts';
import { Panel } from '../ui/panel.tsx';

const agentsShown = 3;
/** From this part of a limit on it is worth a word. */
const nearly = 0.8;

/** What was used today, who used most of it, and which limits are nearly reached. */
export function SpentPanel() {
  const costs = useCostsToday();
  if (!costs) return null;
  const { total, processes, budgets, node } = costs;
  const tokens = total.inputTokens + total.outputTokens;
  const tight = [...node.map((limit) => ({ process: 'the node', limit })), ...budgets.flatMap(pairs)].filter(
    ({ limit: { used, cap } }) => cap > 0 && used / cap >= nearly,
  );
  if (tokens === 0 && tight.length === 0) return null;
  const dearest = processes.filter(({ costUsd }) => costUsd > 0).slice(0, agentsShown);
  return (
    <Panel
      title="Spent today"
      icon={CircleDollarSign}
      aside={
        <a className="link text-xs" href="#/costs">
          Costs
        </a>
      }
    >
      <p className="mb-1.5">
        <span className="font-semibold text-xl tabular-nums">{spent(total.costUsd)}</span>{' '}
        <span className="text-[0.8125rem] text-dim">{plural(tokens, 'token')}</span>
      </p>
      <DetailList
        rows={dearest.map(({ process, costUsd }) => [process, <span key={process}>{spent(costUsd)}</span>] as const)}
      />
      {tight.map(({ process, limit: { limit, used, cap } }) => (
        <p key={`${process}${limit}`} className="mt-1.5 text-[0.8125rem] text-warn">
          <a className="hover:link" href={process === 'the node' ? '#/costs' : hrefs.agent(process, 'limits')}>
            {process}: {Math.round((used / cap) * 100)} % of a limit of today is used.
          </a>
        </p>
      ))}
    </Panel>
  );
}

function pairs<L>({ process, limits }: { process: string; limits: readonly L[] }): { process: string; limit: L }[] {
  return limits.map((limit) => ({ process, limit }));
}
