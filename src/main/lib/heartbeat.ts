import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

const everyMs = 15_000;
/** Clocks are set by a little all the time. */
const sameBootMs = 60_000;

/** Clocks of the machine that go on, or not, while it sleeps. */
export interface MachineClocks {
  /** Epoch ms. */
  now(): number;
  /** Since the machine started, sleep included. */
  upMs(): number;
  /** The same without the time it slept; where a system counts that too, sleep cannot be told from being off. */
  awakeMs(): number;
}

export const machineClocks: MachineClocks = {
  now: Date.now,
  upMs: () => uptime() * 1_000,
  awakeMs: () => Number(process.hrtime.bigint() / 1_000_000n),
};

interface Beat {
  at: number;
  bootedAt: number;
  sleptMs: number;
}

/**
 * Says in a file, every 15 seconds, that the program runs and for how long its machine has slept so far. A program that
 * finds the file of one that was killed can tell from it whether the machine slept in between or the program was off.
 */
export class Heartbeat {
  /** Why nothing ran until now, for a person. */
  readonly away: string;
  readonly #path: string;
  readonly #clocks: MachineClocks;
  readonly #timer: NodeJS.Timeout;

  constructor(dataDir: string, clocks: MachineClocks = machineClocks) {
    this.#path = join(dataDir, 'heartbeat');
    this.#clocks = clocks;
    this.away = awaySince(this.#read(), this.#beat());
    this.#write();
    this.#timer = setInterval(() => this.#write(), everyMs);
    this.#timer.unref();
  }

  /** The program ends in order: whatever the machine does next, it was off. */
  stop(): void {
    clearInterval(this.#timer);
    rmSync(this.#path, { force: true });
  }

  #beat(): Beat {
    const [at, upMs] = [this.#clocks.now(), this.#clocks.upMs()];
    return { at, bootedAt: at - upMs, sleptMs: Math.max(0, upMs - this.#clocks.awakeMs()) };
  }

  #write(): void {
    try {
      writeFileSync(this.#path, JSON.stringify(this.#beat()), { mode: 0o600 });
    } catch {
      // A full disk is no reason to stop; the reason that is shown is less exact then.
    }
  }

  #read(): Beat | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Beat;
    } catch {
      return undefined;
    }
  }
}

/** Asleep for most of the time, or off. */
function awaySince(before: Beat | undefined, now: Beat): string {
  const sameBoot = before !== undefined && Math.abs(now.bootedAt - before.bootedAt) < sameBootMs;
  const sleptMs = sameBoot ? now.sleptMs - before.sleptMs : 0;
  const slept = before !== undefined && sleptMs > (now.at - before.at) / 2;
  return slept ? 'the computer slept, and the node began anew when it woke' : 'the node was off';
}
