import { FlaskConical, Play, Plug } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { ToolTrial, ToolView } from '../../shared/views/catalogue-views.ts';
import { fieldsOfTool } from '../forms/form-field.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { hrefOf, hrefs, navigate } from '../frame/route.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { RunLines } from '../runs/run-lines.tsx';
import { useClient, useProcess, useProcesses, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox, Choice } from '../ui/fields.tsx';
import { JsonView } from '../ui/json-view.tsx';
import { KeysOf } from '../ui/keys.tsx';
import { Empty, ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

const reaches: Record<ToolView['reach'], string> = {
  readOnly: 'only reads',
  local: 'changes only the agent itself',
  idempotent: 'may change something outside; twice is as good as once',
  other: 'may change something outside, each time',
};

/** Calls a tool of an agent by hand: as a run, so that limits, approvals and hooks hold and all of it is noted. */
export function TryTool({ process, tool }: { process: string; tool: string }) {
  const processes = useProcesses();
  const name = processes.some((view) => view.name === process) ? process : (processes[0]?.name ?? '');
  const choose = (changes: { process?: string; tool?: string }) =>
    navigate(hrefOf(['tools', 'try'], { process: name, tool, ...changes }), 'replace');
  if (processes.length === 0) return <Empty icon={FlaskConical} title="There is no agent yet." />;
  return (
    <div className="flex max-w-4xl flex-col gap-4">
      <Chosen key={name} name={name} tool={tool} onChoose={choose} />
    </div>
  );
}

interface ChosenProps {
  name: string;
  tool: string;
  onChoose: (changes: { process?: string; tool?: string }) => void;
}

function Chosen({ name, tool, onChoose }: ChosenProps) {
  const client = useClient();
  const processes = useProcesses();
  const [busy, act] = useAction();
  const [agentField, toolField] = [useId(), useId()];
  const tools = useRead(`tools:${name}`, [`process:${name}`], (from) => from.listTools({ name }));
  const found = tools.value?.items.find((one) => one.name === tool);
  const ask = async () => {
    if (await act(() => client.askToolServers({ name }))) tools.reload();
  };
  return (
    <>
      <div className="flex flex-wrap items-end gap-3">
        <label htmlFor={agentField} className="flex flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Agent</span>
          <Choice
            id={agentField}
            value={name}
            onChange={(event) => onChoose({ process: event.target.value, tool: '' })}
            className="w-auto min-w-44"
          >
            {processes.map((view) => (
              <option key={view.name}>{view.name}</option>
            ))}
          </Choice>
        </label>
        <label htmlFor={toolField} className="flex flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Tool</span>
          <Choice
            id={toolField}
            value={found ? tool : ''}
            onChange={(event) => onChoose({ tool: event.target.value })}
            className="w-auto min-w-56"
          >
            <option value="">Choose one</option>
            {tools.value?.items.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </Choice>
        </label>
        <Button size="md" icon={Plug} disabled={busy} onClick={() => void ask()}>
          Ask its servers
        </Button>
      </div>
      {tools.error && <ErrorNote error={tools.error} retry={tools.reload} />}
      {!tools.value && !tools.error && <Loading rows={3} />}
      {tool !== '' && tools.value && !found && (
        <Warning>“{tool}” is not known yet: its server may have to be asked first.</Warning>
      )}
      {found && <Trial key={found.name} process={name} tool={found} />}
      <EarlierTrials process={name} />
    </>
  );
}

function Trial({ process, tool }: { process: string; tool: ToolView }) {
  const client = useClient();
  const state = useProcess(process)?.state;
  const fields = useMemo(() => fieldsOfTool(tool.parameters), [tool.parameters]);
  const [args, setArgs] = useState<JsonObject>({});
  const [sure, setSure] = useState(false);
  const [outcome, setOutcome] = useState<ToolTrial>();
  const [busy, act] = useAction();
  const changes = tool.reach === 'other' || tool.reach === 'idempotent';
  const works = state === 'running' || state === 'awaiting';
  const ready = works && (sure || !changes) && !busy;
  const call = async () => {
    setOutcome(undefined);
    await act(async () => {
      setOutcome(await client.tryTool({ name: process, tool: tool.name, args, confirm: changes && sure }));
    });
    setSure(false);
  };
  useShortcuts({ apply: () => (ready ? void call() : false) });
  return (
    <>
      <Panel title={tool.name} aside={<span className="text-dim text-xs">{reaches[tool.reach]}</span>}>
        {tool.description && <p className="mb-3 whitespace-pre-wrap text-[0.8125rem] text-dim">{tool.description}</p>}
        {fields.length === 0 && <p className="text-[0.8125rem] text-dim">It takes no arguments.</p>}
        <SchemaForm
          fields={fields}
          value={args}
          at=""
          problems={[]}
          onChange={([key], value) => setArgs((before) => changed(before, String(key), value))}
        />
        {!works && <Warning className="mt-3">“{process}” does not work now. Start or resume it first.</Warning>}
        <div className="mt-4 flex flex-wrap items-center justify-end gap-3">
          {changes && (
            <div className="flex flex-1 items-center gap-2 text-[0.8125rem]">
              <Checkbox checked={sure} onChange={setSure} label="I want this to happen" />
              <span>
                <span aria-hidden>I want this to happen: it </span>
                {reaches[tool.reach]}.
              </span>
            </div>
          )}
          <KeysOf id="apply" />
          <Button size="md" look="solid" icon={Play} disabled={!ready} onClick={() => void call()}>
            Call it
          </Button>
        </div>
      </Panel>
      {outcome && <Outcome process={process} outcome={outcome} />}
    </>
  );
}

function changed(before: JsonObject, key: string, value: Json | undefined): JsonObject {
  const { [key]: _was, ...rest } = before;
  return value === undefined ? rest : { ...rest, [key]: value };
}

function Outcome({ process, outcome: { state, result, error, runId } }: { process: string; outcome: ToolTrial }) {
  return (
    <section aria-label="What came of it" aria-live="polite" className="flex flex-col gap-2">
      {state === 'waiting' && (
        <Warning>
          It waits: for its turn, or for you in the{' '}
          <a className="link" href="#/inbox">
            inbox
          </a>
          .
        </Warning>
      )}
      {state === 'failed' && error && (
        <p role="alert" className="rounded-lg bg-bad-soft px-3 py-2 text-[0.8125rem] text-bad">
          {error.message} <code className="text-xs">{error.code}</code>
        </p>
      )}
      {state === 'ok' &&
        (isJsonObject(result) || Array.isArray(result) ? (
          <JsonView value={result} label="the result" />
        ) : (
          <pre className="max-h-96 overflow-auto whitespace-pre-wrap break-words rounded-lg bg-sunken px-3 py-2 text-xs">
            {String(result)}
          </pre>
        ))}
      {runId && (
        <a className="link text-[0.8125rem]" href={hrefs.run(process, runId)}>
          Its run, step by step
        </a>
      )}
    </section>
  );
}

/** Who tried what is in the journal for good; the newest stand here. */
function EarlierTrials({ process }: { process: string }) {
  const runs = useRead(`trials:${process}`, [`runs:${process}`], (client) =>
    client.listRuns({ process, trigger: 'try-tool', limit: 10 }),
  );
  if (!runs.value || runs.value.items.length === 0) return null;
  return (
    <Panel title="Tried by hand before">
      <RunLines runs={runs.value.items} />
    </Panel>
  );
}
