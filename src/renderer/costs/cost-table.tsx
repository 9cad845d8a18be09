import type { ReactNode } from 'react';
import type { CostSum } from '../../shared/views/cost-views.ts';
import { cx } from '../ui/cx.ts';
import { lasting, roundly, spent } from '../ui/format.ts';
import type { Measure } from './measures.ts';

export interface CostLine extends CostSum {
  key: string;
  name: ReactNode;
  /** Instead of an amount of money, where that would say something wrong. */
  instead?: string | undefined;
}

interface CostTableProps {
  label: string;
  lines: readonly CostLine[];
  measure: Measure;
  /** In a narrow column, without what stands elsewhere. */
  tight?: boolean;
}

/** The columns of numbers. */
const amounts: readonly { title: string; className?: string; of: (line: CostLine) => ReactNode }[] = [
  {
    title: 'Money',
    of: ({ instead, costUsd }) => (instead ? <span className="text-dim">{instead}</span> : spent(costUsd)),
  },
  { title: 'Tokens', of: ({ inputTokens, outputTokens }) => roundly(inputTokens + outputTokens) },
  { title: 'Time', className: 'text-dim narrow:hidden', of: ({ lastedMs }) => lasting(lastedMs) },
  { title: 'Runs', className: 'text-dim', of: ({ runs }) => roundly(runs) },
];

/** Who or what used how much, with its share of the whole. */
export function CostTable({ label, lines, measure, tight = false }: CostTableProps) {
  const whole = lines.reduce((sum, line) => sum + measure.of(line), 0);
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
      tabIndex={0}
      aria-label={`Costs by ${label.toLowerCase()}`}
      className="overflow-x-auto outline-offset-[-2px]"
    >
      <table aria-label={label} className="w-full text-[0.8125rem]">
        <thead>
          <tr className="border-b text-dim text-xs [&>th]:px-2 [&>th]:py-1.5 [&>th]:font-medium [&>th]:first:pl-4 [&>th]:last:pr-4">
            <th scope="col" className="text-left">
              {label}
            </th>
            {!tight && (
              <th scope="col" className="w-32 text-left narrow:hidden">
                Share
              </th>
            )}
            {amounts.map(({ title, className }) => (
              <th key={title} scope="col" className={cx('text-right', className)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr
              key={line.key}
              className="border-line/60 not-last:border-b [&>td]:px-2 [&>td]:py-1.5 [&>td]:first:pl-4 [&>td]:last:pr-4"
            >
              <td className="max-w-44 truncate">{line.name}</td>
              {!tight && (
                <td className="narrow:hidden">
                  <Share part={whole > 0 ? measure.of(line) / whole : 0} />
                </td>
              )}
              {amounts.map(({ title, className, of }) => (
                <td key={title} className={cx('text-right tabular-nums', className)}>
                  {of(line)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Share({ part }: { part: number }) {
  const text = `${Math.round(part * 100)} %`;
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken">
        <span className="block h-full bg-accent/70" style={{ width: `${part * 100}%` }} />
      </span>
      <span className="w-11 shrink-0 whitespace-nowrap text-right text-dim text-xs tabular-nums">{text}</span>
    </span>
  );
}
