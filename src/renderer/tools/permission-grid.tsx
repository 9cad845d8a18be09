import { Check, Minus, ShieldQuestion, Wrench } from 'lucide-react';
import { useState } from 'react';
import { builtInTools } from '../design/built-in-tools.ts';
import { readText } from '../design/manifest-text.ts';
import { hrefOf, hrefs } from '../frame/route.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Empty } from '../ui/notes.tsx';
import { type Permission, permissionOf } from './permissions.ts';

/** More columns than this are looked up by name. */
const agentsShown = 24;

const looks: Record<Permission, { icon: typeof Check; text: string; look: string }> = {
  allowed: { icon: Check, text: 'allowed', look: 'text-ok' },
  asks: { icon: ShieldQuestion, text: 'asks you first', look: 'text-warn' },
  never: { icon: Minus, text: 'never', look: 'text-faint' },
};

/** Which agent may use which built-in tool, and which ask first. */
export function PermissionGrid() {
  const processes = useProcesses();
  const [text, setText] = useState('');
  const names = processes.map(({ name }) => name).filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  const shown = names.slice(0, agentsShown);
  if (processes.length === 0) return <Empty icon={Wrench} title="There is no agent yet." />;
  return (
    <section aria-label="Permissions" className="overflow-hidden rounded-xl border bg-surface shadow-raised">
      <div className="flex flex-wrap items-center gap-4 border-b px-4 py-2 text-dim text-xs">
        {processes.length > agentsShown && (
          <TextField
            type="search"
            aria-label="Search agents"
            placeholder="Search agents"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-8 w-56"
          />
        )}
        {Object.values(looks).map(({ icon: Icon, text: word, look }) => (
          <span key={word} className="inline-flex items-center gap-1.5">
            <Icon aria-hidden className={`size-4 ${look}`} />
            {word}
          </span>
        ))}
        {names.length > shown.length && (
          <span>{plural(names.length - shown.length, 'more agent')}: search for them</span>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys */}
      <section tabIndex={0} aria-label="Grid of permissions" className="overflow-x-auto outline-offset-[-2px]">
        <table className="text-[0.8125rem]">
          <thead>
            <tr>
              <th
                scope="col"
                className="sticky left-0 z-1 min-w-44 bg-surface px-4 py-2 text-left font-medium text-dim text-xs"
              >
                Agent
              </th>
              {builtInTools.map(({ name, text: about, icon: Icon }) => (
                <th key={name} scope="col" title={about} className="px-1 py-2 align-top font-medium text-dim text-xs">
                  <span className="flex flex-col items-center gap-1">
                    <Icon aria-hidden className="size-4" />
                    <span className="w-15 leading-4">{name.replaceAll('_', ' ')}</span>
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((name) => (
              <AgentPermissions key={name} name={name} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function AgentPermissions({ name }: { name: string }) {
  const detail = useRead(`manifest:${name}`, [`process:${name}`], (client) => client.getProcess({ name })).value;
  const read = detail ? readText(detail.manifest) : null;
  return (
    <tr className="border-line/60 border-t hover:bg-hover/60">
      <th scope="row" className="sticky left-0 z-1 bg-surface px-4 py-1.5 text-left font-medium">
        <a className="hover:link" href={hrefs.agent(name)}>
          {name}
        </a>
      </th>
      {builtInTools.map((tool) => {
        if (!read?.ok) return <td key={tool.name} />;
        const { icon: Icon, text, look } = looks[permissionOf(read.value, tool)];
        return (
          <td key={tool.name} className="text-center">
            <a
              href={hrefOf(['agents', name, 'design'], { select: 'tools' })}
              aria-label={`${tool.name}: ${text}`}
              title={`${name}, ${tool.name}: ${text}`}
              className="inline-flex size-7 items-center justify-center rounded-md hover:bg-hover"
            >
              <Icon aria-hidden className={`size-4 ${look}`} />
            </a>
          </td>
        );
      })}
    </tr>
  );
}
