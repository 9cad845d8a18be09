import { TrendingUp } from 'lucide-react';
import { useState } from 'react';
import { NodesChoice, OnNode, SilentNodes } from '../cluster/every-node.tsx';
import { hrefs } from '../frame/route.ts';
import { useRead } from '../stores/use-runtime.ts';
import { lasting, numberText, plural, roundly, spent } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { useNow } from '../ui/use-now.ts';

const spans = { day: 86_400_000, week: 604_800_000, month: 2_592_000_000 } as const;

/** What schedules will bring, if runs go on as the newest did. */
export function ForecastPanel() {
  const [span, setSpan] = useState<keyof typeof spans>('week');
  const [everywhere, setEverywhere] = useState(false);
  const tick = useNow(600_000);
  const read = useRead(`forecast:${span}:${everywhere}:${tick}`, ['pauses', 'processes', 'cluster'], (client) => {
    const from = Date.now();
    return client.forecast({ from, to: from + spans[span], ...(everywhere && { nodes: 'all' as const }) });
  });
  const items = read.value?.items.toSorted((a, b) => b.costUsd - a.costUsd || b.firings - a.firings) ?? [];
  const sum = (of: (item: (typeof items)[number]) => number) => items.reduce((total, item) => total + of(item), 0);
  return (
    <Panel
      title="Forecast"
      icon={TrendingUp}
      aside={
        <>
          <NodesChoice everywhere={everywhere} onChange={setEverywhere} />
          <Segmented
            label="Over"
            value={span}
            options={[
              { value: 'day', text: 'Day' },
              { value: 'week', text: 'Week' },
              { value: 'month', text: '30 days' },
            ]}
            onChange={setSpan}
          />
        </>
      }
    >
      <SilentNodes of={read.value?.silent} />
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading rows={3} />}
      {read.value && items.length === 0 && <p className="text-dim">No schedule will wake an agent.</p>}
      {items.length > 0 && (
        <div className="overflow-x-auto">
          <table className="w-full text-[0.8125rem] tabular-nums">
            <thead>
              <tr className="text-dim text-xs">
                {['Agent', 'Runs', 'Left out', 'Tokens', 'Cost', 'At work'].map((text, index) => (
                  <th key={text} scope="col" className={index === 0 ? 'py-1 text-left' : 'py-1 pl-4 text-right'}>
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map(({ process, node, firings, paused, basis, tokens, costUsd, workedMs }) => (
                <tr key={`${node ?? ''}/${process}`} className="border-line/60 border-t">
                  <th scope="row" className="py-1.5 text-left font-medium">
                    <a className="hover:link" href={hrefs.agent(process, 'triggers')}>
                      {process}
                    </a>
                    <OnNode node={node} names={read.value?.nodeNames} />
                    <span className="ml-2 font-normal text-faint text-xs">
                      {basis === 0 ? 'has not run yet' : `as its last ${plural(basis, 'run')}`}
                    </span>
                  </th>
                  <td className="pl-4 text-right">{numberText(firings)}</td>
                  <td className="pl-4 text-right text-dim">{paused > 0 ? numberText(paused) : '–'}</td>
                  <td className="pl-4 text-right">{basis === 0 ? '?' : roundly(tokens)}</td>
                  <td className="pl-4 text-right">{basis === 0 ? '?' : spent(costUsd)}</td>
                  <td className="pl-4 text-right text-dim">{basis === 0 ? '?' : lasting(workedMs)}</td>
                </tr>
              ))}
              <tr className="border-t font-medium">
                <th scope="row" className="py-1.5 text-left">
                  Together
                </th>
                <td className="pl-4 text-right">{numberText(sum(({ firings }) => firings))}</td>
                <td className="pl-4 text-right">{numberText(sum(({ paused }) => paused))}</td>
                <td className="pl-4 text-right">{roundly(sum(({ tokens }) => tokens))}</td>
                <td className="pl-4 text-right">{spent(sum(({ costUsd }) => costUsd))}</td>
                <td className="pl-4 text-right">
                  {sum(({ workedMs }) => workedMs) > 0 ? lasting(sum(({ workedMs }) => workedMs)) : '–'}
                </td>
              </tr>
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
