import type { RuntimeClient } from '../../shared/api.ts';
import type { ContextValue, MemoryView } from '../../shared/views/views.ts';

export interface AgentHits {
  process: string;
  values: ContextValue[];
  memories: MemoryView[];
}

/** So many agents are asked at the same time. */
const atOnce = 6;
const memoriesPerAgent = 5;

/**
 * Asks every agent what it keeps and would recall of a text. Answers come as they are found, in the order of names;
 * memories that agents share are told once. Agents that cannot be asked are left out.
 */
export async function searchAll(
  client: RuntimeClient,
  names: readonly string[],
  text: string,
  onFound: (found: AgentHits[], asked: number) => void,
  isOver: () => boolean,
): Promise<void> {
  const found: AgentHits[] = [];
  const told = new Set<string>();
  for (let first = 0; first < names.length && !isOver(); first += atOnce) {
    const batch = names.slice(first, first + atOnce);
    const answers = await Promise.all(batch.map((name) => hitsOf(client, name, text)));
    for (const hits of answers) {
      const memories = hits.memories.filter(({ id }) => !told.has(id));
      for (const { id } of memories) told.add(id);
      if (hits.values.length + memories.length > 0) found.push({ ...hits, memories });
    }
    if (!isOver()) onFound([...found], Math.min(names.length, first + atOnce));
  }
}

async function hitsOf(client: RuntimeClient, name: string, text: string): Promise<AgentHits> {
  const [context, memories] = await Promise.all([
    client.getContext({ name }).catch(() => ({ items: [] })),
    client.listMemories({ name, q: text, limit: memoriesPerAgent }).catch(() => ({ items: [] })),
  ]);
  return { process: name, values: context.items.filter((value) => speaksOf(value, text)), memories: memories.items };
}

/** Whether the key or the value holds every word of the text. */
export function speaksOf({ key, value }: Pick<ContextValue, 'key' | 'value'>, text: string): boolean {
  const whole = `${key} ${JSON.stringify(value)}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => whole.includes(word));
}
