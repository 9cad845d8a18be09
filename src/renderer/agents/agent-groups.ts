import type { ProcessView } from '../../shared/views/views.ts';
import { processLook } from '../ui/state-chip.tsx';

export type AgentsGroup = 'none' | 'tag' | 'node' | 'state';

/** A line of the list: the head of a group, an agent of this node, or one that lives on another. */
export type AgentLine =
  | { kind: 'head'; key: string; text: string; count: number }
  | { kind: 'agent'; key: string; name: string }
  | { kind: 'far'; key: string; view: ProcessView };

const untagged = 'Without a tag';

/** The rows under the heads of their groups, in the order they come; an agent stands under the first of its tags. */
export function grouped(
  rows: readonly ProcessView[],
  by: AgentsGroup,
  { here = '', nodes = new Map(), far = [] }: Elsewhere = {},
): AgentLine[] {
  if (by === 'none') return rows.map(lineOf);
  const headOf: Record<Exclude<AgentsGroup, 'none'>, (view: ProcessView) => string> = {
    tag: ({ tags }) => tags[0] ?? untagged,
    state: (view) => processLook(view).text,
    node: ({ node }) => nodes.get(node ?? '') ?? here,
  };
  const groups = Map.groupBy([...rows, ...(by === 'node' ? far : [])], headOf[by]);
  const heads = [...groups.keys()].sort((a, b) => rank(a, here) - rank(b, here) || a.localeCompare(b, 'en'));
  return heads.flatMap((text): AgentLine[] => {
    const views = groups.get(text) ?? [];
    return [{ kind: 'head', key: `head:${text}`, text, count: views.length }, ...views.map(lineOf)];
  });
}

interface Elsewhere {
  /** Name of this node. */
  here?: string;
  /** Names of nodes by id. */
  nodes?: ReadonlyMap<string, string>;
  /** Agents of other nodes; they carry the id of theirs. */
  far?: readonly ProcessView[];
}

function lineOf(view: ProcessView): AgentLine {
  return view.node === undefined
    ? { kind: 'agent', key: view.name, name: view.name }
    : { kind: 'far', key: `${view.node}/${view.name}`, view };
}

/** This node first; what has no tag last. */
function rank(head: string, here: string): number {
  return head === here ? -1 : head === untagged ? 1 : 0;
}

/** The lines where they stood, as they are now; newcomers stand at the end, and agents that are gone go. */
export function inOldLines(fresh: readonly AgentLine[], old: readonly AgentLine[]): readonly AgentLine[] {
  const byKey = new Map(fresh.map((line) => [line.key, line]));
  const known = new Set(old.map(({ key }) => key));
  const stayed = old.flatMap((line) => byKey.get(line.key) ?? (line.kind === 'head' ? [line] : []));
  const lines = [...stayed, ...fresh.filter(({ key, kind }) => kind !== 'head' && !known.has(key))];
  const isSame = lines.length === fresh.length && lines.every((line, index) => line === fresh[index]);
  return isSame ? fresh : lines;
}
