/**
 * A list that is read page by page, newest first, and freshened at its top. Rows that are known are replaced where they
 * stand; new ones go on top. When the fresh page does not reach the known rows any more, what lies between is unknown,
 * so the list begins anew from the fresh page.
 */
export function mergeNewest<T>(
  known: readonly T[],
  fresh: readonly T[],
  idOf: (row: T) => string,
): { rows: T[]; added: number; anew: boolean } {
  if (known.length === 0) return { rows: [...fresh], added: fresh.length, anew: true };
  const freshById = new Map(fresh.map((row) => [idOf(row), row]));
  const knownIds = new Set(known.map(idOf));
  const meets = fresh.length === 0 || fresh.some((row) => knownIds.has(idOf(row)));
  if (!meets) return { rows: [...fresh], added: fresh.length, anew: true };
  const above = fresh.filter((row) => !knownIds.has(idOf(row)));
  const rows = [...above, ...known.map((row) => freshById.get(idOf(row)) ?? row)];
  return { rows, added: above.length, anew: false };
}
