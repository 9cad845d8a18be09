import type { Head, ReadRange } from '../journal.ts';

/** Where a line stands. */
export interface Place {
  /** Number of its first entry. */
  first: number;
  /** How many entries it holds. */
  count: number;
  segment: number;
  offset: number;
  /** In bytes, without the line break. */
  length: number;
}

const startLines = 8;

/** Where the entries of one process are in the files: 25 bytes of memory for a line of one entry. */
export class StreamIndex {
  readonly process: string;
  readonly keys = new Map<string, number>();
  base: Head;
  head: Head;
  /** Number of its newest checkpoint; 0 where it has none. */
  checkpointSeq = 0;
  /** The highest that is known, by an entry or by a fence. */
  epoch = 0;
  #firsts = new Float64Array(startLines);
  #segments = new Uint32Array(startLines);
  #offsets = new Uint32Array(startLines);
  #lengths = new Uint32Array(startLines);
  /** Where the kinds of each line's entries begin in `#kinds`. */
  #kindStarts = new Uint32Array(startLines);
  #kinds = new Uint8Array(startLines);
  #lines = 0;
  #kindCount = 0;
  /** Lines that were written anew and are still to be put in their order. */
  readonly #rewritten = new Map<number, Place & { kinds: readonly number[] }>();

  constructor(process: string, nowhere: Head) {
    this.process = process;
    this.base = nowhere;
    this.head = nowhere;
  }

  get lines(): number {
    return this.#lines;
  }

