import { Check, Minus, PencilRuler, ShieldQuestion, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { JsonObject } from '../../shared/json.ts';
import type { ProcessDetail } from '../../shared/views/views.ts';
import { type BuiltInTool, builtInTools } from '../design/built-in-tools.ts';
import { type Edit, editText, readText } from '../design/manifest-text.ts';
import { hrefOf, hrefs, navigate } from '../frame/route.ts';
import { useClient, useProcesses, useRead } from '../stores/use-runtime.ts';
import { TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { LightMenu, type MenuEntry, MenuRows } from '../ui/menu.tsx';
import { Empty } from '../ui/notes.tsx';
import { toast } from '../ui/toast.ts';
import { act } from '../ui/use-action.ts';
import { editsFor, type Permission, permissionOf } from './permissions.ts';

/** More columns than this are looked up by name. */
const agentsShown = 24;

const looks: Record<Permission, { icon: typeof Check; text: string; look: string }> = {
  allowed: { icon: Check, text: 'allowed', look: 'text-ok' },
  asks: { icon: ShieldQuestion, text: 'asks you first', look: 'text-warn' },
  never: { icon: Minus, text: 'never', look: 'text-faint' },
};

/** Which agent may use which built-in tool, which ask first, and what of it can be taken back; each cell can be changed. */
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
            <tr className="text-dim text-xs">
              <th scope="row" className="sticky left-0 z-1 bg-surface px-4 py-1.5 text-left font-medium">
                Can be taken back
              </th>
              {builtInTools.map(({ name, takenBack }) => (
                <td key={name} className="px-1 text-center">
                  {takenBack === 'reads' ? 'only reads' : takenBack}
                </td>
              ))}
            </tr>
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
  const read = useRead(`manifest:${name}`, [`process:${name}`], (client) => client.getProcess({ name }));
  const parsed = read.value ? readText(read.value.manifest) : null;
  const manifest = parsed?.ok ? parsed.value : null;
  const change = useChange(name, read.value, read.reload);
  return (
    <tr className="border-line/60 border-t hover:bg-hover/60">
      <th scope="row" className="sticky left-0 z-1 bg-surface px-4 py-1.5 text-left font-medium">
        <a className="hover:link" href={hrefs.agent(name)}>
          {name}
        </a>
      </th>
      {builtInTools.map((tool) => (
        <td key={tool.name} className="text-center">
          {manifest && <Cell agent={name} manifest={manifest} tool={tool} onChange={change} />}
        </td>
      ))}
    </tr>
  );
}

/** Gives an agent a manifest with other permissions, as a new version that can be taken back. */
function useChange(name: string, detail: ProcessDetail | undefined, onDone: () => void) {
  const client = useClient();
  return (edits: readonly Edit[], reason: string) => {
    if (!detail) return;
    const { manifest: before, version } = detail;
    const put = () => client.updateProcess({ name, manifest: editText(before, edits), version, reason });
    const undo = () => client.updateProcess({ name, manifest: before, reason: 'taken back' });
    void act(put, { done: `${reason}.`, undo }).then(onDone);
  };
}

interface CellProps {
  agent: string;
  manifest: JsonObject;
  tool: BuiltInTool;
  onChange: (edits: readonly Edit[], reason: string) => void;
}

const choices: readonly Permission[] = ['allowed', 'asks', 'never'];

/** One tool of one agent: what holds, and a menu to change it. */
function Cell({ agent, manifest, tool, onChange }: CellProps) {
  const now = permissionOf(manifest, tool);
  const { icon, text, look } = looks[now];
  const entries = (): MenuEntry[] => [
    ...choices.filter((wanted) => wanted !== now).map(entryOf),
    { label: 'In its design', icon: PencilRuler, apart: true, run: design },
  ];
  const entryOf = (wanted: Permission): MenuEntry => {
    const edits = editsFor(manifest, tool, wanted);
    const words = looks[wanted].text;
    const run =
      typeof edits === 'string'
        ? () => toast.error(`${tool.name} stays as it is.`, { description: edits })
        : () => onChange(edits, `${agent}, ${tool.name}: ${words}`);
    return { label: words.charAt(0).toUpperCase() + words.slice(1), icon: looks[wanted].icon, run };
  };
  const design = () => navigate(hrefOf(['agents', agent, 'design'], { select: 'tools' }));
  return (
    <LightMenu
      label={`${tool.name}: ${text}`}
      icon={icon}
      className={look}
      rows={(place) => <MenuRows {...place} entries={entries()} />}
    />
  );
}
