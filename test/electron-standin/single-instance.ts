import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SecondInstance {
  argv: string[];
  cwd: string;
  data: unknown;
}

/**
 * Electron's single instance lock, kept by files in the user data folder since it has to answer at once: whoever
 * creates `standin-lock` first is the first instance; the others leave it a letter.
 */
export class SingleInstance {
  readonly #folder: string;
  #stop: (() => void) | null = null;

  constructor(userDataDir: string) {
    this.#folder = join(userDataDir, 'standin-instances');
  }

  /** False when another instance has the lock; that one is told. */
  request(own: SecondInstance, told: (second: SecondInstance) => void): boolean {
    if (this.#stop) return true;
    mkdirSync(this.#folder, { recursive: true });
    const lock = join(this.#folder, 'lock');
    if (!take(lock)) {
      const letter = join(this.#folder, `${process.pid}.letter`);
      writeFileSync(`${letter}.part`, JSON.stringify(own));
      renameSync(`${letter}.part`, letter);
      return false;
    }
    const watcher = watch(this.#folder, () => this.#readLetters(told));
    this.#stop = () => {
      watcher.close();
      rmSync(lock, { force: true });
    };
    return true;
  }

  release(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #readLetters(told: (second: SecondInstance) => void): void {
    for (const name of readdirSync(this.#folder).filter((file) => file.endsWith('.letter'))) {
      const path = join(this.#folder, name);
      const second = JSON.parse(readFileSync(path, 'utf8')) as SecondInstance;
      rmSync(path);
      told(second);
    }
  }
}

/** A lock whose holder has died is taken over. */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isAlive(Number(readFileSync(lock, 'utf8')))) return false;
    rmSync(lock);
    return take(lock);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
