import { Activity, CalendarClock, ChartNoAxesColumn, CircleCheckBig, Inbox } from 'lucide-react';
import type { InboxItemView, ProcessView } from '../../shared/views/views.ts';
import { needsAttention } from '../agents/agents-filter.ts';
import { FirstRun } from '../first-run/first-run.tsx';
import { hrefs } from '../frame/route.ts';
import { InboxCard } from '../inbox/inbox-card.tsx';
import { isReport, itemKinds } from '../inbox/item-kinds.ts';
import { useActionable } from '../stores/actionable.ts';
import { useProcess, useProcesses, useRuntime } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { plural } from '../ui/format.ts';
import { Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Screen } from '../ui/screen.tsx';
import { processLook, StateIcon } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';
import { useSteady } from '../ui/use-steady.ts';
import { AwayPanel } from './away-panel.tsx';
import { LastDay } from './last-day.tsx';
import { LiveRun } from './live-run.tsx';
import { MissedLately } from './missed-lately.tsx';
import { NextFiringsPanel } from './next-firings-panel.tsx';
import { NextSteps } from './next-steps.tsx';
import { NodeFacts } from './node-facts.tsx';
import { SpentPanel } from './spent-panel.tsx';

/** So many items are answered in place; the rest is in the inbox. */
const itemsShown = 3;
const runsShown = 8;

/** Home: what needs the person, what works, what happened, what comes. */
export function NowScreen() {
  const ready = useRuntime((state) => state.ready);
  const awaySince = useWorkspace((state) => state.awaySince);
  const arrange = useWorkspace((state) => state.arrange);
  const empty = useRuntime((state) => Object.keys(state.processes).length === 0);
  if (!ready) {
    return (
      <Screen title="Now">
        <Loading rows={8} />
      </Screen>
    );
  }
  if (empty) return <FirstRun />;
  return (
    <Screen title="Now">
      <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-(--gap)">
          {awaySince > 0 && <AwayPanel since={awaySince} onClose={() => arrange({ awaySince: 0 })} />}
          <NeedsYou />
          <RunningNow />
          <Panel
            title="Last 24 hours"
            icon={ChartNoAxesColumn}
            aside={
              <a className="link text-xs" href="#/runs">
                All runs
              </a>
            }
          >
            <LastDay />
            <MissedLately />
          </Panel>
        </div>
        <div className="flex min-w-0 flex-col gap-(--gap)">
          <NextSteps />
          <Panel
            title="Next firings"
            icon={CalendarClock}
            aside={
              <a className="link text-xs" href="#/schedule">
                Schedule
              </a>
            }
          >
            <NextFiringsPanel />
          </Panel>
          <SpentPanel />
          <NodeFacts />
        </div>
      </div>
    </Screen>
  );
}

function NeedsYou() {
  const items = askedFirst(useActionable());
  const processes = useProcesses();
  const told = new Set(items.flatMap(({ kind, process }) => (kind === 'failure' ? [process] : [])));
  const troubled = processes.filter(
    (view) => needsAttention(view) && view.state !== 'awaiting' && (view.halted !== null || !told.has(view.name)),
  );
  if (items.length === 0 && troubled.length === 0) {
    return (
      <p className="flex items-center gap-2 rounded-xl bg-ok-soft px-4 py-3 font-medium text-ok">
        <CircleCheckBig aria-hidden className="size-4.5" /> Nothing needs you.
      </p>
    );
  }
  return (
    <section aria-label="Needs you" className="flex flex-col gap-2">
      <h2 className="flex items-center gap-2 font-semibold text-[0.8125rem]">
        <Inbox aria-hidden className="size-4 text-faint" /> Needs you
        {items.length > 1 && <span className="font-normal text-dim text-xs">{countsOf(items)}</span>}
      </h2>
      {items.slice(0, itemsShown).map(({ id }) => (
        <InboxCard key={id} id={id} />
      ))}
      {items.length > itemsShown && (
        <a className="link text-sm" href="#/inbox">
          {plural(items.length - itemsShown, 'more item')} in the inbox
        </a>
      )}
      {troubled.length > 0 && (
        <ul className="overflow-hidden rounded-xl border bg-surface shadow-raised">
          {troubled.slice(0, 6).map((view) => (
            <li key={view.name} className="border-line/60 not-first:border-t">
              <a href={hrefs.agent(view.name)} className="flex min-h-11 items-center gap-3 px-4 hover:bg-hover/60">
                <StateIcon of={processLook(view)} />
                <span className="shrink-0 font-medium">{view.name}</span>
                <span className="min-w-0 flex-1 truncate text-dim text-[0.8125rem]">{troubleOf(view)}</span>
                <span className="shrink-0 text-faint text-xs">
                  <Ago at={view.stateSince} />
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** "Approval 2 · Failure 1" */
function countsOf(items: readonly InboxItemView[]): string {
  const byKind = Map.groupBy(items, ({ kind }) => kind);
  return [...byKind].map(([kind, { length }]) => `${itemKinds[kind]} ${length}`).join(' · ');
}

/** Somebody waits for what is asked. */
function askedFirst(items: readonly InboxItemView[]): readonly InboxItemView[] {
  return items.toSorted((a, b) => Number(isReport(a)) - Number(isReport(b)));
}

function troubleOf({ state, stateReason, halted, consecutiveFailures, lastRun }: ProcessView): string {
  if (state === 'failed') return stateReason;
  if (halted) return `It works on nothing: ${halted.message}`;
  return `${plural(consecutiveFailures, 'failure')} in a row: ${lastRun?.error?.message ?? ''}`;
}

function RunningNow() {
  const processes = useProcesses();
  const working = processes.flatMap(({ name, lastRun }) =>
    lastRun && (lastRun.state === 'running' || lastRun.state === 'retrying') ? [name] : [],
  );
  const { shown, over } = useSteady(working);
  return (
    <Panel
      title="Running now"
      icon={Activity}
      flush
      aside={working.length > 0 && <span className="text-dim text-xs">{working.length}</span>}
    >
      {shown.length === 0 && <p className="px-4 pb-2 text-dim">Nothing at this moment.</p>}
      <div {...over}>
        {shown.slice(0, runsShown).map((name) => (
          <LastRunOf key={name} name={name} />
        ))}
      </div>
      {shown.length > runsShown && (
        <a className="block px-4 py-2 link text-sm" href={hrefs.runs({ state: 'running' })}>
          {shown.length - runsShown} more
        </a>
      )}
    </Panel>
  );
}

function LastRunOf({ name }: { name: string }) {
  const run = useProcess(name)?.lastRun;
  return run ? <LiveRun run={run} named /> : null;
}
