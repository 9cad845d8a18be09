import { closeSync, fsync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from '../../store/sync-folder.ts';
import { type JournalLine, newline, sealLine } from './line.ts';
import { damaged, isBlank, readLine } from './scan.ts';
import { type FoundLine, type Segment, type SegmentDisk, writeError } from './segment.ts';

export const rewriteSuffix = '.new';

/** What becomes of a line: kept as it is, replaced by another text, or dropped. */
export type Fate = 'keep' | 'drop' | { text: string };
export type Moves = Map<number, { offset: number; length: number }>;

const flushBytes = 1 << 20;
const linesAtOnce = 500;

/**
 * Writes a segment anew beside the old one and puts it in its place; a crash leaves one or the other. Nothing may be
 * appended to the segment any more. Returns where lines stand now, by where they stood. Gives way to others between pieces.
 *
 * @throws RuntimeError `DISK_FULL`, `JOURNAL_CORRUPT`: then the segment is as it was.
 */
export async function rewriteSegment(
  segment: Segment,
  disk: SegmentDisk,
  fateOf: (line: JournalLine, found: FoundLine) => Fate,
  onSwapped: (moves: Moves) => void,
): Promise<void> {
  const path = segment.path + rewriteSuffix;
  const moves: Moves = new Map();
  const out = new LineWriter(path, disk);
  try {
    let count = 0;
    for (const found of segment.lines()) {
      if (isBlank(found)) continue;
      const line = readLine(found);
      if (typeof line === 'string') throw damaged(segment, { line: found.number, byte: found.offset, problem: line });
      const fate = fateOf(line, found);
      if (fate !== 'drop') moves.set(found.offset, fate === 'keep' ? out.copy(found) : out.write(fate.text));
      if (++count % linesAtOnce === 0) await new Promise(setImmediate);
    }
    await out.finish();
    segment.replaceBy(path, out.length);
  } catch (thrown) {
    out.abandon();
    throw writeError(thrown, path);
  }
  onSwapped(moves);
  syncFolder(dirname(path));
}

class LineWriter {
  length = 0;
  readonly #path: string;
  readonly #disk: SegmentDisk;
  readonly #fd: number;
  #bytes = Buffer.allocUnsafe(flushBytes);
  #filled = 0;
  #isOpen = true;

  constructor(path: string, disk: SegmentDisk) {
    this.#path = path;
    this.#disk = disk;
    try {
      this.#fd = openSync(path, 'w', 0o600);
    } catch (thrown) {
      throw writeError(thrown, path);
    }
  }

  copy({ bytes, start, end }: FoundLine): { offset: number; length: number } {
    this.#reserve(end - start + 1);
    bytes.copy(this.#bytes, this.#filled, start, end);
    return this.#endLine(end - start);
  }

  write(text: string): { offset: number; length: number } {
    const length = Buffer.byteLength(text);
    this.#reserve(length + 1);
    this.#bytes.write(text, this.#filled);
    sealLine(this.#bytes, this.#filled, this.#filled + length);
    return this.#endLine(length);
  }

  async finish(): Promise<void> {
    this.#flush();
    await promisify(fsync)(this.#fd);
    this.#close();
  }

  abandon(): void {
    this.#close();
    rmSync(this.#path, { force: true });
  }

  #endLine(length: number): { offset: number; length: number } {
    const offset = this.length;
    this.#bytes[this.#filled + length] = newline;
    this.#filled += length + 1;
    this.length += length + 1;
    return { offset, length };
  }

  #reserve(length: number): void {
    if (this.#filled + length <= this.#bytes.length) return;
    this.#flush();
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(length);
  }

  #flush(): void {
    const position = this.length - this.#filled;
    for (let done = 0; done < this.#filled; )
      done += this.#disk.write(this.#fd, this.#bytes, done, this.#filled - done, position + done);
    this.#filled = 0;
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}
