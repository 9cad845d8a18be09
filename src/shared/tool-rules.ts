import { patternOf } from './name-pattern.ts';

/** What a manifest says of single tools, and of all tools of a server: read alike where calls are made and where rules are shown. */

/** Whether a tool is switched off: by its own name first, else with all of its server (`github` or `github.*`). */
export function isOff(tools: Readonly<Record<string, unknown>>, name: string): boolean {
  const [server = ''] = name.split('.');
  const own = tools[name];
  if (own !== undefined) return own === false;
  return server !== name && (tools[server] === false || tools[`${server}.*`] === false);
}

/**
 * Whether a list of names asks for a tool. `*` stands for any text; `!` before a name takes out what earlier ones named,
 * so the last one that fits is what holds.
 */
export function asksFor(names: readonly string[]): (tool: string) => boolean {
  const rules = names.map((name) => {
    const isException = name.startsWith('!');
    return { asks: !isException, pattern: patternOf(isException ? name.slice(1) : name) };
  });
  return (tool) => rules.findLast(({ pattern }) => pattern.test(tool))?.asks ?? false;
}

/** The rule for a tool, by its own name or by `server.*`. */
export function ruleFor<T>(rules: Readonly<Record<string, T>>, tool: string): T | undefined {
  if (Object.hasOwn(rules, tool)) return rules[tool];
  const all = `${tool.split('.')[0]}.*`;
  return tool.includes('.') && Object.hasOwn(rules, all) ? rules[all] : undefined;
}
