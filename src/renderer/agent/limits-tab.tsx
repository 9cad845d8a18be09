import { Gauge, HeartPulse, ShieldCheck, SlidersHorizontal, Target } from 'lucide-react';
import { useState } from 'react';
import { hrefOf } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { DetailList } from '../ui/detail-list.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago, At, Until } from '../ui/time.tsx';
import { act } from '../ui/use-action.ts';
import { whoText } from '../ui/who.ts';
import { AgentBudgetDialog } from './agent-budget-dialog.tsx';
import { BudgetPanel } from './budget-panel.tsx';
import { SecretsPanel } from './secrets-panel.tsx';

/** What holds the agent in: budget, mission, health, approvals and secrets. None of it can be widened by the agent. */
export function LimitsTab({ name }: { name: string }) {
  const [changing, setChanging] = useState(false);
  return (
    <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-2">
      {changing && <AgentBudgetDialog name={name} onClose={() => setChanging(false)} />}
      <Panel
        title="Budget"
        icon={Gauge}
        aside={
          <>
            <Button icon={SlidersHorizontal} asks="updateProcess" onClick={() => setChanging(true)}>
              Set limits…
            </Button>
            <Change name={name} />
          </>
        }
      >
        <BudgetPanel name={name} />
      </Panel>
      <div className="flex min-w-0 flex-col gap-(--gap)">
        <Panel title="Mission" icon={Target} aside={<Change name={name} />}>
          <MissionPart name={name} />
        </Panel>
        <Panel title="Health" icon={HeartPulse} aside={<Change name={name} />}>
          <HealthPart name={name} />
        </Panel>
        <Panel title="Need not ask again for" icon={ShieldCheck}>
          <Grants name={name} />
        </Panel>
      </div>
      <SecretsPanel name={name} />
    </div>
  );
}

function Change({ name }: { name: string }) {
  return (
    <LinkButton look="ghost" href={hrefOf(['agents', name, 'design'], { select: 'agent' })}>
      Change
    </LinkButton>
  );
}

function MissionPart({ name }: { name: string }) {
  const read = useRead(`mission:${name}`, [`process:${name}`, `runs:${name}`], (client) => client.getMission({ name }));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={2} />;
  const { state, reason, config, startedAt, endsAt, endedAt, invocations, evaluations } = read.value;
  if (state === 'none')
    return <p className="text-dim text-[0.8125rem]">It has no mission: it runs for as long as it is woken.</p>;
  return (
    <>
      <p className="mb-2 font-medium">{String(config['objective'] ?? '')}</p>
      <DetailList
        rows={[
          ['State', `${state}${reason ? `: ${reason}` : ''}`],
          ['Since', startedAt !== null && <Ago key="since" at={startedAt} />],
          ['Time left', endsAt !== null && endedAt === null && <Until key="left" at={endsAt} />],
          ['Runs', invocations],
        ]}
      />
      <ul className="mt-2 flex flex-col gap-1.5">
        {evaluations
          .toReversed()
          .slice(0, 5)
          .map(({ at, achieved, confidence, reasoning, progress }) => (
            <li key={at} className="rounded-lg bg-sunken px-2.5 py-1.5 text-xs">
              <span className={achieved ? 'font-medium text-ok' : 'font-medium'}>
                {achieved ? 'Achieved' : progress || 'Not yet'}
              </span>
              <span className="text-dim">
                , sure by {Math.round(confidence * 100)} %, <Ago at={at} />
              </span>
              <span className="block text-dim">{reasoning}</span>
            </li>
          ))}
      </ul>
    </>
  );
}

function HealthPart({ name }: { name: string }) {
  const read = useRead(`health:${name}`, [`process:${name}`, `runs:${name}`], (client) => client.getHealth({ name }));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={2} />;
  const { enabled, anomalies } = read.value;
  if (!enabled) return <p className="text-dim text-[0.8125rem]">Nobody watches its behaviour.</p>;
  if (anomalies.length === 0)
    return (
      <p className="text-ok text-[0.8125rem]">
        Nothing odd was noticed: no circles, no empty answers, no run of errors.
      </p>
    );
  return (
    <ul className="flex flex-col gap-1 text-[0.8125rem]">
      {anomalies.map(({ kind, at, over }) => (
        <li key={`${kind}${at}`} className="flex justify-between gap-3">
          <span className={over ? 'text-dim' : 'font-medium text-bad'}>
            {kind.replaceAll('_', ' ')}
            {over && ' (over)'}
          </span>
          <span className="text-faint">
            <At at={at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Grants({ name }: { name: string }) {
  const client = useClient();
  const read = useRead(`grants:${name}`, [`process:${name}`, 'inbox'], (from) => from.listApprovals({ name }));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  const grants = read.value?.items ?? [];
  if (grants.length === 0) return <p className="text-dim text-[0.8125rem]">Nothing was always allowed.</p>;
  return (
    <ul className="flex flex-col gap-1 text-[0.8125rem]">
      {grants.map(({ tool, call, by, at }) => (
        <li key={`${tool}${call}`} className="flex items-center gap-3">
          <span className="min-w-0 flex-1 truncate">
            <code className="text-xs">{tool}</code> {call === null ? 'always' : 'with the same arguments'}
            <span className="text-faint">
              , by {whoText(by)}, <Ago at={at} />
            </span>
          </span>
          <Button
            look="danger"
            asks="revokeApproval"
            onClick={() =>
              void act(() => client.revokeApproval({ name, tool, call }), { done: 'It asks again.' }).then(read.reload)
            }
          >
            Ask again
          </Button>
        </li>
      ))}
    </ul>
  );
}
