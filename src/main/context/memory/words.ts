/** The words of a text, small and without accents, as full-text search sees them. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** How much of the query a text holds: the part of its different words that occur, 0 to 1. */
export function coverage(query: ReadonlySet<string>, text: string): number {
  if (query.size === 0) return 0;
  const held = new Set(wordsOf(text));
  let hits = 0;
  for (const word of query) if (held.has(word)) hits++;
  return hits / query.size;
}

/** A query as the set of its words, at most 64: a whole document as a query is cut. */
export function queryWords(text: string): Set<string> {
  const words = new Set<string>();
  for (const word of wordsOf(text.slice(0, 8_000))) {
    if (words.size === 64) break;
    words.add(word);
  }
  return words;
}
