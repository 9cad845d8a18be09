import type { UtilityProcess } from 'electron';
import type { ChildProcessHandle, StartChild } from '../lib/child.ts';
import type { ElectronParts } from './electron-parts.ts';

/** The most a child may say on stderr before the rest is thrown away. */
const maxStderrBytes = 64 * 1024;

/**
 * Children as Electron's utility processes: a packaged app is no Node that could be forked. In the child,
 * `process.parentPort` is what `process.send` is in a forked one.
 */
export function utilityChild(
  { utilityProcess }: Pick<ElectronParts, 'utilityProcess'>,
  onStderr: (text: string) => void = () => {},
): StartChild {
  return (modulePath, { args = [], execArgv = [], env = {}, cwd }) => {
    const child = utilityProcess.fork(modulePath, args, {
      execArgv,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'ignore', 'pipe'],
      serviceName: 'Agent Runtime child',
    });
    let stderrBytes = 0;
    child.stderr?.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, maxStderrBytes - stderrBytes);
      stderrBytes += kept.length;
      if (kept.length > 0) onStderr(kept.toString());
    });
    return handleOf(child);
  };
}

function handleOf(child: UtilityProcess): ChildProcessHandle {
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  let pid: number | undefined;
  let hasEnded = false;
  child.once('spawn', () => {
    pid = child.pid;
  });
  child.once('exit', (code) => {
    hasEnded = true;
    resolve(code);
  });
  return {
    get pid() {
      return pid;
    },
    send: (message) => {
      if (!hasEnded) child.postMessage(message);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void ended.then(listener),
    // Electron's own kill asks the child to end, and a stuck one does not listen.
    kill: () => {
      if (hasEnded) return;
      if (pid === undefined) child.kill();
      else process.kill(pid, 'SIGKILL');
    },
  };
}
