import { Plus, Settings2, Trash2, Zap } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { TriggerView } from '../../shared/views/views.ts';
import { RunNow } from '../agents/run-now.tsx';
import { triggerIcon, triggerNames } from '../agents/trigger-icon.tsx';
import { hrefOf } from '../frame/route.ts';
import { useClient, useProcess } from '../stores/use-runtime.ts';
import { Button, IconButton, LinkButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Switch } from '../ui/fields.tsx';
import { Empty } from '../ui/notes.tsx';
import { Ago, Until } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { NextFirings } from './next-firings.tsx';
import { TriggerEvents } from './trigger-events.tsx';

const AddTrigger = lazy(() => import('../design/add-trigger.tsx').then(({ AddTrigger }) => ({ default: AddTrigger })));

/** What wakes the agent, and what its triggers have brought. */
export function TriggersTab({ name }: { name: string }) {
  const triggers = useProcess(name)?.triggers ?? [];
  const [adding, setAdding] = useState(false);
  return (
    <div className="flex flex-col gap-(--gap)">
      <div className="flex items-center justify-between">
        <h2 className="font-semibold text-[0.8125rem]">What wakes it</h2>
        <Button icon={Plus} asks="addTrigger" onClick={() => setAdding(true)}>
          Add a trigger
        </Button>
      </div>
      {triggers.length === 0 && (
        <div className="rounded-xl border border-dashed">
          <Empty icon={Zap} title="Nothing wakes it by itself">
            <p>It runs when you run it. A trigger wakes it by a schedule, a request, a file, an event or a message.</p>
          </Empty>
        </div>
      )}
      <ul className="grid grid-cols-1 gap-3 lg:grid-cols-2">
        {triggers.map((trigger) => (
          <TriggerCard key={trigger.id} name={name} trigger={trigger} />
        ))}
      </ul>
      <TriggerEvents name={name} />
      {adding && (
        <Suspense>
          <AddTrigger name={name} onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </div>
  );
}

function TriggerCard({ name, trigger }: { name: string; trigger: TriggerView }) {
  const client = useClient();
  const [testing, setTesting] = useState(false);
  const { id, type, enabled, summary, nextFiring, lastFired } = trigger;
  const Icon = triggerIcon(type);
  const toggle = (on: boolean) =>
    void act(() => client.updateTrigger({ name, id, changes: { enabled: on } }), {
      done: `“${id}” is ${on ? 'on' : 'off'}.`,
    });
  const remove = () =>
    void act(() => client.removeTrigger({ name, id }), {
      done: `“${id}” was removed.`,
      undo: () => client.addTrigger({ name, trigger: { id, ...trigger.config } }),
    });
  return (
    <li
      className={cx(
        'flex flex-col gap-2 rounded-xl border bg-surface p-3.5 shadow-raised',
        !enabled && 'border-dashed',
      )}
    >
      <div className="flex items-start gap-2.5">
        <span
          className={cx(
            'flex size-8 shrink-0 items-center justify-center rounded-lg bg-accent-soft text-accent-text',
            !enabled && 'bg-sunken text-faint',
          )}
        >
          <Icon aria-hidden className="size-4.5" />
        </span>
        <div className="min-w-0 flex-1">
          <p className="font-medium leading-5">{summary}</p>
          <p className="text-faint text-xs">
            {triggerNames[type] ?? type} · {id}
          </p>
        </div>
        <Switch checked={enabled} asks="updateTrigger" onChange={toggle} label={`${id} enabled`} />
      </div>
      <p className="text-[0.8125rem] text-dim">
        {lastFired === null ? (
          'has not fired yet'
        ) : (
          <>
            last fired <Ago at={lastFired} />
          </>
        )}
        {nextFiring !== null && enabled && (
          <>
            , next in <Until at={nextFiring} className="tabular-nums" />
          </>
        )}
      </p>
      {type === 'cron' && enabled && <NextFirings name={name} id={id} />}
      <div className="flex items-center gap-1 border-t pt-2">
        <Button icon={Zap} look="ghost" asks="wakeProcess" onClick={() => setTesting(true)}>
          Test with…
        </Button>
        <LinkButton
          icon={Settings2}
          look="ghost"
          href={hrefOf(['agents', name, 'design'], { select: `trigger:${id}` })}
        >
          Settings
        </LinkButton>
        <span className="flex-1" />
        <IconButton icon={Trash2} danger asks="removeTrigger" label={`Remove ${id}`} onClick={remove} />
      </div>
      {testing && <RunNow name={name} trigger={id} onClose={() => setTesting(false)} />}
    </li>
  );
}
