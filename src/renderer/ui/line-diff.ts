export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** From 1, in the text it stands in: the new one, or the old one for what was removed. */
  line: number;
}

/**
 * The shortest way from one text to another in whole lines (Myers 1986, "An O(ND) Difference Algorithm"). Meant for
 * manifests: beyond `mostEdits` changed lines the texts are shown as replaced as a whole.
 */
export function lineDiff(before: string, after: string, mostEdits = 2_000): DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  const trail = search(a, b, mostEdits);
  if (!trail)
    return [
      ...a.map((text, index) => entry('removed', text, index + 1)),
      ...b.map((text, index) => entry('added', text, index + 1)),
    ];
  return walkBack(a, b, trail);
}

const entry = (kind: DiffLine['kind'], text: string, line: number): DiffLine => ({ kind, text, line });

/** For each number of edits: how far along `a` each diagonal comes. */
function search(a: readonly string[], b: readonly string[], mostEdits: number): Map<number, number>[] | null {
  let reach = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(a.length + b.length, mostEdits); edits++) {
    const next = new Map(reach);
    trail.push(reach);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = goesDown(reach, diagonal, edits) ? (reach.get(diagonal + 1) ?? 0) : (reach.get(diagonal - 1) ?? 0) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return trail;
    }
    reach = next;
  }
  return null;
}

function goesDown(reach: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return (
    diagonal === -edits || (diagonal !== edits && (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1))
  );
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trail: readonly ReadonlyMap<number, number>[],
): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = a.length;
  let y = b.length;
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const reach = trail[edits] ?? new Map();
    const diagonal = x - y;
    const down = goesDown(reach, diagonal, edits);
    const from = down ? diagonal + 1 : diagonal - 1;
    const fromX = reach.get(from) ?? 0;
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      lines.push(entry('same', b[y - 1] ?? '', y));
      x--;
      y--;
    }
    if (edits === 0) break;
    if (down) lines.push(entry('added', b[y - 1] ?? '', y));
    else lines.push(entry('removed', a[x - 1] ?? '', x));
    x = fromX;
    y = fromY;
  }
  return lines.reverse();
}

/** Only what changed, with a few lines around it; null stands for what was left out. */
export function hunks(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: (DiffLine | null)[] = [];
  lines.forEach((line, index) => {
    if (near[index]) shown.push(line);
    else if (shown.at(-1) !== null) shown.push(null);
  });
  return shown;
}
