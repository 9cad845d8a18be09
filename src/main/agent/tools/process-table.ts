import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** One process of the operating system. */
export interface OsProcess {
  pid: number;
  parent: number;
  group: number;
  /** Processor time it has used since it began. */
  cpuMs: number;
  residentBytes: number;
  command: string;
}

/** Linux counts processor time in hundredths of a second towards programs, whatever its kernel does (time(7)). */
const msPerTick = 10;
const run = promisify(execFile);

/** Every process of this machine; null where that cannot be read cheaply (Windows). */
export async function processTable(): Promise<OsProcess[] | null> {
  try {
    if (process.platform === 'linux') return await fromProc();
    if (process.platform === 'win32') return null;
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,time=,comm=']);
    return stdout.split('\n').flatMap((line) => readPsLine(line) ?? []);
  } catch {
    return null;
  }
}

async function fromProc(): Promise<OsProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  const rows = stats.flatMap((stat) => readStat(stat) ?? []);
  const own = rows.find(({ pid }) => pid === process.pid);
  const pageBytes = own ? pageSize(process.memoryUsage.rss(), own.residentBytes) : 4_096;
  return rows.map((row) => ({ ...row, residentBytes: row.residentBytes * pageBytes }));
}

/** One line of `/proc/<pid>/stat` (proc_pid_stat(5)), its memory still in pages; undefined for what has ended. */
export function readStat(stat: string): OsProcess | undefined {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  if (open < 0 || close < open) return undefined;
  const fields = stat.slice(close + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    residentBytes: Number(fields[21]),
    command: stat.slice(open + 1, close),
  };
}

/** Pages are powers of two from 4 KiB on; which one, a process that knows its own size tells. */
function pageSize(bytes: number, pages: number): number {
  const power = Math.round(Math.log2(bytes / Math.max(1, pages) / 4_096));
  return 4_096 * 2 ** Math.min(6, Math.max(0, power));
}

/** One line of `ps -o pid=,ppid=,pgid=,rss=,time=,comm=`, as macOS and the BSDs write it. */
export function readPsLine(line: string): OsProcess | undefined {
  const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s+(.*)$/.exec(line);
  if (!found) return undefined;
  const [, pid, parent, group, kilobytes, days = '0', clock = '', command = ''] = found;
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    cpuMs: Math.round((Number(days) * 86_400 + seconds) * 1_000),
    residentBytes: Number(kilobytes) * 1_024,
    command: command.trim(),
  };
}
