import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { RuntimeError } from '../../shared/errors.ts';
import { installLink, type OfferedServer } from '../../shared/install-link.ts';
import type { JsonObject } from '../../shared/json.ts';
import { editText, placeOf, readText, valueAt } from '../design/manifest-text.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient, useProcessNames, useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox, Choice, TextField } from '../ui/fields.tsx';
import { ErrorNote, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';
import { useSettled } from '../ui/use-settled.ts';

type Draft = OfferedServer['server'] & { name: string };

/** What a link offers as a form that is not saved: exactly what would run, and for which agent. */
export function OfferedForm({ offer }: { offer: OfferedServer }) {
  const client = useClient();
  const agents = useProcessNames();
  const [draft, setDraft] = useState<Draft>({ name: offer.name, ...offer.server });
  const [agent, setAgent] = useState('');
  const [trusted, setTrusted] = useState(false);
  const [busy, act] = useAction();
  const ids = { name: useId(), agent: useId(), url: useId(), command: useId() };
  const link = useSettled(installLink(draft.name, withoutValues(draft)));
  const read = useRead(`offer:${link}`, [], (from) => from.readInstallLink({ link }));
  const { shown, warnings, problem } = read.value ?? offer;
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const add = async () => {
    const done = await act(
      async () => {
        const { manifest: before, version } = await client.getProcess({ name: agent });
        const text = before ?? '';
        const parsed = readText(text);
        const place = placeOf(parsed.ok ? parsed.value : {}, 'servers');
        if (valueAt(parsed.ok ? parsed.value : {}, [...place, draft.name]) !== undefined)
          throw new RuntimeError(
            'NAME_TAKEN',
            `${agent} has a server “${draft.name}” already; give this one another name.`,
          );
        const manifest = editText(text, [{ path: [...place, draft.name], value: settingsOf(draft) }]);
        await client.updateProcess({
          name: agent,
          manifest,
          version,
          reason: `server ${draft.name} was added by a link`,
        });
      },
      { done: `“${draft.name}” was added to ${agent}.` },
    );
    if (done) navigate(hrefs.agent(agent, 'design'));
  };
  return (
    <Panel title={`Add the server “${draft.name}”`}>
      <p className="mb-1 font-medium text-[0.8125rem]">
        {draft.url === undefined ? 'This would be run' : 'This would be called'}
      </p>
      <section aria-label="What would run">
        <pre className="whitespace-pre-wrap break-all rounded-lg bg-sunken px-3 py-2 text-xs">{shown}</pre>
      </section>
      <ul aria-label="What to know" className="my-3 flex flex-col gap-2">
        {warnings.map((warning) => (
          <li key={warning}>
            <Warning>{warning}</Warning>
          </li>
        ))}
      </ul>
      <div className="grid grid-cols-1 gap-3 md:grid-cols-2">
        <Field id={ids.name} text="Name" value={draft.name} onChange={(name) => set({ name })} />
        {draft.url !== undefined && (
          <Field id={ids.url} text="Address" value={draft.url} onChange={(url) => set({ url })} />
        )}
        {draft.command !== undefined && (
          <Field id={ids.command} text="Program" value={draft.command} onChange={(command) => set({ command })} />
        )}
      </div>
      {draft.args.length > 0 && (
        <Rows
          title="Arguments"
          names={draft.args.map((_, index) => `Argument ${index + 1}`)}
          values={draft.args}
          onChange={(index, value) => set({ args: draft.args.with(index, value) })}
        />
      )}
      <Named title="Environment" values={draft.env} onChange={(env) => set({ env })} />
      <Named title="Headers" values={draft.headers} onChange={(headers) => set({ headers })} />
      <label htmlFor={ids.agent} className="mt-4 mb-1 block font-medium text-[0.8125rem]">
        For which agent
      </label>
      <Choice
        id={ids.agent}
        value={agent}
        onChange={(event) => setAgent(event.target.value)}
        className="w-64 max-w-full"
      >
        <option value="">Choose an agent</option>
        {agents.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <p className="mt-1 text-dim text-xs">
        It may call all tools of the server, within its limits and approvals. After a crash you are asked about each
        call that may have happened.
      </p>
      {read.error && <ErrorNote error={read.error} className="mt-3" />}
      {problem && <ErrorNote error={problem} className="mt-3" />}
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the box in it is a button of that role */}
      <label className="mt-4 flex items-center gap-2 text-[0.8125rem]">
        <Checkbox checked={trusted} onChange={setTrusted} label="I know where this comes from and want it to run" />I
        know where this comes from and want it to run.
      </label>
      <div className="mt-3 flex flex-wrap justify-end gap-2">
        <Button size="md" onClick={() => navigate('#/tools')}>
          Do not add it
        </Button>
        <Button
          size="md"
          look="solid"
          icon={Plus}
          disabled={busy || !trusted || agent === '' || problem !== null || read.error !== undefined}
          onClick={() => void add()}
        >
          {agent === '' ? 'Add' : `Add to ${agent}`}
        </Button>
      </div>
    </Panel>
  );
}

interface FieldProps {
  id: string;
  text: string;
  value: string;
  onChange: (value: string) => void;
}

function Field({ id, text, value, onChange }: FieldProps) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block font-medium text-[0.8125rem]">
        {text}
      </label>
      <TextField
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="font-mono text-xs"
      />
    </div>
  );
}

interface RowsProps {
  title: string;
  names: readonly string[];
  values: readonly string[];
  hint?: string;
  onChange: (index: number, value: string) => void;
}

function Rows({ title, names, values, hint, onChange }: RowsProps) {
  return (
    <fieldset className="mt-4">
      <legend className="mb-1 font-medium text-[0.8125rem]">{title}</legend>
      {hint && <p className="mb-1 text-dim text-xs">{hint}</p>}
      <div className="flex flex-col gap-1.5">
        {names.map((name, index) => (
          <div key={name} className="flex items-center gap-2">
            <code className="w-40 shrink-0 truncate text-xs narrow:w-24" title={name}>
              {name}
            </code>
            <TextField
              aria-label={name}
              value={values[index] ?? ''}
              onChange={(event) => onChange(index, event.target.value)}
              className="h-8 font-mono text-xs"
            />
          </div>
        ))}
      </div>
    </fieldset>
  );
}

interface NamedProps {
  title: string;
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
}

function Named({ title, values, onChange }: NamedProps) {
  const names = Object.keys(values);
  if (names.length === 0) return null;
  return (
    <Rows
      title={title}
      names={names}
      values={Object.values(values)}
      hint="Best as secret://name. A key that you write here goes into the vault and is not shown again."
      onChange={(index, value) => onChange({ ...values, [names[index] ?? '']: value })}
    />
  );
}

/** As it is checked: values of variables and headers are the person's own, and no part of what is offered. */
function withoutValues({ name: _name, ...server }: Draft): OfferedServer['server'] {
  const blank = (values: Record<string, string>) => Object.fromEntries(Object.keys(values).map((key) => [key, '']));
  return { ...server, env: blank(server.env), headers: blank(server.headers) };
}

function settingsOf({ command, args, env, url, headers }: Draft): JsonObject {
  return {
    ...(command === undefined ? {} : { command }),
    ...(args.length > 0 ? { args } : {}),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(url === undefined ? {} : { url }),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  };
}
