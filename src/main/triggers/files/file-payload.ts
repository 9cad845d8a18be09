import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JsonObject } from '../../../shared/json.ts';
import type { FileChange } from './file-changes.ts';
import { type FileState, fileState, untouched } from './file-state.ts';

/** Larger files have no hash: reading them would hold up the others. */
const maxHashedBytes = 100 * 1024 * 1024;

/** What an agent hears of a change; null when the file is not any more what the change says. */
export async function filePayload(root: string, change: FileChange, previewBytes: number): Promise<JsonObject | null> {
  const { event, path, state, from } = change;
  const about: JsonObject = {
    path: join(root, path),
    name: basename(path),
    relative_path: path,
    event_type: event,
    size: state.size,
    mtime: new Date(Number(BigInt(state.mtimeNs) / 1_000_000n)).toISOString(),
  };
  if (from !== undefined) about['previous_path'] = join(root, from);
  if (event === 'deleted') return about;
  const read = await readUnchanged(join(root, path), state, previewBytes);
  if (!read) return null;
  about['hash'] = read.hash;
  if (previewBytes > 0) about['content_preview'] = read.preview;
  return about;
}

interface Read {
  hash: string | null;
  preview: string | null;
}

async function readUnchanged(path: string, state: FileState, previewBytes: number): Promise<Read | null> {
  let file: FileHandle;
  try {
    // A link that was put there meanwhile is not followed, and a pipe does not hold us up.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Not ours to read, but there: its name and size are known all the same.
    return code === 'EACCES' || code === 'EPERM' ? { hash: null, preview: null } : null;
  }
  try {
    if (!untouched(state, fileState(await file.stat({ bigint: true })))) return null;
    const preview = previewBytes > 0 ? await readPreview(file, previewBytes) : null;
    const hash = state.size <= maxHashedBytes ? await readHash(file) : null;
    const after = fileState(await file.stat({ bigint: true }));
    return after?.size === state.size && after.mtimeNs === state.mtimeNs ? { hash, preview } : null;
  } finally {
    await file.close();
  }
}

async function readHash(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** The beginning as text, cut between characters; null for what is not text. */
async function readPreview(file: FileHandle, bytes: number): Promise<string | null> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position: 0 });
  const start = buffer.subarray(0, bytesRead);
  if (start.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
  } catch {
    return null;
  }
}
