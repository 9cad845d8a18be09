import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { asksFor, isOff } from '../../shared/tool-rules.ts';
import { type Edit, placeOf, valueAt } from '../design/manifest-text.ts';

/** What a manifest says of tools: which are switched, and which are asked about before each call. */

export type Permission = 'allowed' | 'asks' | 'never';

export interface ToolRules {
  readonly switches: JsonObject;
  /** Names that are asked about; null: approvals are switched off, and nothing is. */
  readonly asked: readonly string[] | null;
}

/** A section, wherever it stands; empty where it is left out. */
export function sectionIn(manifest: JsonObject, key: string): JsonObject {
  const section = valueAt(manifest, placeOf(manifest, key));
  return isJsonObject(section) ? section : {};
}

export function rulesOf(manifest: JsonObject): ToolRules {
  const { enabled, tools } = sectionIn(manifest, 'approvals');
  const asked = Array.isArray(tools) ? tools.map(String) : [];
  return { switches: sectionIn(manifest, 'tools'), asked: enabled === false ? null : asked };
}

/** What makes a manifest that says `before` say `after`. */
export function ruleEdits(manifest: JsonObject, after: ToolRules): Edit[] {
  const before = rulesOf(manifest);
  const names = new Set([...Object.keys(before.switches), ...Object.keys(after.switches)]);
  const switched = [...names]
    .filter((name) => before.switches[name] !== after.switches[name])
    .map((name) => ({ path: [...placeOf(manifest, 'tools'), name], value: after.switches[name] }));
  if (after.asked === null || before.asked?.join('\n') === after.asked.join('\n')) return switched;
  const path = [...placeOf(manifest, 'approvals'), 'tools'];
  return [...switched, { path, value: after.asked.length > 0 ? [...after.asked] : undefined }];
}

export function asksFirst({ asked }: ToolRules, tool: string): boolean {
  return asked !== null && asksFor(asked)(tool);
}

/** What holds for a tool that is there unless it is switched off. */
export function permissionBy(rules: ToolRules, tool: string): Permission {
  if (isOff(rules.switches, tool)) return 'never';
  return asksFirst(rules, tool) ? 'asks' : 'allowed';
}

export const cannotAsk = 'Its approvals are switched off, so it asks about nothing.';

/** Rules by which a tool is asked about, or is not, in the fewest names. What is narrower, such as single tools of a server, stands after it. */
export function withAsking(rules: ToolRules, tool: string, asks: boolean): ToolRules {
  const { asked } = rules;
  if (asked === null || asksFor(asked)(tool) === asks) return rules;
  const left = asked.filter((name) => !isRuleOf(name, tool));
  if (asksFor(left)(tool) === asks) return { ...rules, asked: left };
  const rule = asks ? tool : `!${tool}`;
  const narrower = left.findIndex((name) => tool.endsWith('*') && name.replace('!', '').startsWith(tool.slice(0, -1)));
  const placed = narrower < 0 ? [...left, rule] : left.toSpliced(narrower, 0, rule);
  return { ...rules, asked: asksFor(placed)(tool) === asks ? placed : [...left, rule] };
}

/** Rules without those that name this tool itself. */
export function withoutOwn({ switches, asked }: ToolRules, tool: string): ToolRules {
  const { [tool]: _own, ...others } = switches;
  return { switches: others, asked: asked?.filter((name) => !isRuleOf(name, tool)) ?? null };
}

/** Whether something is said of this tool by itself. */
export function isNamed({ switches, asked }: ToolRules, tool: string): boolean {
  return switches[tool] !== undefined || (asked ?? []).some((name) => isRuleOf(name, tool));
}

const isRuleOf = (name: string, tool: string): boolean => name === tool || name === `!${tool}`;
