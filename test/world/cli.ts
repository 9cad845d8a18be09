import { runCli } from '../../src/main/cli/run-cli.ts';
import type { Terminal } from '../../src/main/cli/terminal.ts';

export interface CliRun {
  code: number;
  out: string;
  err: string;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
  columns?: number;
  isTty?: boolean;
  now?: number;
  interrupted?: AbortSignal;
  home?: string;
  platform?: NodeJS.Platform;
  /** Sees the output line by line as it comes. */
  onOut?: (line: string) => void;
}

/** One command line in this process, with a terminal that keeps what is written. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out(text) {
      out.push(text);
      options.onOut?.(text);
    },
    err: (text) => void err.push(text),
    isTty: options.isTty ?? false,
    columns: options.columns ?? Number.POSITIVE_INFINITY,
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    home: options.home ?? '/nowhere',
    platform: options.platform ?? 'linux',
    now: () => options.now ?? Date.now(),
    readInput: async () => options.input ?? '',
    interrupted: options.interrupted ?? new AbortController().signal,
  };
  const code = await runCli(argv, terminal, '1.2.3');
  return { code, out: out.join('\n'), err: err.join('\n') };
}
