import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder, by its path without links. */
export async function tempFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'agent-runtime-')));
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
