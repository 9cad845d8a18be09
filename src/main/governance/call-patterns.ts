/** One call, by what it asked for; `same` compares what two calls gave, where that counts. */
export interface SeenCall {
  key: string;
  name: string;
}

/** How many of the newest calls are equal. */
export function runLength<C extends SeenCall>(calls: readonly C[], same: (a: C, b: C) => boolean): number {
  const last = calls.at(-1);
  if (!last) return 0;
  let length = 1;
  while (length < calls.length && same(calls[calls.length - 1 - length] as C, last)) length++;
  return length;
}

/**
 * The shortest pattern of two or more calls, not all equal, that fills the end of the list `repeats` times or more.
 */
export function loopIn<C extends SeenCall>(
  calls: readonly C[],
  repeats: number,
  same: (a: C, b: C) => boolean,
): C[] | null {
  for (let length = 2; length * repeats <= calls.length; length++) {
    const pattern = calls.slice(-length);
    if (pattern.every((call) => same(call, pattern[0] as C))) continue;
    const span = calls.slice(-length * repeats);
    if (span.every((call, index) => same(call, pattern[index % length] as C))) return pattern;
  }
  return null;
}
