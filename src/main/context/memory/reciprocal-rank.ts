/** Damps how much the first places count. 60 is the value of the paper below. */
const damping = 60;

/**
 * One order out of several: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Each list gives an
 * element 1 / (60 + its place); what stands high in several lists comes first. Needs no common scale of scores.
 */
export function fuseRanks<K>(...lists: readonly (readonly K[])[]): K[] {
  const points = new Map<K, number>();
  for (const list of lists) {
    for (const [index, key] of list.entries()) points.set(key, (points.get(key) ?? 0) + 1 / (damping + index + 1));
  }
  return [...points].sort(([, a], [, b]) => b - a).map(([key]) => key);
}
