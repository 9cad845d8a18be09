import { closeSync, fdatasync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { RuntimeError } from '../../shared/errors.ts';
import { syncFolder } from '../store/sync-folder.ts';
import type { Head } from './journal.ts';

const recordBytes = 128;
const recordsInBlock = 32;
const blockBytes = recordBytes * recordsInBlock;
/** A record: checksum of the rest at 0, number at 4, lengths of name and hash at 12 and 13, then these two. */
const nameAt = 16;
const hashAt = 80;

/** Record 0 has no name, the number of records for its number, and this for its hash. */
const format = 'agent-runtime high water 1';
const headerName = '';

interface Slot {
  index: number;
  /** Which of its copies the newest mark is in; the next one is written over the other. */
  copy: 0 | 1;
}

/**
 * Marks of processes on the disk, in 256 bytes for each, so that a few are written where a few have changed.
 *
 * Every record has two copies with a checksum each, in different blocks of 4 KiB, which are written in turn: a write
 * that is cut short spoils at most the older mark.
 */
export class HighWaterFile {
  /** What it was like when it was opened; `damaged`: some marks could not be read. */
  readonly state: 'sound' | 'missing' | 'damaged';
  readonly marks = new Map<string, Head>();
  readonly #fd: number;
  readonly #slots = new Map<string, Slot>();
  /** Places of records that cannot be read any more. */
  readonly #free: number[] = [];
  #count = 0;
  #countOnDisk = -1;

  constructor(path: string) {
    const bytes = contentOf(path);
    this.#fd = openSync(path, bytes ? 'r+' : 'w+', 0o600);
    if (!bytes) syncFolder(dirname(path));
    this.state = bytes ? this.#load(bytes) : 'missing';
  }

  /** Writes these marks and returns when they are on the disk. `wholly`: over both copies, for marks that go back. */
  async write(marks: ReadonlyMap<string, Head>, wholly = false): Promise<void> {
    const records = [...marks].map(([name, mark]) => ({ name, mark, slot: this.#slotOf(name) }));
    for (const { name, mark, slot } of records) this.#writeRecord(name, mark, slot.index, slot.copy === 0 ? 1 : 0);
    const count = this.#count;
    if (count !== this.#countOnDisk) {
      // Both at once: the older one would hide that records are missing.
      for (const copy of [0, 1] as const) this.#writeRecord(headerName, { seq: count, hash: format }, 0, copy);
    }
    await promisify(fdatasync)(this.#fd);
    this.#countOnDisk = count;
    for (const { slot } of records) slot.copy = slot.copy === 0 ? 1 : 0;
    for (const [name, mark] of marks) this.marks.set(name, mark);
    if (wholly) await this.write(marks);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #load(bytes: Buffer): 'sound' | 'damaged' {
    const header = newestCopy(bytes, 0);
    const isHeaderSound = header?.hash === format;
    if (isHeaderSound) {
      this.#count = header.mark.seq;
      this.#countOnDisk = header.mark.seq;
    }
    const room = Math.ceil(bytes.length / (2 * blockBytes)) * recordsInBlock;
    for (let index = 1; index <= this.#count || index < room; index++) {
      const record = newestCopy(bytes, index);
      if (record) this.#count = Math.max(this.#count, index);
      const known = record && this.marks.get(record.name);
      if (!record || (known && known.seq >= record.mark.seq)) {
        this.#free.push(index);
        continue;
      }
      this.marks.set(record.name, record.mark);
      this.#slots.set(record.name, { index, copy: record.copy });
    }
    const lost = this.#free.filter((index) => index <= this.#count);
    this.#free.splice(0, this.#free.length, ...lost);
    return isHeaderSound && lost.length === 0 ? 'sound' : 'damaged';
  }

  #slotOf(name: string): Slot {
    let slot = this.#slots.get(name);
    if (!slot) this.#slots.set(name, (slot = { index: this.#free.pop() ?? ++this.#count, copy: 1 }));
    return slot;
  }

  #writeRecord(name: string, { seq, hash }: Head, index: number, copy: 0 | 1): void {
    if (Buffer.byteLength(name) > hashAt - nameAt) {
      throw new RuntimeError(
        'NAME_INVALID',
        `"${name}" is too long to be marked; use at most ${hashAt - nameAt} bytes.`,
      );
    }
    const record = Buffer.alloc(recordBytes);
    record.writeDoubleLE(seq, 4);
    record[12] = record.write(name, nameAt);
    record[13] = record.write(hash, hashAt);
    record.writeUInt32LE(crc32(record.subarray(4)));
    writeSync(this.#fd, record, 0, recordBytes, positionOf(index, copy));
  }
}

interface FoundRecord {
  name: string;
  mark: Head;
  hash: string;
  copy: 0 | 1;
}

/** The copy with the higher number, of those that are as they were written. */
function newestCopy(bytes: Buffer, index: number): FoundRecord | undefined {
  const [first, second] = [copyAt(bytes, index, 0), copyAt(bytes, index, 1)];
  return first && (!second || first.mark.seq >= second.mark.seq) ? first : second;
}

function copyAt(bytes: Buffer, index: number, copy: 0 | 1): FoundRecord | undefined {
  const start = positionOf(index, copy);
  const record = bytes.subarray(start, start + recordBytes);
  if (record.length < recordBytes || record.readUInt32LE() !== crc32(record.subarray(4))) return undefined;
  const name = record.toString('utf8', nameAt, nameAt + (record[12] as number));
  const hash = record.toString('utf8', hashAt, hashAt + (record[13] as number));
  return { name, mark: { seq: record.readDoubleLE(4), hash }, hash, copy };
}

function positionOf(index: number, copy: 0 | 1): number {
  const block = Math.floor(index / recordsInBlock) * 2 + copy;
  return block * blockBytes + (index % recordsInBlock) * recordBytes;
}

function contentOf(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.length > 0 ? bytes : undefined;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') return undefined;
    throw thrown;
  }
}
