import { CircleCheckBig, KeyRound, Server, Zap } from 'lucide-react';
import { useState } from 'react';
import type { ModelTrial } from '../../shared/views/catalogue-views.ts';
import { hrefs } from '../frame/route.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { lasting, money, plural } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';

/** Which models agents use, which answer on this computer, which keys are set, and a way to try one. */
export function ModelSettings() {
  const read = useRead('models', ['processes'], (client) => client.listModels({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading rows={6} />;
  const { configured, servers, keys, providers } = read.value;
  return (
    <div className="flex flex-col gap-(--gap)">
      <TryModel
        suggestions={[
          ...configured.map(({ id }) => id),
          ...servers.flatMap(({ provider, models }) => models.map((model) => `${provider}:${model}`)),
        ]}
      />
      <Panel title="Agents think with" icon={Zap}>
        {configured.length === 0 && <p className="text-dim">Only scripts, so far. No model is needed.</p>}
        <ul>
          {configured.map(({ id, processes, price, problem }) => (
            <li key={id} className="border-line/60 border-t py-2 text-[0.8125rem] first:border-t-0">
              <span className="flex items-baseline justify-between gap-3">
                <code className="text-xs">{id}</code>
                <span className="text-faint text-xs">
                  {price && `${money(price.input)} in, ${money(price.output)} out per million tokens`}
                </span>
              </span>
              <span className="block text-dim text-xs">
                {processes.map((name) => (
                  <a key={name} className="link mr-2" href={hrefs.agent(name)}>
                    {name}
                  </a>
                ))}
              </span>
              {problem && <span className="block text-bad text-xs">{problem}</span>}
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title="Found on this computer" icon={Server}>
        {servers.length === 0 && (
          <p className="text-dim text-[0.8125rem]">
            No model server answers here. Ollama and LM Studio are found by themselves when they run.
          </p>
        )}
        {servers.map(({ provider, baseUrl, models }) => (
          <p key={baseUrl} className="mb-1 text-[0.8125rem]">
            <span className="font-medium">{provider}</span> <code className="text-dim text-xs">{baseUrl}</code>
            <span className="block text-dim text-xs">{models.join(', ')}</span>
          </p>
        ))}
      </Panel>
      <Panel title="Keys" icon={KeyRound}>
        {keys.length === 0 && (
          <p className="text-dim text-[0.8125rem]">
            No key is set. Set the variable of a provider where the node is started.
          </p>
        )}
        <ul className="text-[0.8125rem]">
          {keys.map(({ provider, variable }) => (
            <li key={variable} className="flex items-center gap-2">
              <CircleCheckBig aria-hidden className="size-4 text-ok" /> {provider}{' '}
              <code className="text-dim text-xs">{variable}</code>
            </li>
          ))}
        </ul>
        <details className="mt-2 text-[0.8125rem]">
          <summary className="text-dim">{plural(providers.length, 'provider')} can be used</summary>
          <ul className="mt-1 grid grid-cols-1 gap-x-6 md:grid-cols-2">
            {providers.map(({ name, local, variables }) => (
              <li key={name} className="truncate text-xs">
                {name} <span className="text-faint">{local ? 'on this computer' : variables.join(' or ')}</span>
              </li>
            ))}
          </ul>
        </details>
      </Panel>
    </div>
  );
}

function TryModel({ suggestions }: { suggestions: readonly string[] }) {
  const client = useClient();
  const [model, setModel] = useState(suggestions[0] ?? '');
  const [trial, setTrial] = useState<ModelTrial | null>(null);
  const [busy, act] = useAction();
  const run = () => act(async () => setTrial(await client.tryModel({ id: model.trim() })));
  return (
    <Panel title="Try a model">
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextField
          aria-label="Model"
          list="known-models"
          placeholder="ollama:qwen3"
          value={model}
          onChange={(event) => setModel(event.target.value)}
        />
        <datalist id="known-models">
          {[...new Set(suggestions)].map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <Button type="submit" icon={Zap} className="h-8.5" disabled={busy || model.trim() === ''}>
          {busy ? 'Asking…' : 'Try'}
        </Button>
      </form>
      {trial && (
        <p role="status" className={`mt-2 break-words text-[0.8125rem] ${trial.ok ? '' : 'text-bad'}`}>
          {trial.ok ? `“${trial.text}”` : trial.error?.message}
          <span className="block text-faint text-xs">
            {lasting(trial.ms)}, {plural(trial.inputTokens + trial.outputTokens, 'token')}
            {trial.costUsd !== null && `, ${money(trial.costUsd)}`}
          </span>
        </p>
      )}
    </Panel>
  );
}
