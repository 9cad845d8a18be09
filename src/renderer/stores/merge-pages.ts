/**
 * A list that is read page by page, newest first, and freshened at its top. Rows that changed are replaced where they
 * stand, and those that did not stay the same object, so that nothing is drawn again for them; new ones go on top. When the fresh page does not reach the known rows any more, what lies between is unknown,
 * so the list begins anew from the fresh page.
 */
export function mergeNewest<T>(
  known: readonly T[],
  fresh: readonly T[],
  idOf: (row: T) => string,
): { rows: readonly T[]; added: number; anew: boolean } {
  if (known.length === 0 && fresh.length === 0) return { rows: known, added: 0, anew: true };
  if (known.length === 0) return { rows: [...fresh], added: fresh.length, anew: true };
  const freshById = new Map(fresh.map((row) => [idOf(row), row]));
  const knownIds = new Set(known.map(idOf));
  const meets = fresh.length === 0 || fresh.some((row) => knownIds.has(idOf(row)));
  if (!meets) return { rows: [...fresh], added: fresh.length, anew: true };
  const above = fresh.filter((row) => !knownIds.has(idOf(row)));
  const below = known.map((row) => newer(row, freshById.get(idOf(row))));
  const isSame = above.length === 0 && below.every((row, index) => row === known[index]);
  return { rows: isSame ? known : [...above, ...below], added: above.length, anew: false };
}

function newer<T>(row: T, fresh: T | undefined): T {
  return fresh === undefined || saysTheSame(row, fresh) ? row : fresh;
}

/** Whether two values would be the same JSON. */
export function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [mine, theirs] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(mine);
  return (
    keys.length === Object.keys(theirs).length &&
    keys.every((key) => Object.hasOwn(theirs, key) && saysTheSame(mine[key], theirs[key]))
  );
}
