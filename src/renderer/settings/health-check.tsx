import { CircleAlert, CircleCheckBig, Hammer, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { numberText } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

/** Where what was found is dealt with, by the name of the check. */
const places: Record<string, string> = {
  processes: '#/agents?state=attention',
  events: '#/runs?state=failed',
  journal: '#/settings/node',
  disk: '#/settings/node',
  models: '#/settings/models',
  'tool servers': '#/tools',
};

/** What the node finds when it looks at itself, with what to do about each finding. */
export function HealthCheck() {
  const report = useRead('doctor', [], (client) => client.doctor({}));
  return (
    <div className="flex flex-col gap-(--gap)">
      <Panel
        title="Health check"
        aside={
          <Button icon={RefreshCw} onClick={report.reload}>
            Check again
          </Button>
        }
      >
        {report.error && <ErrorNote error={report.error} retry={report.reload} />}
        {!report.value && !report.error && <Loading />}
        <ul>
          {report.value?.checks.map(({ name, ok, detail, fix }) => (
            <li key={name} className="flex items-start gap-3 border-line/70 border-b py-2.5 last:border-b-0">
              {ok ? (
                <CircleCheckBig aria-label="fine" className="mt-0.5 size-4.5 text-ok" />
              ) : (
                <CircleAlert aria-label="not fine" className="mt-0.5 size-4.5 text-bad" />
              )}
              <div className="min-w-0 flex-1">
                <p className="font-medium first-letter:uppercase">{name}</p>
                <p className="break-words text-[0.8125rem] text-dim">{detail}</p>
                {fix && <p className="mt-1 break-words rounded bg-warn-soft px-2 py-1 text-[0.8125rem]">{fix}</p>}
                {!ok && places[name.toLowerCase()] && (
                  <LinkButton className="mt-2" href={places[name.toLowerCase()]}>
                    Go there
                  </LinkButton>
                )}
              </div>
            </li>
          ))}
        </ul>
      </Panel>
      <Rebuild />
    </div>
  );
}

function Rebuild() {
  const client = useClient();
  const [busy, act] = useAction();
  const [result, setResult] = useState<{ equal: boolean; differences: string[]; entries: number } | null>(null);
  const rebuild = () => act(async () => setResult(await client.rebuildReadModels({})));
  return (
    <Panel title="Tables of the screens">
      <div className="flex flex-wrap items-center gap-4">
        <p className="min-w-56 flex-1 text-[0.8125rem] text-dim">
          Lists are read from tables that are made from the journal. Making them again from it shows whether they agree.
        </p>
        <Button icon={Hammer} disabled={busy} onClick={() => void rebuild()}>
          Make them again
        </Button>
      </div>
      {result && (
        <p role="status" className={`mt-3 text-[0.8125rem] ${result.equal ? 'text-ok' : 'text-bad'}`}>
          {result.equal
            ? `Equal, from ${numberText(result.entries)} entries.`
            : `They differed: ${result.differences.slice(0, 5).join('; ')}`}
        </p>
      )}
    </Panel>
  );
}
