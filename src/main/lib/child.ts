import { fork } from 'node:child_process';

/** A child process that exchanges messages with us. What it may hold open or see was decided when it was started. */
export interface ChildProcessHandle {
  readonly pid: number | undefined;
  /** Never throws: what is sent to a child that has ended is dropped, and `onExit` tells of the end. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, also for a child that could not be started; `null` when a signal ended it. */
  onExit(listener: (code: number | null) => void): void;
  /** At once and without asking: works on a child that is stuck. */
  kill(): void;
}

export interface ChildOptions {
  args?: string[];
  execArgv?: string[];
  /** Default: an empty environment. */
  env?: Record<string, string>;
  cwd?: string;
}

/** Starts a module in a child process. Desktop has its own, since a packaged app is not a Node to be forked. */
export type StartChild = (modulePath: string, options: ChildOptions) => ChildProcessHandle;

/** The most a child may say on stderr before the rest is thrown away. */
const maxStderrBytes = 64 * 1024;

/**
 * Children of the Node that runs us: no stdin, no stdout, structured clones over a pipe (`advanced`: for texts of 50 kB
 * it took a third of the time of `json`, for short ones the same).
 * @param onStderr receives the first 64 KiB of what each child writes to stderr; the rest is dropped.
 */
export function nodeChild(onStderr: (text: string) => void = () => {}): StartChild {
  return (modulePath, options) => {
    const child = fork(modulePath, options.args ?? [], {
      execArgv: options.execArgv ?? [],
      env: options.env ?? {},
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderrBytes = 0;
    child.stderr?.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, maxStderrBytes - stderrBytes);
      stderrBytes += kept.length;
      if (kept.length > 0) onStderr(kept.toString());
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code));
      child.on('error', () => child.pid === undefined && resolve(null));
    });
    return {
      pid: child.pid,
      send: (message) => void (child.connected && child.send(message as object, () => {})),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void ended.then(listener),
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

/** Whether a program with that number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
