import { CornerLeftUp, Info, PencilRuler, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { BuiltInTool } from '../design/built-in-tools.ts';
import { type Edit, editText } from '../design/manifest-text.ts';
import { hrefOf, navigate } from '../frame/route.ts';
import { useClient } from '../stores/use-runtime.ts';
import { cx } from '../ui/cx.ts';
import { LightMenu, type MenuEntry, MenuRows } from '../ui/menu.tsx';
import { toast } from '../ui/toast.ts';
import { act } from '../ui/use-action.ts';
import type { AgentSettings, ServerGroup, ServerTool } from './known-tools.ts';
import { permissionLooks, permissions } from './permission-looks.ts';
import { editsFor, permissionOf } from './permissions.ts';
import {
  followEdits,
  hasOwnRule,
  serverEdits,
  serverPermission,
  toolEdits,
  toolPermission,
} from './server-permissions.ts';
import type { Permission } from './tool-rules.ts';

/** Gives an agent a manifest with other permissions, as a new version that can be taken back. */
function useChange({ name, text, version }: AgentSettings) {
  const client = useClient();
  return (edits: readonly Edit[], reason: string) => {
    const put = () => client.updateProcess({ name, manifest: editText(text, edits), version, reason });
    const undo = () => client.updateProcess({ name, manifest: text, reason: 'taken back' });
    void act(put, { done: `${reason}.`, undo });
  };
}

interface CellProps {
  agent: AgentSettings;
  /** What it is about, for people. */
  what: string;
  now: Permission;
  /** Changes of the manifest for another permission, or why that is not done here. */
  edits: (wanted: Permission) => Edit[] | string;
  /** More in the menu. */
  more?: readonly MenuEntry[];
  /** Said after the permission. */
  aside?: string;
  icon?: typeof ShieldAlert;
  isOwn?: boolean;
  tabIndex: number;
}

/** One tool of one agent: what holds, and a menu to change it. */
function Cell({ agent, what, now, edits, more = [], aside = '', icon, isOwn = false, tabIndex }: CellProps) {
  const change = useChange(agent);
  const { icon: usual, text, look } = permissionLooks[now];
  const entryOf = (wanted: Permission): MenuEntry => {
    const words = permissionLooks[wanted].text;
    const run = () => {
      const made = edits(wanted);
      if (typeof made === 'string') toast.error(`${what} stays as it is.`, { description: made });
      else change(made, `${agent.name}, ${what}: ${words}`);
    };
    return { label: words.charAt(0).toUpperCase() + words.slice(1), icon: permissionLooks[wanted].icon, run };
  };
  const design = () => navigate(hrefOf(['agents', agent.name, 'design'], { select: 'tools' }));
  const entries = (): MenuEntry[] => [
    ...permissions.filter((wanted) => wanted !== now).map(entryOf),
    ...more,
    { label: 'In its design', icon: PencilRuler, apart: true, run: design },
  ];
  return (
    <LightMenu
      label={`${agent.name}, ${what}: ${text}${aside}`}
      icon={icon ?? usual}
      tabIndex={tabIndex}
      className={cx(icon ? 'text-bad' : look, isOwn && 'bg-sunken ring-1 ring-edge/60')}
      rows={(place) => <MenuRows {...place} entries={entries()} />}
    />
  );
}

interface BuiltInCellProps {
  agent: AgentSettings;
  tool: BuiltInTool;
  tabIndex: number;
}

export function BuiltInCell({ agent, tool, tabIndex }: BuiltInCellProps) {
  const { manifest } = agent;
  return (
    <Cell
      agent={agent}
      what={tool.name}
      now={permissionOf(manifest, tool)}
      edits={(wanted) => editsFor(manifest, tool, wanted)}
      tabIndex={tabIndex}
    />
  );
}

interface ServerCellProps {
  agent: AgentSettings;
  server: ServerGroup;
  tabIndex: number;
}

/** All tools of a server for one agent, but for those with a rule of their own. */
export function ServerCell({ agent, server: { name, tools }, tabIndex }: ServerCellProps) {
  const { manifest } = agent;
  const now = serverPermission(manifest, name);
  const others = tools.filter((tool) => toolPermission(manifest, tool.name) !== now).length;
  return (
    <Cell
      agent={agent}
      what={`all of ${name}`}
      now={now}
      aside={others > 0 ? `, ${others} of ${tools.length} differ` : ''}
      edits={(wanted) => serverEdits(manifest, name, wanted)}
      tabIndex={tabIndex}
    />
  );
}

interface ToolCellProps {
  agent: AgentSettings;
  server: ServerGroup;
  tool: ServerTool;
  onAbout: () => void;
  onApproved: () => void;
  tabIndex: number;
}

export function ToolCell({ agent, server, tool, onAbout, onApproved, tabIndex }: ToolCellProps) {
  const client = useClient();
  const change = useChange(agent);
  const { manifest, name } = agent;
  const isOwn = hasOwnRule(manifest, tool.name);
  const waits = tool.waitsFor.includes(name);
  const approve = () =>
    void act(() => client.approveTools({ name, server: server.name, tools: [tool.short] }), {
      done: `“${name}” may use ${tool.name} as it is now.`,
    }).then(onApproved);
  const follow = () => change(followEdits(manifest, tool.name), `${name}, ${tool.name}: as all of ${server.name}`);
  const more: MenuEntry[] = [
    ...(isOwn ? [{ label: `As all of ${server.name}`, icon: CornerLeftUp, run: follow }] : []),
    ...(waits ? [{ label: 'Approve it as it is now', icon: ShieldCheck, run: approve }] : []),
    { label: 'What is known of it', icon: Info, apart: true, run: onAbout },
  ];
  return (
    <Cell
      agent={agent}
      what={tool.name}
      now={toolPermission(manifest, tool.name)}
      aside={`${isOwn ? ', by a rule of its own' : ''}${waits ? ', not as it was approved' : ''}`}
      {...(waits && { icon: ShieldAlert })}
      isOwn={isOwn}
      edits={(wanted) => toolEdits(manifest, tool.name, wanted)}
      more={more}
      tabIndex={tabIndex}
    />
  );
}
