import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

const pieceBytes = 1 << 20;
/** Free space in which work goes on without asking further (G23). */
const roomyBytes = 200 * pieceBytes;

/**
 * A file that only takes up room, to be given back when the disk is full: then the log, the database's own housekeeping
 * and a person's last words still find a place.
 */
export class StorageReserve {
  readonly #folder: string;
  readonly #path: string;
  readonly #bytes: number;

  constructor(folder: string, bytes = 16 * pieceBytes) {
    this.#folder = folder;
    this.#path = join(folder, 'reserve');
    this.#bytes = bytes;
  }

  /** Sets the room aside. Does nothing where there is none, or little more. */
  hold(): void {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.size === this.#bytes) return;
      const fd = openSync(this.#path, 'w', 0o600);
      try {
        // Written, not only made long: a hole in a file keeps no room. Not zeros, which some disks store as a hole.
        const piece = Buffer.alloc(Math.min(pieceBytes, this.#bytes), 'reserve ');
        for (let left = this.#bytes; left > 0; left -= piece.length)
          writeSync(fd, piece, 0, Math.min(left, piece.length));
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch {
      this.release();
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }

  /** Whether there is as much room that work can go on and the reserve be set aside again. */
  async isThere(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    return free > roomyBytes || free > 2 * this.#bytes;
  }
}
