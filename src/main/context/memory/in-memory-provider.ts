import type { FoundMemory, MemoryProvider, MemoryRecord } from './memory-provider.ts';
import { coverage, queryWords } from './words.ts';

/** The oldest are forgotten beyond this many in a space. */
const mostRecords = 10_000;

/** Memory that ends with the program; found by words. */
export function inMemoryProvider(): MemoryProvider {
  const spaces = new Map<string, Map<string, MemoryRecord>>();
  const of = (space: string) => spaces.get(space) ?? new Map<string, MemoryRecord>();
  return {
    name: 'in_memory',
    async store(space, record) {
      const kept = of(space);
      spaces.set(space, kept);
      if (kept.has(record.id)) return;
      kept.set(record.id, structuredClone(record));
      const [oldest] = kept.keys();
      if (kept.size > mostRecords && oldest !== undefined) kept.delete(oldest);
    },
    async search(space, { text, limit }) {
      const query = queryWords(text);
      const found: FoundMemory[] = [];
      for (const record of of(space).values()) {
        const score = coverage(query, `${record.content} ${record.tags.join(' ')}`);
        if (score > 0) found.push({ ...structuredClone(record), score, by: 'text' });
      }
      return found.sort((a, b) => b.score - a.score || b.at - a.at).slice(0, limit);
    },
    async find(space, ids) {
      const kept = of(space);
      return ids.flatMap((id) => kept.get(id) ?? []).map((record) => structuredClone(record));
    },
    async list(space, { limit, cursor }) {
      const newest = [...of(space).values()].reverse();
      const from = cursor === undefined ? 0 : newest.findIndex(({ id }) => id === cursor) + 1;
      const items = newest.slice(from, from + limit).map((record) => structuredClone(record));
      return { items, next: from + limit < newest.length ? (items.at(-1)?.id ?? null) : null };
    },
    async forget(space, id) {
      spaces.get(space)?.delete(id);
    },
    async purge(space) {
      spaces.delete(space);
    },
    isEmpty: (space) => of(space).size === 0,
    async close() {
      spaces.clear();
    },
  };
}
