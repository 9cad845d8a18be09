// biome-ignore-all lint/a11y/useSemanticElements: a virtual list cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached through what stands in them
import type { ReactNode } from 'react';
import type { RunBrief } from '../../shared/views/views.ts';
import { cx } from '../ui/cx.ts';
import { roundly, spent } from '../ui/format.ts';
import { Ago, Lasted } from '../ui/time.tsx';
import { triggerText } from '../ui/who.ts';
import type { RunColumn, RunColumnId } from './runs-columns.ts';

/** There is nothing to say: for the eye alone, since a reader hears an empty cell. */
const nothing = (
  <span aria-hidden className="text-faint">
    –
  </span>
);

type NodeName = (node: string | undefined) => string;

const texts: Record<RunColumnId, (run: RunBrief, nodeName: NodeName) => ReactNode> = {
  agent: (run) => run.process,
  trigger: (run) => triggerText(run.trigger),
  version: (run) => run.version ?? nothing,
  node: (run, nodeName) => nodeName(run.node),
  steps: (run) => run.stepCount,
  modelCalls: ({ usage }) => usage.modelCalls || nothing,
  toolCalls: ({ usage }) => usage.toolCalls || nothing,
  tokens: ({ usage }) => (tokensOf(usage) > 0 ? roundly(tokensOf(usage)) : nothing),
  cost: ({ usage }) => (usage.modelCalls > 0 || usage.costUsd > 0 ? spent(usage.costUsd) : nothing),
  took: (run) => <Lasted from={run.startedAt} to={run.endedAt} />,
  began: (run) => <Ago at={run.startedAt} />,
  ended: (run) => (run.endedAt === null ? nothing : <Ago at={run.endedAt} />),
};

const tokensOf = ({ inputTokens, outputTokens }: RunBrief['usage']) => inputTokens + outputTokens;

/** What a column says about a run. */
export function RunCell({ run, column, nodeName }: { run: RunBrief; column: RunColumn; nodeName: NodeName }) {
  const { id, right } = column;
  return (
    <span
      role="cell"
      className={cx('truncate', right && 'text-right tabular-nums', id === 'agent' ? 'font-medium' : 'text-dim')}
    >
      {texts[id](run, nodeName)}
    </span>
  );
}
