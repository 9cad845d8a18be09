import { type ChildProcess, execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type OsProcess, processTable } from './process-table.ts';

/** Stands in the environment of a server and all it starts, so that they are found wherever they go. */
export const markerName = 'AGENT_RUNTIME_SERVER';

const isLinux = process.platform === 'linux';
const isWindows = process.platform === 'win32';

export interface StopPatience {
  /** To end by itself once its stdin is closed. */
  afterCloseMs: number;
  /** To end after SIGTERM. */
  afterTermMs: number;
}
export const defaultPatience: StopPatience = { afterCloseMs: 500, afterTermMs: 1_500 };

/**
 * Ends a program and everything it started: closes its stdin, then asks the whole process group, then kills it, and at
 * last whoever left the group but still carries the marker (Linux). Resolves when none of them lives.
 */
export async function stopGroup(child: ChildProcess, marker: string, patience: StopPatience): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  child.stdin?.end();
  const hasEnded = await endsWithin(pid, child, patience.afterCloseMs);
  if (!hasEnded) {
    signalGroup(pid, 'SIGTERM');
    if (!(await endsWithin(pid, child, patience.afterTermMs))) await killGroup(pid, child);
  }
  await killMarked((value) => value === marker);
}

/** To all of a group, without waiting; the group may be gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (isWindows) execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => {});
    else process.kill(-pid, signal);
  } catch {
    // Nobody left to hear it.
  }
}

async function killGroup(pid: number, child: ChildProcess): Promise<void> {
  signalGroup(pid, 'SIGKILL');
  await endsWithin(pid, child, 5_000);
}

async function endsWithin(pid: number, child: ChildProcess, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, 50)) {
    const leaderEnded = child.exitCode !== null || child.signalCode !== null;
    if (leaderEnded && !(await groupLives(pid))) return true;
    if (performance.now() >= deadline) return false;
    await pause(waitMs);
  }
}

async function groupLives(pid: number): Promise<boolean> {
  if (isWindows) return false;
  try {
    process.kill(-pid, 0);
  } catch {
    return false;
  }
  // A signal also reaches what has ended and was not collected by its parent; only Linux's process table tells.
  return isLinux ? (await membersOf(pid))?.length !== 0 : true;
}

/** Kills what carries the marker in its environment. Linux only: elsewhere the environment of others cannot be read. */
export async function killMarked(isMeant: (marker: string) => boolean): Promise<number> {
  if (!isLinux) return 0;
  let killed = 0;
  for (const pid of await allPids()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const at = environment.indexOf(`${markerName}=`);
    if (at < 0 || !isMeant(environment.slice(at + markerName.length + 1).split('\0', 1)[0] ?? '')) continue;
    if (pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed++;
    } catch {
      // It ended in between.
    }
  }
  return killed;
}

/** Resident memory of a group in bytes; undefined where it cannot be told. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  return (await membersOf(pid))?.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}

async function membersOf(pid: number): Promise<OsProcess[] | undefined> {
  return (await processTable())?.filter(({ group }) => group === pid);
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}
