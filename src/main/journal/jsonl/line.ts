import { crc32 } from 'node:zlib';
import type { StoredEntry } from '../chain.ts';
import type { NumberedBatch } from '../group-commit.ts';
import type { Head } from '../journal.ts';

/**
 * What stands in a journal file: JSON, one line each, beginning with a checksum of the rest of the line.
 *
 *   {"crc":"…","process":"p","first":7,"at":…,"commit":"…","epoch":0,"group":0,"entries":[{"kind","hash","key"?}],"bodies":[{…}]}
 *   {"crc":"…","process":"p","trimmed":{"seq":6,"hash":"…"}}      all up to there has been dropped
 *   {"crc":"…","process":"p","keys":[["key",3]]}                  keys of entries whose lines have been dropped
 *   {"crc":"…","process":"p","fence":4}                           what has a lower epoch is refused from here on
 *
 * Bodies stand last, so that a start reads only what comes before them. `group` is the place in the file where the
 * lines that were made durable by the same sync begin. A batch with `"rewritten":true` stands instead of an earlier
 * one with the same number; that one is overwritten, and a line that begins with a space says nothing.
 */
export type JournalLine = BatchHead | NoteLine;
export type NoteLine = TrimLine | KeysLine | FenceLine;

export interface BatchHead {
  process: string;
  /** Number of its first entry. */
  first: number;
  at: number;
  commit: string;
  epoch: number;
  group: number;
  rewritten?: true;
  entries: readonly EntryHead[];
}
export interface EntryHead {
  kind: string;
  hash: string;
  key?: string;
}
export interface BatchLine extends BatchHead {
  bodies: unknown[];
}
export interface TrimLine {
  process: string;
  trimmed: Head;
}
export interface KeysLine {
  process: string;
  keys: [key: string, seq: number][];
}
export interface FenceLine {
  process: string;
  fence: number;
}

export const newline = 0x0a;
export const space = 0x20;
const prefix = '{"crc":"00000000",';
const crcAt = prefix.indexOf('0');
const crcDigits = 8;
const zero = 0x30;
const letterA = 0x61;
const coveredFrom = prefix.length;
const beforeBodies = Buffer.from('],"bodies":[');

/** What of a batch is written. */
export type BatchText = Pick<NumberedBatch, 'process' | 'commit' | 'epoch' | 'entries'>;

/** A line without its line break; the checksum is put in by `sealLine`. */
export function batchText(batch: BatchText, group: number, isRewritten = false): string {
  const { process, commit, epoch, entries } = batch;
  const { seq, at } = entries[0] as StoredEntry;
  let heads = '';
  let bodies = '';
  for (const { kind, hash, key, body } of entries) {
    const comma = bodies === '' ? '' : ',';
    // Kinds and hashes need no escaping.
    heads += `${comma}{"kind":"${kind}","hash":"${hash}"${key === undefined ? '' : `,"key":${JSON.stringify(key)}`}}`;
    bodies += comma + body;
  }
  return `${prefix}"process":${JSON.stringify(process)},"first":${seq},"at":${at},"commit":${JSON.stringify(commit)},"epoch":${epoch},"group":${group},${isRewritten ? '"rewritten":true,' : ''}"entries":[${heads}],"bodies":[${bodies}]}`;
}

export function noteText(note: NoteLine): string {
  return prefix + JSON.stringify(note).slice(1);
}

/** Puts the checksum into the line that stands from `start` to `end` in `bytes`. */
export function sealLine(bytes: Buffer, start: number, end: number): void {
  let rest = crcOf(bytes, start, end);
  for (let at = start + crcAt + crcDigits - 1; at >= start + crcAt; at--) {
    const digit = rest % 16;
    bytes[at] = digit < 10 ? zero + digit : letterA + digit - 10;
    rest = (rest - digit) / 16;
  }
}

/** Whether the line that stands from `start` to `end` is as it was written. */
export function isSound(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= coveredFrom) return false;
  let written = 0;
  // By hand: numbers and texts of this size are slower to turn into each other than to sum up.
  for (let at = start + crcAt; at < start + crcAt + crcDigits; at++) {
    const byte = bytes[at] as number;
    written = written * 16 + (byte < letterA ? byte - zero : byte - letterA + 10);
  }
  return written === crcOf(bytes, start, end);
}

/** What a sound line says, without its bodies. @throws when it is not of the known form. */
export function parseHead(bytes: Buffer, start: number, end: number): JournalLine {
  const bodies = bytes.subarray(start, end).indexOf(beforeBodies);
  const text = bodies < 0 ? bytes.toString('utf8', start, end) : `${bytes.toString('utf8', start, start + bodies)}]}`;
  return JSON.parse(text) as JournalLine;
}

export function parseBatch(bytes: Buffer, start: number, end: number): BatchLine {
  return JSON.parse(bytes.toString('utf8', start, end)) as BatchLine;
}

function crcOf(bytes: Buffer, start: number, end: number): number {
  return crc32(bytes.subarray(start + coveredFrom, end));
}
