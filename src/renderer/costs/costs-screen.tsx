import { ChartColumn, CircleDollarSign, Cpu, Gauge, Radio, Server, Users, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { CostsView } from '../../shared/views/cost-views.ts';
import { Meter } from '../agent/budget-panel.tsx';
import { triggerNames } from '../agents/trigger-icon.tsx';
import { NodesChoice, OnNode, SilentNodes } from '../cluster/every-node.tsx';
import { hrefOf, hrefs } from '../frame/route.ts';
import { useRuntime } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { numberText, plural } from '../ui/format.ts';
import { Empty, ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Screen } from '../ui/screen.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { CostTable } from './cost-table.tsx';
import { DayBars } from './day-bars.tsx';
import { forecast, type Measure, type MeasureId, measureOf, measures } from './measures.ts';
import { NodeBudgetDialog } from './node-budget-dialog.tsx';
import { type CostsOf, useCosts } from './use-costs.ts';

const spans = { week: 7, month: 30, quarter: 90 } as const;
type Span = keyof typeof spans;
/** Limits of so many agents stand here; the others are a click away. */
const agentsWithLimits = 12;

/** What agents used: money where there is a price, tokens and time for everyone. */
export function CostsScreen({ query }: { query: Record<string, string> }) {
  const only = costsOf(query);
  const [span, setSpan] = useState<Span>('month');
  const [shown, setShown] = useState<MeasureId | null>(null);
  const [everywhere, setEverywhere] = useState(false);
  const costs = useCosts(spans[span], only, everywhere);
  const measure = measureOf(shown ?? naturalMeasure(costs.value));
  return (
    <Screen
      title="Costs"
      subtitle={`What runs of the last ${spans[span]} days used, with the limits of today`}
      actions={
        <>
          <NodesChoice everywhere={everywhere} onChange={setEverywhere} />
          <Segmented
            label="Show"
            value={measure.id}
            options={measures.map(({ id, text }) => ({ value: id, text }))}
            onChange={setShown}
          />
          <Segmented
            label="Days"
            value={span}
            options={[
              { value: 'week', text: '7 days' },
              { value: 'month', text: '30 days' },
              { value: 'quarter', text: '90 days' },
            ]}
            onChange={setSpan}
          />
        </>
      }
    >
      <Only only={only} />
      <SilentNodes of={costs.value?.silent} />
      {costs.error && <ErrorNote error={costs.error} retry={costs.reload} />}
      {!costs.value && !costs.error && <Loading rows={8} />}
      {costs.value && costs.value.total.runs === 0 && (
        <Empty icon={CircleDollarSign} title="Nothing was used in these days">
          <p>Once agents run, this shows what each of them, each model and each day took.</p>
          <LinkButton href="#/agents">Agents</LinkButton>
        </Empty>
      )}
      {costs.value && costs.value.total.runs > 0 && (
        <Costs costs={costs.value} only={only} measure={measure} onChange={costs.reload} />
      )}
    </Screen>
  );
}

/** Money where any was spent; who uses models of their own wants tokens, who uses none wants time. */
function naturalMeasure(costs: CostsView | undefined): MeasureId {
  if (!costs || costs.total.costUsd > 0) return 'money';
  return costs.total.inputTokens + costs.total.outputTokens > 0 ? 'tokens' : 'time';
}

interface CostsProps {
  costs: CostsView;
  only: CostsOf;
  measure: Measure;
  onChange: () => void;
}

function Costs({ costs, only, measure, onChange }: CostsProps) {
  const { days, total, open, models, processes, triggers } = costs;
  const here = useRuntime((state) => state.node?.id);
  const month = forecast(days, measure, new Date(costs.to));
  const today = days.at(-1);
  return (
    <div className="flex flex-col gap-(--gap)">
      <Unpriced models={models} />
      <dl className="grid grid-cols-2 gap-(--gap) md:grid-cols-4">
        <Figure name="Today" value={today ? measure.write(measure.of(today)) : '–'} />
        <Figure name={`Last ${days.length} days`} value={measure.write(measure.of(total))} />
        <Figure
          name="This month"
          value={month === null ? '–' : measure.write(month)}
          note={month === null ? 'too early to tell' : 'at this pace'}
        />
        <Figure name="Runs" value={numberText(total.runs)} note={open > 0 ? `${open} still going on` : ''} />
      </dl>
      <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-(--gap)">
          <Panel title={`${measure.text} by day`} icon={ChartColumn}>
            <DayBars days={days} measure={measure} />
          </Panel>
          <Panel title="By agent" icon={Users} flush>
            <CostTable
              label="Agent"
              measure={measure}
              lines={processes.map(({ process, node, ...sum }) => ({
                ...sum,
                key: `${node ?? ''}/${process}`,
                instead: sum.costUsd === 0 && sum.unpricedTokens > 0 ? 'no price' : undefined,
                name: (
                  <>
                    <a
                      className="hover:link"
                      title={`What ${process} used, by model and trigger`}
                      href={hrefOf(['costs'], { ...only, process })}
                    >
                      {process}
                    </a>
                    <OnNode node={node} names={costs.nodeNames} />
                  </>
                ),
              }))}
            />
          </Panel>
        </div>
        <div className="flex min-w-0 flex-col gap-(--gap)">
          {costs.nodes && (
            <Panel title="By node" icon={Server} flush>
              <CostTable
                label="Node"
                tight
                measure={measure}
                lines={costs.nodes.map(({ node, ...sum }) => ({
                  ...sum,
                  key: node,
                  name: costs.nodeNames?.[node] ?? node,
                }))}
              />
            </Panel>
          )}
          <Limits costs={ofHere(costs, here)} onChange={onChange} />
          <Panel title="By model" icon={Cpu} flush>
            {models.length === 0 && <p className="px-4 pb-2 text-dim">Only scripts ran; they need no model.</p>}
            {models.length > 0 && (
              <CostTable
                label="Model"
                tight
                measure={measure}
                lines={models.map(({ model, pricing, ...sum }) => ({
                  ...sum,
                  key: model ?? '',
                  name:
                    model === null ? (
                      <span className="text-dim">not kept</span>
                    ) : (
                      <a
                        className="hover:link"
                        title={`Who used ${model}`}
                        href={hrefOf(['costs'], { ...only, model })}
                      >
                        {model}
                      </a>
                    ),
                  instead: { priced: undefined, free: 'free', unpriced: 'no price' }[pricing],
                }))}
              />
            )}
          </Panel>
          <Panel title="By what woke them" icon={Radio} flush>
            <CostTable
              label="Woken by"
              tight
              measure={measure}
              lines={triggers.map(({ kind, ...sum }) => ({
                ...sum,
                key: kind ?? '',
                name:
                  kind === null ? (
                    <span className="text-dim">not kept</span>
                  ) : (
                    <a className="hover:link" title="Who was woken so" href={hrefOf(['costs'], { ...only, kind })}>
                      {triggerNames[kind] ?? kind}
                    </a>
                  ),
              }))}
            />
          </Panel>
        </div>
      </div>
    </div>
  );
}

/** Each node keeps to its own limits, and those of others are raised there. */
function ofHere(costs: CostsView, here: string | undefined): CostsView {
  const isHere = ({ node }: { node?: string | undefined }) => node === undefined || node === here;
  return { ...costs, node: costs.node.filter(isHere), budgets: costs.budgets.filter(isHere) };
}

/** Whose costs an address means. */
function costsOf({ process, model, kind }: Record<string, string>): CostsOf {
  return {
    ...(process ? { process } : {}),
    ...(model ? { model } : {}),
    ...(kind && Object.hasOwn(triggerNames, kind) ? { kind: kind as NonNullable<CostsOf['kind']> } : {}),
  };
}

/** What the sums are narrowed to, with the way back from each. */
function Only({ only }: { only: CostsOf }) {
  const { process, model, kind } = only;
  const chosen = [
    ...(process ? [{ key: 'process', text: process }] : []),
    ...(model ? [{ key: 'model', text: model }] : []),
    ...(kind ? [{ key: 'kind', text: triggerNames[kind] ?? kind }] : []),
  ];
  if (chosen.length === 0) return null;
  return (
    <p className="mb-3 flex flex-wrap items-center gap-2 text-[0.8125rem]">
      <span className="text-dim">Only</span>
      {chosen.map(({ key, text }) => (
        <LinkButton key={key} look="soft" icon={X} href={hrefOf(['costs'], { ...only, [key]: undefined })}>
          <span className="sr-only">No longer only </span>
          {text}
        </LinkButton>
      ))}
      {process && (
        <a className="link" href={hrefs.runs({ process })}>
          Its runs
        </a>
      )}
    </p>
  );
}

function Figure({ name, value, note = '' }: { name: string; value: string; note?: ReactNode }) {
  return (
    <div className="min-w-0 rounded-xl border bg-surface px-4 py-3 shadow-raised">
      <dt className="truncate text-dim text-xs">{name}</dt>
      <dd className="mt-0.5 truncate font-semibold text-xl tabular-nums leading-7">{value}</dd>
      {note && <dd className="truncate text-dim text-xs">{note}</dd>}
    </div>
  );
}

/** Money that nobody knows is said, not counted as nothing in silence. */
function Unpriced({ models }: { models: CostsView['models'] }) {
  const unpriced = models.filter(({ pricing }) => pricing === 'unpriced');
  if (unpriced.length === 0) return null;
  const tokens = unpriced.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
  return (
    <Warning>
      Money is not the whole of it: {plural(tokens, 'token')} went to{' '}
      {unpriced.map(({ model }) => model ?? 'models that were not kept').join(', ')}, for which no price is known. Write{' '}
      <code className="text-xs">input_price</code> and <code className="text-xs">output_price</code> under{' '}
      <code className="text-xs">model</code> of its agents, and runs from then on are counted.{' '}
      <a className="link" href="#/settings/models">
        Prices
      </a>
    </Warning>
  );
}

function Limits({ costs: { node, budgets, nodes }, onChange }: { costs: CostsView; onChange: () => void }) {
  const [setting, setSetting] = useState(false);
  return (
    <Panel
      title="Limits of today"
      icon={Gauge}
      aside={
        <Button look="ghost" asks="updateNodeBudget" onClick={() => setSetting(true)}>
          All agents together…
        </Button>
      }
    >
      {nodes && (
        <p className="mb-2 text-[0.8125rem] text-dim">
          Limits are those of each node. These are of this one; those of the others are looked at and raised there.
        </p>
      )}
      {node.length === 0 && budgets.length === 0 && (
        <p className="text-[0.8125rem] text-dim">
          No agent has a limit for a day. Set one here for all together, or under Limits of an agent; it is kept to
          before each call.
        </p>
      )}
      {node.map((limit) => (
        <Meter key={limit.limit} name="" limit={limit} onChange={onChange} />
      ))}
      {budgets.slice(0, agentsWithLimits).map(({ process, limits }) => (
        <section key={process} aria-label={`Limits of ${process}`} className="not-first:mt-3">
          <h3 className="mb-1">
            <a className="hover:link font-medium text-[0.8125rem]" href={hrefs.agent(process, 'limits')}>
              {process}
            </a>
          </h3>
          {limits.map((limit) => (
            <Meter key={limit.limit} name={process} limit={limit} onChange={onChange} />
          ))}
        </section>
      ))}
      {setting && (
        <NodeBudgetDialog
          onClose={() => {
            setSetting(false);
            onChange();
          }}
        />
      )}
      {budgets.length > agentsWithLimits && (
        <p className="text-dim text-xs">{plural(budgets.length - agentsWithLimits, 'more agent')} have limits.</p>
      )}
    </Panel>
  );
}
