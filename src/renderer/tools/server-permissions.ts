import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { isOff, ruleFor } from '../../shared/tool-rules.ts';
import type { Edit } from '../design/manifest-text.ts';
import {
  cannotAsk,
  isNamed,
  type Permission,
  permissionBy,
  ruleEdits,
  rulesOf,
  sectionIn,
  type ToolRules,
  withAsking,
  withoutOwn,
} from './tool-rules.ts';

/** Who may use the tools of MCP servers, by the names `server.tool` and `server` of a manifest. */

const allOf = (server: string): string => `${server}.*`;

/** What holds for a tool of a server. */
export function toolPermission(manifest: JsonObject, tool: string): Permission {
  return permissionBy(rulesOf(manifest), tool);
}

/** What holds for tools of a server of which nothing else is said, also for those it has later. */
export function serverPermission(manifest: JsonObject, server: string): Permission {
  return toolPermission(manifest, allOf(server));
}

/** Whether something is said of this tool by itself. */
export function hasOwnRule(manifest: JsonObject, tool: string): boolean {
  return isNamed(rulesOf(manifest), tool);
}

/** What changes a manifest so that one tool of a server is allowed, asks first, or is never used; or why that is not done here. */
export function toolEdits(manifest: JsonObject, tool: string, wanted: Permission): Edit[] | string {
  const rules = rulesOf(manifest);
  if (wanted === 'asks' && rules.asked === null) return cannotAsk;
  return ruleEdits(manifest, withTool(rules, tool, wanted));
}

/** What has a tool follow its server again. */
export function followEdits(manifest: JsonObject, tool: string): Edit[] {
  return ruleEdits(manifest, withoutOwn(rulesOf(manifest), tool));
}

/** The same for all of a server; tools with a rule of their own keep what they have by it. */
export function serverEdits(manifest: JsonObject, server: string, wanted: Permission): Edit[] | string {
  const before = rulesOf(manifest);
  if (wanted === 'asks' && before.asked === null) return cannotAsk;
  const kept = toolsNamedIn(manifest, server).filter((tool) => isNamed(before, tool));
  const after = kept.reduce(
    (rules, tool) => withTool(rules, tool, permissionBy(before, tool)),
    withServer(before, server, wanted),
  );
  return ruleEdits(manifest, after);
}

function withTool(rules: ToolRules, tool: string, wanted: Permission): ToolRules {
  if (permissionBy(rules, tool) === wanted) return rules;
  const { [tool]: _own, ...others } = rules.switches;
  const isOffOtherwise = isOff(others, tool);
  if (wanted === 'never') return { ...rules, switches: isOffOtherwise ? others : { ...others, [tool]: false } };
  const asking = withAsking(rules, tool, wanted === 'asks');
  if (!isOff(rules.switches, tool)) return asking;
  return { ...asking, switches: isOffOtherwise ? { ...others, [tool]: true } : others };
}

function withServer(rules: ToolRules, server: string, wanted: Permission): ToolRules {
  if (permissionBy(rules, allOf(server)) === wanted) return rules;
  if (wanted === 'never') return { ...rules, switches: { ...rules.switches, [server]: false } };
  const on = Object.entries(rules.switches).filter(
    ([name, value]) => value !== false || (name !== server && name !== allOf(server)),
  );
  return { ...withAsking(rules, allOf(server), wanted === 'asks'), switches: Object.fromEntries(on) };
}

/** Names of the servers that an agent is set to use. */
export function serversOf(manifest: JsonObject): string[] {
  return Object.keys(sectionIn(manifest, 'servers'));
}

/** Tools of a server that a manifest speaks of, whether or not the server has them. */
export function toolsNamedIn(manifest: JsonObject, server: string): string[] {
  const { tool_hashes: hashes } = settingsOf(manifest, server);
  const { switches, asked } = rulesOf(manifest);
  const named = [
    ...Object.keys(switches),
    ...Object.keys(sectionIn(manifest, 'tool_policies')),
    ...(asked ?? []).map((name) => name.replace('!', '')),
    ...(isJsonObject(hashes) ? Object.keys(hashes).map((name) => `${server}.${name}`) : []),
  ];
  return [...new Set(named.filter((name) => name.startsWith(`${server}.`) && !name.includes('*')))];
}

export function settingsOf(manifest: JsonObject, server: string): JsonObject {
  const settings = sectionIn(manifest, 'servers')[server];
  return isJsonObject(settings) ? settings : {};
}

/** What a call may do and what becomes of it after a crash, in the words of people. */
export interface CallWords {
  class: string;
  inDoubt: string;
}

interface Hints {
  readOnly: boolean | null;
  idempotent: boolean | null;
}

/** How the runtime takes a tool for this agent: what the server says counts where it is trusted, and the manifest above all. */
export function callWords(manifest: JsonObject, tool: string, hints: Hints): CallWords {
  const [server = ''] = tool.split('.');
  const isTrusted = settingsOf(manifest, server)['trust'] === true;
  if (isTrusted && hints.readOnly) return { class: 'only reads', inDoubt: 'made again' };
  if (isTrusted && hints.idempotent) return { class: 'may be repeated', inDoubt: 'made again' };
  const policy = ruleFor(sectionIn(manifest, 'tool_policies'), tool);
  const { in_doubt: said, verify } = isJsonObject(policy) ? policy : {};
  const { [String(said ?? 'ask')]: words = doubts.ask } = doubts as Record<string, string>;
  const looks = isJsonObject(verify) ? `looked up with ${String(verify['tool'])} first, else ` : '';
  return { class: said === 'repeat' ? 'may be repeated' : 'may change something', inDoubt: `${looks}${words}` };
}

const doubts = {
  ask: 'you are asked',
  assume_executed: 'taken as made',
  assume_not_executed: 'made again',
  repeat: 'made again',
};
