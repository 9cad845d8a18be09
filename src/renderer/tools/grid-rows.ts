import { type BuiltInTool, builtInTools } from '../design/built-in-tools.ts';
import type { ServerGroup, ServerTool } from './known-tools.ts';

/** Rows of the grid of permissions, under its header. */
export type GridRow =
  | { kind: 'group'; id: string; title: string; count: number; server: ServerGroup | null; isOpen: boolean }
  | { kind: 'built-in'; id: string; tool: BuiltInTool }
  | { kind: 'tool'; id: string; tool: ServerTool; server: ServerGroup }
  | { kind: 'unknown'; id: string; server: ServerGroup };

/** Servers with more tools than this are folded until somebody opens them. */
const openUpTo = 12;
const builtInId = 'built-in';

/** All rows, in order: each server, then built-in tools. What is searched for is shown unfolded, without what does not fit. */
export function gridRows(
  groups: readonly ServerGroup[],
  folds: ReadonlyMap<string, boolean>,
  search: string,
): GridRow[] {
  const text = search.trim().toLowerCase();
  const fits = (...words: string[]) => words.some((word) => word.toLowerCase().includes(text));
  const isOpen = (id: string, count: number) => text !== '' || (folds.get(id) ?? count <= openUpTo);
  const builtIn = builtInTools.filter(({ name, text: about }) => fits(name, name.replaceAll('_', ' '), about));
  return [
    ...groups.flatMap((server) => {
      const isNamed = fits(server.name);
      const tools = server.tools.filter(({ name, listed }) => isNamed || fits(name, listed?.description ?? ''));
      if (text !== '' && !isNamed && tools.length === 0) return [];
      return serverRows(server, tools, isOpen(server.name, server.tools.length));
    }),
    ...builtInRows(builtIn, text !== '' || (folds.get(builtInId) ?? true)),
  ];
}

function builtInRows(tools: readonly BuiltInTool[], isOpen: boolean): GridRow[] {
  if (tools.length === 0) return [];
  const head: GridRow = { kind: 'group', id: builtInId, title: 'Built in', count: tools.length, server: null, isOpen };
  return [head, ...(isOpen ? tools.map((tool): GridRow => ({ kind: 'built-in', id: tool.name, tool })) : [])];
}

function serverRows(server: ServerGroup, tools: readonly ServerTool[], isOpen: boolean): GridRow[] {
  const { name } = server;
  const head: GridRow = { kind: 'group', id: name, title: name, count: server.tools.length, server, isOpen };
  if (!isOpen) return [head];
  const rows = tools.map((tool): GridRow => ({ kind: 'tool', id: tool.name, tool, server }));
  const isUnknown = !server.tools.some(({ listed }) => listed);
  return [head, ...rows, ...(isUnknown ? [{ kind: 'unknown' as const, id: `${name} unknown`, server }] : [])];
}
