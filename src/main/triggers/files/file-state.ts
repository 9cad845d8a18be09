import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Json } from '../../../shared/json.ts';

/** What tells one content of a file from another without reading it. Nanoseconds and inode are too big for a number. */
export interface FileState {
  size: number;
  mtimeNs: string;
  ino: string;
  /** When the file was last changed, renamed or moved here. */
  ctimeNs: string;
}

/** The state of a regular file; null when there is none, or when it is something else: links are not followed. */
export async function stateOf(path: string): Promise<FileState | null> {
  try {
    return fileState(await lstat(path, { bigint: true }));
  } catch {
    return null;
  }
}

export function fileState(stats: BigIntStats): FileState | null {
  if (!stats.isFile()) return null;
  return {
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ino: String(stats.ino),
    ctimeNs: String(stats.ctimeNs),
  };
}

/**
 * Whether the content is the same. The inode is not asked: some network drives give new ones with every mount, and a
 * copy that has the old size and time has the old content.
 */
export function sameContent(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** Whether a file of one name is the file that had another: a rename changes neither its number nor its time. */
export function sameFile(a: FileState, b: FileState): boolean {
  return a.ino === b.ino && sameContent(a, b);
}

/** Whether nothing at all has happened to the file in between. */
export function untouched(a: FileState | null, b: FileState | null): boolean {
  return a === null || b === null ? a === b : sameFile(a, b) && a.ctimeNs === b.ctimeNs;
}

/** How long ago it was changed, moved or renamed, by the clock of its drive. */
export function restedMs(state: FileState, nowMs: number): number {
  const newest = [state.mtimeNs, state.ctimeNs].map((ns) => Number(BigInt(ns) / 1_000_000n));
  return nowMs - Math.max(...newest);
}

export function packState({ size, mtimeNs, ino, ctimeNs }: FileState): Json {
  return [size, mtimeNs, ino, ctimeNs];
}

export function unpackState(packed: Json | undefined): FileState | undefined {
  if (!Array.isArray(packed)) return undefined;
  const [size, mtimeNs, ino, ctimeNs] = packed;
  return { size: Number(size), mtimeNs: String(mtimeNs), ino: String(ino), ctimeNs: String(ctimeNs) };
}
