import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Child {
  readonly pid: number;
  /** The line of JSON it says when it is ready. */
  readonly ready: Record<string, string>;
  /** How long that took, from its start. */
  readonly readyMs: number;
  /** At once, as by a crash; resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a Node program beside the measured one. It ends with this program at the latest, whether that is done, fails or
 * is interrupted.
 */
export async function startChild(args: readonly string[], cwd?: string): Promise<Child> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const gone = once(child, 'exit');
  atEnd(() => child.kill('SIGKILL'));
  const line = await firstLine(child);
  return {
    pid: child.pid as number,
    ready: JSON.parse(line) as Record<string, string>,
    readyMs: performance.now() - begun,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** A new folder that is gone when this program has ended. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      const end = said.indexOf('\n');
      if (end >= 0) resolve(said.slice(0, end));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a program ended with ${code} before it was ready: ${said}`)));
  });
}

/** The last that was begun is ended first, so that no folder goes while somebody works in it. */
function atEnd(work: () => void): void {
  process.prependListener('exit', work);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
}
