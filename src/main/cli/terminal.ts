/** What the CLI knows of the world around it. */
export interface Terminal {
  /** Whole lines; without the last line end. */
  out(text: string): void;
  err(text: string): void;
  isTty: boolean;
  columns: number;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  platform: NodeJS.Platform;
  now(): number;
  readInput(): Promise<string>;
  /** Aborted when the person has had enough (Ctrl-C). */
  interrupted: AbortSignal;
}

/** Exit codes, for scripts. */
export const exits = { ok: 0, refused: 1, usage: 2, noNode: 3 } as const;

/** The command line itself makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
