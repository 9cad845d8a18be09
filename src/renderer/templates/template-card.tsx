import { KeyRound, LayoutTemplate, Users } from 'lucide-react';
import type { TemplateView } from '../../shared/views/views.ts';
import { hrefOf } from '../frame/route.ts';
import { money, plural } from '../ui/format.ts';
import { estimateWords } from './estimate-words.ts';

export function TemplateCard({ template }: { template: TemplateView }) {
  const { id, title, description, needs, agents } = template;
  return (
    <li className="relative flex flex-col rounded-xl border bg-surface p-4 shadow-raised focus-within:border-accent hover:border-edge">
      <h3 className="flex items-center gap-2 font-semibold">
        <LayoutTemplate aria-hidden className="size-4 shrink-0 text-accent-text" />
        <a href={hrefOf(['templates', id])} className="after:absolute after:inset-0 after:rounded-xl">
          {title}
        </a>
      </h3>
      <p className="mt-1.5 line-clamp-4 text-[0.8125rem] text-dim">{description}</p>
      <p className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 pt-3 text-faint text-xs">
        <span className="inline-flex items-center gap-1">
          <Users aria-hidden className="size-3.5" />
          {plural(agents.length, 'agent')}
        </span>
        <Cost template={template} />
        <Needs needs={needs} brief />
      </p>
    </li>
  );
}

export function needsModel(needs: readonly string[]): boolean {
  return needs.some((need) => need.startsWith('the model'));
}

/** What it uses and may do; `brief` leaves out where exactly. */
export function Needs({ needs, brief = false }: { needs: readonly string[]; brief?: boolean }) {
  const shown = brief ? needs.map((need) => need.replace(/ \((.*?)(, may write)?\)/, '$2')) : needs;
  return (
    <>
      {!needsModel(needs) && <span className="font-medium text-ok">no model, no key</span>}
      {needs.length > 0 && (
        <span className="inline-flex min-w-0 items-start gap-1">
          <KeyRound aria-hidden className="mt-px size-3.5 shrink-0" />
          <span className="min-w-0 break-words">needs {shown.join('; ')}</span>
        </span>
      )}
    </>
  );
}

/** What it usually costs and how that is known, and the most that its limits allow. */
export function Cost({ template: { cost, estimates } }: { template: TemplateView }) {
  const { text, basis } = estimateWords(estimates);
  return (
    <>
      <span>
        {text} ({basis})
      </span>
      {cost.asksModel && <span>{ceilingWords(cost)}</span>}
    </>
  );
}

/** What it can cost at most, as far as its limits say. */
function ceilingWords({ maxUsdPerDay }: TemplateView['cost']): string {
  return maxUsdPerDay === null ? 'without a limit' : `at most ${money(maxUsdPerDay)} a day`;
}
