/**
 * Which element of a virtual list shows which row: a row keeps its element for as long as it is drawn, and one that comes
 * into sight takes the element of one that left, which costs a fraction of making a new one. Gives slots by key.
 */
export function slotsFor(before: ReadonlyMap<string, number>, keys: readonly string[]): Map<string, number> {
  const slots = new Map<string, number>();
  for (const key of keys) {
    const slot = before.get(key);
    if (slot !== undefined) slots.set(key, slot);
  }
  const taken = new Set(slots.values());
  let next = 0;
  for (const key of keys) {
    if (slots.has(key)) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    slots.set(key, next);
  }
  return slots;
}
