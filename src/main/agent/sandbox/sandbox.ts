import { rmSync } from 'node:fs';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { StartChild } from '../../lib/child.ts';
import { sandboxExecArgv } from './child-module.ts';
import { ChildLink, Suspects } from './link.ts';
import type { SandboxJob } from './sandbox-job.ts';
import { checkLength, ScriptCheck, ScriptRun } from './script-run.ts';
import { makeWorkFolder } from './work-folder.ts';

/** Runs scripts where they can reach nothing but the calls of their job. */
export interface Sandbox {
  /**
   * Runs the script to its end, with the calls that it did not wait for.
   * @throws RuntimeError SCRIPT_INVALID, SCRIPT_FAILED (both with `line` and `column` in the details where known),
   * SCRIPT_LIMIT, SANDBOX_CRASHED (retryable), RUN_CANCELLED, NODE_CLOSING, or the code of a call that was rejected
   * and not caught (the rejection is the cause).
   */
  run(job: SandboxJob): Promise<Json>;
  /** Compiles without running. @throws SCRIPT_INVALID with `line` and `column` in the details. */
  check(code: string): Promise<void>;
  /** Ends the children, and what still runs in them with NODE_CLOSING. */
  close(): Promise<void>;
  /** Child processes there are now. */
  readonly children: number;
  /** The same one by one, with the scripts under way in each. */
  programs(): { pid: number; codes: ReadonlySet<string> }[];
}

export interface SandboxOptions {
  startChild: StartChild;
  /** See `sandboxChildModule()`. */
  childModule: string;
  /** Of each script. Default 64 MiB. */
  memoryBytes?: number;
  /** Processor time that a script may use between two waits, in milliseconds. Default 2,000. */
  cpuMs?: number;
  /** A child without work for so long is ended. Default 30 s. */
  idleMs?: number;
  /** Default 2. */
  maxChildren?: number;
  /** A child that has work and says nothing for so long is killed. Default 5 s; must be longer than `cpuMs`. */
  answerMs?: number;
}

/** A second child is worth its memory when the first has so many scripts under way. */
const enoughForAnother = 8;
/** Scripts under way in one child at the same time, each about 1 MB; more wait for their turn. */
const mostJobsPerChild = 250;

/** No child is started before there is something to run. */
export function openSandbox(options: SandboxOptions): Sandbox {
  return new ChildPool(options);
}

class ChildPool implements Sandbox {
  readonly #options: Required<SandboxOptions>;
  readonly #suspects = new Suspects();
  readonly #links = new Set<ChildLink>();
  readonly #waiting: ScriptRun[] = [];
  readonly #idleTimers = new Map<ChildLink, NodeJS.Timeout>();
  #folder: string | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: SandboxOptions) {
    this.#options = {
      memoryBytes: 64 * 1_048_576,
      cpuMs: 2_000,
      idleMs: 30_000,
      maxChildren: 2,
      answerMs: 5_000,
      ...options,
    };
  }

  get children(): number {
    return this.#links.size;
  }

  programs(): { pid: number; codes: ReadonlySet<string> }[] {
    return [...this.#links].flatMap(({ pid, codes }) => (pid === undefined ? [] : [{ pid, codes }]));
  }

  async run(job: SandboxJob): Promise<Json> {
    this.#checkOpen();
    checkLength(job.code);
    if (job.signal?.aborted) {
      throw new RuntimeError(
        'RUN_CANCELLED',
        'The run was cancelled before its script began.',
        {},
        { cause: job.signal.reason },
      );
    }
    const run = new ScriptRun(++this.#lastId, job);
    this.#begin(run);
    return run.done;
  }

  async check(code: string): Promise<void> {
    this.#checkOpen();
    checkLength(code);
    const check = new ScriptCheck(++this.#lastId, code);
    const link = this.#choose();
    this.#stayAwake(link);
    check.startIn(link);
    return check.done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closing = new RuntimeError('NODE_CLOSING', 'The sandbox is closing.');
    for (const run of this.#waiting.splice(0)) run.lost(closing);
    const links = [...this.#links];
    for (const link of links) link.kill(closing);
    await Promise.all(links.map((link) => link.ended));
  }

  #checkOpen(): void {
    if (this.#closed) throw new RuntimeError('NODE_CLOSING', 'The sandbox is closed.');
  }

  #begin(run: ScriptRun): void {
    const link = this.#choose();
    if (link.load >= mostJobsPerChild) {
      this.#waiting.push(run);
      return;
    }
    this.#stayAwake(link);
    run.startIn(link);
    void run.done.then(this.#next, this.#next);
  }

  readonly #next = (): void => {
    for (let run = this.#waiting.shift(); run; run = this.#waiting.shift()) {
      if (run.settled) continue;
      this.#begin(run);
      return;
    }
  };

  /** The child with the least to do, or a new one when they all have much to do or none would answer soon. */
  #choose(): ChildLink {
    const alive = [...this.#links].filter((link) => !link.dying);
    const [best] = alive.sort(
      (left, right) => Number(left.slow) - Number(right.slow) || left.backlog - right.backlog || left.load - right.load,
    );
    if (best && alive.length >= this.#options.maxChildren) return best;
    if (best && !best.slow && best.load < enoughForAnother) return best;
    const fresh = this.#start();
    return best && !best.slow ? best : fresh;
  }

  #start(): ChildLink {
    const { startChild, childModule, memoryBytes, cpuMs, answerMs } = this.#options;
    this.#folder ??= makeWorkFolder();
    const child = startChild(childModule, {
      args: [String(memoryBytes), String(cpuMs)],
      execArgv: sandboxExecArgv(childModule),
      env: {},
      cwd: this.#folder,
    });
    const link: ChildLink = new ChildLink(child, {
      suspects: this.#suspects,
      answerMs,
      onIdle: () => this.#restSoon(link),
      onGone: () => this.#forget(link),
    });
    this.#links.add(link);
    this.#restSoon(link);
    return link;
  }

  #restSoon(link: ChildLink): void {
    clearTimeout(this.#idleTimers.get(link));
    this.#idleTimers.set(link, setTimeout(() => link.kill(), this.#options.idleMs).unref());
  }

  #stayAwake(link: ChildLink): void {
    clearTimeout(this.#idleTimers.get(link));
    this.#idleTimers.delete(link);
  }

  #forget(link: ChildLink): void {
    this.#stayAwake(link);
    this.#links.delete(link);
    if (this.#links.size > 0 || this.#folder === undefined) return;
    rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}
