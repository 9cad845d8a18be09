import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import { newline, space } from './line.ts';

/** What a segment asks of the file system to keep its promises. */
export interface SegmentDisk {
  /** Returns how many bytes were written, which may be fewer. */
  write(fd: number, bytes: Buffer, from: number, length: number, position: number): number;
  /** Returns when data and length of the file are on the disk. */
  sync(fd: number): void;
  truncate(fd: number, length: number): void;
}

export const nodeDisk: SegmentDisk = { write: writeSync, sync: fdatasyncSync, truncate: ftruncateSync };

/** A line as it was found: where it stands in `bytes`, and in the file. Good until the next one is asked for. */
export interface FoundLine {
  bytes: Buffer;
  start: number;
  end: number;
  offset: number;
  /** Counts from 1. */
  number: number;
  /** How many line breaks stand before it that end no line. */
  gap: number;
  /** False for what stands behind the last line break. */
  ended: boolean;
}

const scanBytes = 1 << 20;
const openFlags = constants.O_RDWR | constants.O_CREAT;

/**
 * One file of a JSONL journal, which grows at its end.
 *
 * Invariants:
 *   F1. What stands before `length` is on the disk.
 *   F2. A write that fails leaves nothing behind: the file is cut back, durably, before the next write.
 *   F3. Behind `length` there are only line breaks: room that is there already makes a sync a third cheaper, since the
 *       file does not grow (measured on ext4).
 */
export class Segment {
  readonly number: number;
  readonly path: string;
  readonly name: string;
  length = 0;
  /** How many of its bytes still say something. */
  liveBytes = 0;
  readonly #disk: SegmentDisk;
  readonly #roomBytes: number;
  #fd: number;
  #roomEnd = 0;
  #isToBeCut = false;

  /** Opens the file, or makes it. `length` is 0 until the caller has found out where its lines end. */
  constructor(path: string, number: number, disk: SegmentDisk, roomBytes: number) {
    this.path = path;
    this.name = basename(path);
    this.number = number;
    this.#disk = disk;
    this.#roomBytes = roomBytes;
    this.#fd = this.#open();
  }

  /** Writes at the end and returns when it is on the disk. @throws RuntimeError `DISK_FULL`: then nothing was written. */
  append(bytes: Buffer, length: number): void {
    try {
      if (this.#isToBeCut) this.cutBack();
      this.#isToBeCut = true;
      this.#write(bytes, length, this.length);
      if (this.length + length > this.#roomEnd) this.#makeRoom(this.length + length);
      this.#disk.sync(this.#fd);
    } catch (thrown) {
      try {
        this.cutBack();
      } catch {
        // Tried again before the next write.
      }
      throw writeError(thrown, this.path);
    }
    this.#isToBeCut = false;
    this.length += length;
  }

  /** Cuts off what stands behind `length`. */
  cutBack(): void {
    this.#disk.truncate(this.#fd, this.length);
    this.#disk.sync(this.#fd);
    this.#roomEnd = this.length;
    this.#isToBeCut = false;
  }

  /** Fills `into` from its start; what could not be read, as after damage, is zero. */
  read(into: Buffer, length: number, position: number): void {
    for (let done = 0; done < length; ) {
      const read = readSync(this.#fd, into, done, length - done, position + done);
      if (read === 0) {
        into.fill(0, done, length);
        return;
      }
      done += read;
    }
  }

  /** All lines, from the start, also what stands behind `length`. */
  *lines(): Generator<FoundLine> {
    let bytes: Buffer = Buffer.allocUnsafe(scanBytes);
    const size = fstatSync(this.#fd).size;
    const line: FoundLine = { bytes, start: 0, end: 0, offset: 0, number: 0, gap: 0, ended: true };
    let position = 0;
    let filled = 0;
    while (position < size || filled > 0) {
      const wanted = Math.min(bytes.length - filled, size - position);
      this.read(bytes.subarray(filled), wanted, position);
      position += wanted;
      filled += wanted;
      const isLast = position === size;
      let start = 0;
      while (start < filled) {
        if (bytes[start] === newline) {
          line.gap++;
          start++;
          continue;
        }
        const found = bytes.subarray(0, filled).indexOf(newline, start);
        if (found < 0 && !isLast) break;
        const end = found < 0 ? filled : found;
        Object.assign(line, { bytes, start, end, offset: position - filled + start, ended: found >= 0 });
        line.number++;
        yield line;
        line.gap = 0;
        start = end + 1;
      }
      const rest = Math.max(0, filled - start);
      if (isLast) return;
      if (rest === bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2);
      else bytes.copyWithin(0, start, filled);
      filled = rest;
    }
  }

  /**
   * Overwrites lines with spaces, durably. Their first bytes go first, so that a crash leaves either the line as it was
   * or one that says nothing.
   */
  blank(places: readonly { offset: number; length: number }[]): void {
    try {
      for (const { offset } of places) this.#write(Buffer.alloc(1, space), 1, offset);
      this.#disk.sync(this.#fd);
      for (const { offset, length } of places) this.#write(Buffer.alloc(length, space), length, offset);
      this.#disk.sync(this.#fd);
    } catch (thrown) {
      throw writeError(thrown, this.path);
    }
  }

  /** Nothing is written to it any more. */
  seal(): void {
    this.#disk.truncate(this.#fd, this.length);
    this.#roomEnd = this.length;
  }

  /** Goes on with another file, which takes the place of this one. */
  replaceBy(path: string, length: number): void {
    // Closed first, since Windows does not rename over an open file.
    closeSync(this.#fd);
    try {
      renameSync(path, this.path);
      this.length = length;
      this.#roomEnd = length;
    } finally {
      this.#fd = this.#open();
    }
  }

  /** Gives back the room it did not need, as far as that can be done. */
  close(): void {
    try {
      this.seal();
    } finally {
      closeSync(this.#fd);
    }
  }

  #open(): number {
    try {
      return openSync(this.path, openFlags, 0o600);
    } catch (thrown) {
      throw writeError(thrown, this.path);
    }
  }

  #write(bytes: Buffer, length: number, position: number): void {
    for (let done = 0; done < length; ) done += this.#disk.write(this.#fd, bytes, done, length - done, position + done);
  }

  #makeRoom(from: number): void {
    this.#roomEnd = from;
    try {
      this.#write(Buffer.alloc(this.#roomBytes, newline), this.#roomBytes, from);
      this.#roomEnd += this.#roomBytes;
    } catch {
      // Room is a convenience: what was to be written stands already.
    }
  }
}

/** An error of the file system, met while writing, as one of ours. */
export function writeError(thrown: unknown, path: string): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  const error = asError(thrown);
  const code = 'code' in error ? String(error.code) : '';
  const details = { path, errno: code };
  const text = `${path} could not be written: ${error.message}.`;
  if (['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'].includes(code))
    return new RuntimeError('DISK_FULL', text, details, { cause: error });
  const unsafe = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(code);
  return new RuntimeError(
    unsafe ? 'DATA_DIR_UNSAFE' : 'INTERNAL',
    text,
    { ...details, folder: dirname(path) },
    { cause: error },
  );
}
