import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes names that were created, replaced or removed in a folder durable. */
export function syncFolder(folder: string): void {
  // Windows keeps names itself, and opens no folder.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
