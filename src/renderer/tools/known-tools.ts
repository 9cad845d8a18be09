import type { JsonObject } from '../../shared/json.ts';
import type { ToolServerView } from '../../shared/views/catalogue-views.ts';
import { serversOf, toolsNamedIn } from './server-permissions.ts';

export interface AgentSettings {
  name: string;
  version: number;
  /** As written. */
  text: string;
  manifest: JsonObject;
}

type ListedTool = ToolServerView['tools'][number];

/** One tool of a server, as far as anybody knows it. */
export interface ServerTool {
  /** `server.tool`, as agents call it. */
  name: string;
  short: string;
  /** Null: a manifest speaks of it, and no server that was asked has it. */
  listed: ListedTool | null;
  /** Agents that may not use it before somebody approves it. */
  waitsFor: readonly string[];
}

/** All that agents call by one name: usually one server, also several where their settings differ. */
export interface ServerGroup {
  name: string;
  /** Agents that are set to use it. */
  agents: readonly string[];
  /** The programs or addresses behind the name; none: it was not started yet. */
  servers: readonly ToolServerView[];
  tools: readonly ServerTool[];
}

/** Agents that use servers first, so that what stands in their rows is in sight. */
export function inColumns(agents: readonly AgentSettings[]): AgentSettings[] {
  const uses = ({ manifest }: AgentSettings) => serversOf(manifest).length > 0;
  return [...agents.filter(uses), ...agents.filter((agent) => !uses(agent))];
}

/** The servers of all agents with what is known of their tools, in the order of names. */
export function serverGroups(agents: readonly AgentSettings[], servers: readonly ToolServerView[]): ServerGroup[] {
  const users = new Map<string, AgentSettings[]>();
  for (const agent of agents)
    for (const server of serversOf(agent.manifest)) users.set(server, [...(users.get(server) ?? []), agent]);
  return [...users].sort(([a], [b]) => a.localeCompare(b)).map(([name, by]) => groupOf(name, by, servers));
}

function groupOf(name: string, by: readonly AgentSettings[], servers: readonly ToolServerView[]): ServerGroup {
  const behind = servers.filter(({ uses }) => uses.some((use) => use.name === name));
  const tools = new Map<string, ServerTool>();
  for (const { tools: listed, uses } of behind)
    for (const tool of listed) {
      const mine = uses.filter((use) => use.name === name).map(({ process }) => process);
      const waitsFor = tool.awaitsApprovalOf.filter((agent) => mine.includes(agent));
      const known = tools.get(tool.name);
      tools.set(tool.name, {
        name: `${name}.${tool.name}`,
        short: tool.name,
        listed: tool,
        waitsFor: [...(known?.waitsFor ?? []), ...waitsFor],
      });
    }
  for (const { manifest } of by)
    for (const full of toolsNamedIn(manifest, name)) {
      const short = full.slice(name.length + 1);
      if (!tools.has(short)) tools.set(short, { name: full, short, listed: null, waitsFor: [] });
    }
  return {
    name,
    agents: by.map((agent) => agent.name),
    servers: behind,
    tools: [...tools.values()].sort((a, b) => a.short.localeCompare(b.short)),
  };
}
