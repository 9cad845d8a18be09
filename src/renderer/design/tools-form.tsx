import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { JsonField } from '../forms/compound-fields.tsx';
import { Choice, TextArea } from '../ui/fields.tsx';
import { type BuiltInTool, builtInTools } from './built-in-tools.ts';
import type { AgentDraft } from './use-agent-draft.ts';

/** Which built-in tools the agent has, and how far each of them reaches. */
export function ToolsForm({ agent, manifest }: { agent: AgentDraft; manifest: JsonObject }) {
  const tools = isJsonObject(manifest['tools']) ? manifest['tools'] : {};
  const change = (name: string, value: Json | undefined) =>
    agent.edit([{ path: ['tools', name], value }], `tools.${name}`);
  const others = Object.keys(tools).filter((name) => !builtInTools.some((tool) => tool.name === name));
  const problems = agent.checked.check.problems.filter(({ path }) => path.startsWith('tools'));
  return (
    <>
      <p className="mb-3 text-dim text-xs">Limits are checked before each call, outside of the agent's reach.</p>
      {problems.map(({ message }) => (
        <p key={message} role="alert" className="mb-2 text-bad text-xs">
          {message}
        </p>
      ))}
      <ul className="mb-4 flex flex-col">
        {builtInTools.map((tool) => (
          <ToolRow
            key={tool.name}
            tool={tool}
            value={tools[tool.name]}
            onChange={(value) => change(tool.name, value)}
          />
        ))}
        {others.map((name) => (
          <li key={name} className="border-line/60 border-t py-2">
            <p className="font-mono text-xs">{name}</p>
            <JsonField
              id={name}
              field={{
                key: name,
                title: name,
                description: '',
                unit: '',
                examples: [],
                byDefault: undefined,
                required: false,
                widget: '',
                kind: { type: 'json' },
              }}
              value={tools[name]}
              siblings={tools}
              at={`tools.${name}`}
              problems={[]}
              invalid={false}
              onChange={(_, value) => change(name, value)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function ToolRow({
  tool,
  value,
  onChange,
}: {
  tool: BuiltInTool;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}) {
  const Icon = tool.icon;
  const state = value === undefined ? '' : value === false ? 'off' : 'on';
  const turn = (next: string) =>
    onChange(
      next === '' ? undefined : next === 'off' ? false : tool.name === 'http_fetch' ? { allow_hosts: [] } : true,
    );
  return (
    <li className="border-line/60 border-t py-2 first:border-t-0">
      <div className="flex items-center gap-2.5">
        <Icon aria-hidden className="size-4 shrink-0 text-faint" />
        <span className="min-w-0 flex-1">
          <span className="block font-mono text-xs">{tool.name}</span>
          <span className="block text-dim text-xs">{tool.text}</span>
        </span>
        <Choice
          aria-label={tool.name}
          value={state}
          onChange={(event) => turn(event.target.value)}
          className="h-8 w-auto"
        >
          <option value="">{tool.byDefault} (default)</option>
          <option value="on">on</option>
          <option value="off">off</option>
        </Choice>
      </div>
      {tool.name === 'http_fetch' && state === 'on' && <Hosts value={value} onChange={onChange} />}
    </li>
  );
}

function Hosts({ value, onChange }: { value: Json | undefined; onChange: (value: Json) => void }) {
  const options = isJsonObject(value) ? value : {};
  const hosts = Array.isArray(options['allow_hosts']) ? options['allow_hosts'].map(String) : [];
  return (
    <div className="mt-2 pl-6.5">
      <TextArea
        aria-label="Hosts it may call, one per line"
        placeholder={'api.example.com\n127.0.0.1:8080'}
        defaultValue={hosts.join('\n')}
        rows={Math.max(2, hosts.length + 1)}
        onChange={(event) =>
          onChange({
            ...options,
            allow_hosts: event.target.value
              .split('\n')
              .map((line) => line.trim())
              .filter(Boolean),
          })
        }
        className="min-h-0 font-mono text-xs"
      />
      <p className="mt-1 text-dim text-xs">
        One host per line. Addresses of this computer and its network need their port.
      </p>
    </div>
  );
}
