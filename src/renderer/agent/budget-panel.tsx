import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { BudgetLimit } from '../../shared/config/governance-config.ts';
import type { LimitView } from '../../shared/views/governance-views.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { TextField } from '../ui/fields.tsx';
import { numberText } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Until } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';

/** What may be used and what was, today and in the runs that go on. */
export function BudgetPanel({ name }: { name: string }) {
  const read = useRead(`budget:${name}`, [`process:${name}`, `runs:${name}`], (client) => client.getBudget({ name }));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  const { enabled, limits, runs, day } = read.value;
  const ofDay = limits.filter(({ scope }) => scope !== 'run');
  const perRun = limits.filter(({ scope }) => scope === 'run');
  if (!enabled || (limits.length === 0 && runs.length === 0)) {
    return (
      <p className="text-dim text-[0.8125rem]">No limit is set besides those every run has (turns, steps, time).</p>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {ofDay.length > 0 && (
        <section aria-label="Today">
          <h3 className="mb-1.5 text-dim text-xs">
            Today
            {day.until !== null && (
              <>
                , a new day in <Until at={day.until} className="tabular-nums" />
              </>
            )}
          </h3>
          {ofDay.map((limit) => (
            <Meter key={`${limit.scope}${limit.limit}`} name={name} limit={limit} onChange={read.reload} />
          ))}
        </section>
      )}
      {perRun.length > 0 && runs.length === 0 && (
        <section aria-label="Per run">
          <h3 className="mb-1.5 text-dim text-xs">Each run</h3>
          {perRun.map(({ limit, cap, unit }) => (
            <p key={limit} className="flex justify-between text-[0.8125rem]">
              <span>{limitText(limit)}</span>
              <span className="tabular-nums">
                {numberText(cap)} {unit}
              </span>
            </p>
          ))}
        </section>
      )}
      {runs.map(({ run, limits: ofRun }) => (
        <section key={run} aria-label="A run">
          <h3 className="mb-1.5 text-dim text-xs">The run {run.slice(-6)}</h3>
          {ofRun.map((limit) => (
            <Meter key={limit.limit} name={name} limit={limit} run={run} onChange={read.reload} />
          ))}
        </section>
      ))}
    </div>
  );
}

interface MeterProps {
  name: string;
  limit: LimitView;
  run?: string;
  onChange: () => void;
}

/** One limit: how much of it is used, and a way to add to it. */
export function Meter({ name, limit, run, onChange }: MeterProps) {
  const { cap, used, left, unit } = limit;
  const part = cap > 0 ? Math.min(1, used / cap) : 1;
  const [adding, setAdding] = useState(false);
  const close = () => {
    setAdding(false);
    onChange();
  };
  const amount = (value: number) => numberText(value, 4);
  return (
    <div className="mb-2.5">
      <p className="mb-1 flex items-baseline justify-between gap-2 text-[0.8125rem]">
        <span className="min-w-0 truncate">
          {limitText(limit.limit)}
          {limit.scope === 'node' && <span className="text-faint"> of the whole node</span>}
        </span>
        <span className="shrink-0 text-dim tabular-nums">
          {amount(used)} of {amount(cap)} {unit}
        </span>
      </p>
      <div className="flex items-center gap-2">
        <meter className="sr-only" min={0} max={cap} value={Math.min(used, cap)} aria-label={limitText(limit.limit)} />
        <span aria-hidden className="h-2 flex-1 overflow-hidden rounded-full bg-sunken">
          <span
            className={cx('block h-full', part >= 1 ? 'bg-bad' : part > 0.8 ? 'bg-warn' : 'bg-ok')}
            style={{ width: `${part * 100}%` }}
          />
        </span>
        <Button
          icon={Plus}
          look="ghost"
          asks={topUpOf(limit)}
          aria-expanded={adding}
          onClick={() => setAdding(!adding)}
        >
          Top up
        </Button>
      </div>
      {left <= 0 && <p className="text-bad text-xs">Used up.</p>}
      {adding && <TopUp name={name} limit={limit} run={run} onDone={close} />}
    </div>
  );
}

const topUpOf = ({ scope }: LimitView) => (scope === 'node' ? 'topUpNodeBudget' : 'topUpBudget');

function TopUp({
  name,
  limit,
  run,
  onDone,
}: {
  name: string;
  limit: LimitView;
  run: string | undefined;
  onDone: () => void;
}) {
  const client = useClient();
  const [amount, setAmount] = useState(String(limit.cap));
  const add = async () => {
    const asked = { limit: limit.limit as BudgetLimit, amount: Number(amount) };
    const add = () =>
      limit.scope === 'node'
        ? client.topUpNodeBudget(asked)
        : client.topUpBudget({ name, ...asked, ...(run ? { run } : {}) });
    if (await act(add, { done: 'Topped up: what waited for it goes on.' })) onDone();
  };
  return (
    <form
      className="mt-1.5 flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <TextField
        type="number"
        min={0}
        step="any"
        aria-label={`More ${limit.unit}`}
        value={amount}
        onChange={(event) => setAmount(event.target.value)}
        className="h-8 w-32"
      />
      <span className="text-dim text-xs">
        {limit.unit} more, {run ? 'for this run' : 'for today'}
      </span>
      <Button type="submit" look="solid" asks={topUpOf(limit)} disabled={!(Number(amount) > 0)}>
        Add
      </Button>
    </form>
  );
}

/** `maxToolCallsPerDay` → "Tool calls". */
const ownWords: Record<string, string> = { maxUsd: 'Money', maxLlmTurns: 'Model turns', maxCost: 'Cost units' };

function limitText(limit: string): string {
  const known = ownWords[limit.replace(/Per(?:Day|Run)$/, '')];
  if (known) return known;
  const words = limit
    .replace(/^max/, '')
    .replace(/Per(?:Day|Run)$/, '')
    .replace(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