  add(first: number, segment: number, offset: number, length: number, kinds: readonly number[]): void {
    if (this.#lines === this.#firsts.length) this.#growLines();
    if (this.#kindCount + kinds.length > this.#kinds.length) this.#growKinds(kinds.length);
    const line = this.#lines++;
    this.#firsts[line] = first;
    this.#segments[line] = segment;
    this.#offsets[line] = offset;
    this.#lengths[line] = length;
    this.#kindStarts[line] = this.#kindCount;
    for (const kind of kinds) this.#kinds[this.#kindCount++] = kind;
  }

  /** Takes a line that stands instead of an earlier one; `settle` puts it in its place. Returns the earlier, if it is there. */
  addRewritten(place: Place, kinds: readonly number[]): Place | undefined {
    const line = this.lineOf(place.first);
    const earlier =
      this.#rewritten.get(place.first) ??
      (this.#firsts[line] === place.first && this.#lines > 0 ? this.place(line) : undefined);
    this.#rewritten.set(place.first, { ...place, kinds });
    return earlier;
  }

  /** Puts all lines in the order of their entries. Returns those that had been trimmed. */
  settle(): Place[] {
    if (this.#rewritten.size === 0) return [];
    const all = [...this.#rewritten.values()];
    for (let line = 0; line < this.#lines; line++) {
      const place = this.place(line);
      const start = this.#kindStarts[line] as number;
      if (this.#rewritten.has(place.first)) continue;
      all.push({ ...place, kinds: [...this.#kinds.subarray(start, start + place.count)] });
    }
    this.#rewritten.clear();
    this.#lines = 0;
    this.#kindCount = 0;
    const trimmed: Place[] = [];
    for (const place of all.sort((a, b) => a.first - b.first)) {
      if (place.first + place.count - 1 <= this.base.seq) trimmed.push(place);
      else this.add(place.first, place.segment, place.offset, place.length, place.kinds);
    }
    return trimmed;
  }

  /** Says where a line stands now. */
  put(line: number, segment: number, offset: number, length: number): void {
    this.#segments[line] = segment;
    this.#offsets[line] = offset;
    this.#lengths[line] = length;
  }

  /** Whether the line that begins with this entry is the one at that place. */
  isAt(first: number, segment: number, offset: number): boolean {
    const line = this.lineOf(first);
    return (
      this.#lines > 0 &&
      this.#firsts[line] === first &&
      this.#segments[line] === segment &&
      this.#offsets[line] === offset
    );
  }

  place(line: number): Place {
    return {
      first: this.#firsts[line] as number,
      count: this.#countOf(line),
      segment: this.#segments[line] as number,
      offset: this.#offsets[line] as number,
      length: this.#lengths[line] as number,
    };
  }

  /** The line that holds the entry; only for entries that are kept. */
  lineOf(seq: number): number {
    let low = 0;
    let high = this.#lines - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] as number) <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The numbers of the entries in a range, in the order asked for. `kinds` is a set of kind codes. */
  select(
    { after, order = 'asc', limit = Number.POSITIVE_INFINITY }: ReadRange,
    kinds: ReadonlySet<number> | undefined,
  ): number[] {
    const chosen: number[] = [];
    const { base, head } = this;
    if (order === 'asc') {
      for (let seq = Math.max(after ?? 0, base.seq) + 1; seq <= head.seq && chosen.length < limit; seq++) {
        if (!kinds || kinds.has(this.#kindOf(seq))) chosen.push(seq);
      }
      return chosen;
    }
    for (let seq = Math.min((after ?? head.seq + 1) - 1, head.seq); seq > base.seq && chosen.length < limit; seq--) {
      if (!kinds || kinds.has(this.#kindOf(seq))) chosen.push(seq);
    }
    return chosen;
  }

  /** Forgets lines of which no entry comes after `base`, and tells of each. */
  trim(base: Head, dropped: (place: Place) => void): void {
    this.base = base;
    let gone = 0;
    while (gone < this.#lines && (this.#firsts[gone] as number) + this.#countOf(gone) - 1 <= base.seq)
      dropped(this.place(gone++));
    if (gone === 0) return;
    const kindsGone = gone < this.#lines ? (this.#kindStarts[gone] as number) : this.#kindCount;
    for (const column of [this.#firsts, this.#segments, this.#offsets, this.#lengths, this.#kindStarts])
      column.copyWithin(0, gone, this.#lines);
    this.#kinds.copyWithin(0, kindsGone, this.#kindCount);
    this.#lines -= gone;
    this.#kindCount -= kindsGone;
    for (let line = 0; line < this.#lines; line++)
      this.#kindStarts[line] = (this.#kindStarts[line] as number) - kindsGone;
  }

  /** The number of the first entry between `base` and `head` that is in no line. */
  firstMissing(): number | undefined {
    let next = this.base.seq + 1;
    for (let line = 0; line < this.#lines; line++) {
      const first = this.#firsts[line] as number;
      // Only the first line may begin before what is kept: a batch is dropped whole or not at all.
      if (first !== next && !(line === 0 && first < next)) return next;
      next = first + this.#countOf(line);
    }
    return this.#lines === 0 && this.head.seq > this.base.seq ? next : undefined;
  }

  /** Puts lines of a segment to where they are now. */
  move(segment: number, moves: ReadonlyMap<number, { offset: number; length: number }>): void {
    for (let line = 0; line < this.#lines; line++) {
      if (this.#segments[line] !== segment) continue;
      const to = moves.get(this.#offsets[line] as number);
      if (!to) continue;
      this.#offsets[line] = to.offset;
      this.#lengths[line] = to.length;
    }
  }

  #countOf(line: number): number {
    return (
      (line + 1 < this.#lines ? (this.#kindStarts[line + 1] as number) : this.#kindCount) -
      (this.#kindStarts[line] as number)
    );
  }

  #kindOf(seq: number): number {
    // Kept lines have no holes between them.
    return this.#kinds[seq - (this.#firsts[0] as number)] as number;
  }

  #growLines(): void {
    const size = this.#firsts.length * 2;
    this.#firsts = grown(this.#firsts, new Float64Array(size));
    this.#segments = grown(this.#segments, new Uint32Array(size));
    this.#offsets = grown(this.#offsets, new Uint32Array(size));
    this.#lengths = grown(this.#lengths, new Uint32Array(size));
    this.#kindStarts = grown(this.#kindStarts, new Uint32Array(size));
  }

  #growKinds(by: number): void {
    this.#kinds = grown(this.#kinds, new Uint8Array(Math.max(this.#kinds.length * 2, this.#kindCount + by)));
  }
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
