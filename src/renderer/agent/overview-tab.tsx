import { Activity, BookText, Info, ListTree } from 'lucide-react';
import { AgentFacts } from '../agents/agent-facts.tsx';
import { OutcomeStrip } from '../agents/outcome-strip.tsx';
import { hrefs } from '../frame/route.ts';
import { InboxCard } from '../inbox/inbox-card.tsx';
import { LiveRun } from '../now/live-run.tsx';
import { RunLines } from '../runs/run-lines.tsx';
import { useProcess, useRead, useRuntimeShallow } from '../stores/use-runtime.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { AgentTrouble } from './agent-trouble.tsx';
import { ContextPeek } from './context-peek.tsx';
import { PlacementPanel } from './placement-panel.tsx';

export function AgentOverview({ name }: { name: string }) {
  const view = useProcess(name);
  const items = useRuntimeShallow((state) => state.inbox.filter((item) => item.process === name));
  if (!view) return null;
  const current = view.lastRun?.state === 'running' || view.lastRun?.state === 'retrying' ? view.lastRun : null;
  return (
    <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-(--gap)">
        {items.map((item) => (
          <InboxCard key={item.id} id={item.id} />
        ))}
        <AgentTrouble view={view} isAskedAbout={items.some(({ choices }) => choices.includes('start'))} />
        {current && (
          <Panel title="Running now" icon={Activity} flush>
            <LiveRun run={current} />
          </Panel>
        )}
        <RecentRuns name={name} />
      </div>
      <div className="flex min-w-0 flex-col gap-(--gap)">
        <Panel title="About it" icon={Info}>
          <AgentFacts view={view} />
        </Panel>
        <PlacementPanel name={name} />
        <ContextPeek name={name} />
        <Instructions name={name} version={view.version} />
      </div>
    </div>
  );
}

function RecentRuns({ name }: { name: string }) {
  const runs = useRead(`runs-of:${name}`, [`runs:${name}`], (client) => client.listRuns({ process: name, limit: 30 }));
  return (
    <Panel
      title="Last runs"
      icon={ListTree}
      aside={
        <a className="link text-xs" href={hrefs.agent(name, 'runs')}>
          All runs
        </a>
      }
    >
      {runs.error && <ErrorNote error={runs.error} retry={runs.reload} />}
      {!runs.value && !runs.error && <Loading />}
      {runs.value && (
        <>
          <OutcomeStrip runs={runs.value.items} />
          <RunLines runs={runs.value.items.slice(0, 12)} />
        </>
      )}
    </Panel>
  );
}

function Instructions({ name, version }: { name: string; version: number }) {
  const detail = useRead(`process:${name}:${version}`, [], (client) => client.getProcess({ name }));
  const text = detail.value?.instructions ?? '';
  if (!text) return null;
  return (
    <Panel
      title="Instructions"
      icon={BookText}
      aside={
        <a className="link text-xs" href={hrefs.agent(name, 'design')}>
          Design
        </a>
      }
    >
      <p className="max-h-72 overflow-y-auto whitespace-pre-wrap text-[0.8125rem] text-dim">{text}</p>
    </Panel>
  );
}
