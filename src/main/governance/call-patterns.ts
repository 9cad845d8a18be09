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
  const end = calls.length;
  const isEqual = (a: number, b: number) => same(calls[a] as C, calls[b] as C);
  for (let length = 2; length * repeats <= end; length++) {
    // From the end, where most lists differ at once: each call with the one a pattern later.
    let from = end - length;
    const first = end - length * repeats;
    while (from > first && isEqual(from - 1, from - 1 + length)) from--;
    if (from > first) continue;
    let differs = end - length + 1;
    while (differs < end && isEqual(differs, end - length)) differs++;
    if (differs < end) return calls.slice(-length);
  }
  return null;
}
