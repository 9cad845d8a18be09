import { RuntimeError } from '../../../shared/errors.ts';
import type { ChildProcessHandle } from '../../lib/child.ts';
import { fieldMark, lineMark, type ScriptFailure } from './protocol.ts';
import { ScriptShelf } from './script-shelf.ts';

/** Something a child works on: a run, or a check. */
export interface Work {
  readonly id: number;
  readonly code: string;
  called(number: number, name: string, args: string): void;
  returned(value: string): void;
  failed(failure: ScriptFailure): void;
  /** It cannot go on in this child. */
  lost(reason: RuntimeError): void;
}

/** Scripts whose work a child had in hand when it was lost. Each is then worked on alone, which shows whose fault it is. */
export class Suspects {
  static readonly #most = 100;
  readonly #codes = new Set<string>();

  has = (code: string): boolean => this.#codes.has(code);

  add(code: string): void {
    this.#codes.add(code);
    const [oldest] = this.#codes;
    if (this.#codes.size > Suspects.#most && oldest !== undefined) this.#codes.delete(oldest);
  }

  clear(code: string): void {
    if (this.#codes.size > 0) this.#codes.delete(code);
  }
}

export interface LinkOptions {
  suspects: Suspects;
  /** A child that has work and says nothing for so long is stuck, and is killed. */
  answerMs: number;
  /** All its work has ended. */
  onIdle(): void;
  onGone(): void;
}

/** What a child may take to start. */
const startMs = 30_000;
const ticksPerAnswer = 5;
/** Work that waits so long for its turn should have gone to another child. */
const slowMs = 50;

/** The parent's end of one child: batches what is said, and knows what the child has not worked on yet. */
export class ChildLink {
  readonly ended: Promise<void>;
  readonly #child: ChildProcessHandle;
  readonly #options: LinkOptions;
  readonly #works = new Map<number, Work>();
  readonly #shelf = new ScriptShelf();
  readonly #queue: { line: string; work?: Work }[] = [];
  readonly #unworked: { work: Work; since: number }[] = [];
  #alone = false;
  #ready = false;
  #gone = false;
  #stuck = false;
  #dying = false;
  #flushing = false;
  #silentTicks = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(child: ChildProcessHandle, options: LinkOptions) {
    this.#child = child;
    this.#options = options;
    child.onMessage((message) => this.#hear(String(message)));
    this.ended = new Promise((resolve) => {
      child.onExit((exitCode) => {
        this.#end(exitCode);
        resolve();
      });
    });
  }

  /** Works that have not ended. */
  get load(): number {
    return this.#works.size;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Scripts of the works that have not ended. */
  get codes(): ReadonlySet<string> {
    return new Set([...this.#works.values()].map(({ code }) => code));
  }

  /** What the child has still to do before it can turn to new work. */
  get backlog(): number {
    return this.#unworked.length + this.#queue.length;
  }

  /** Nothing new may be given to it. */
  get dying(): boolean {
    return this.#dying;
  }

  /** Whether new work would have to wait. */
  get slow(): boolean {
    const [oldest] = this.#unworked;
    return !this.#ready || (oldest !== undefined && performance.now() - oldest.since > slowMs);
  }

  run(work: Work, fields: (string | number)[]): void {
    this.#works.set(work.id, work);
    const { script, lines } = this.#shelf.take(work.code);
    for (const line of lines) this.#post(line);
    this.#post(['run', work.id, script, ...fields].join(fieldMark), work);
  }

  check(work: Work): void {
    this.#works.set(work.id, work);
    this.#post(['check', work.id, JSON.stringify(work.code)].join(fieldMark), work);
  }

  answer(work: Work, call: number, at: number, kind: 'ok' | 'error', json: string): void {
    this.#post(['answer', work.id, call, at, kind, json].join(fieldMark), work);
  }

  drop(work: Work): void {
    if (!this.#works.delete(work.id)) return;
    this.#post(`drop${fieldMark}${work.id}`);
    if (this.#works.size === 0) this.#options.onIdle();
  }

  /** Ends the child now. What it worked on is lost with `reason`, else as a crash. */
  kill(reason?: RuntimeError): void {
    this.#dying = true;
    if (reason) this.#lose(() => reason);
    this.#child.kill();
  }

  #post(line: string, work?: Work): void {
    this.#queue.push(work ? { line, work } : { line });
    if (this.#flushing) return;
    this.#flushing = true;
    // After all that came in with this turn of the event loop: many answers become one message.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const lines: string[] = [];
    const since = performance.now();
    while (this.#queue.length > 0 && !this.#alone) {
      const work = this.#queue[0]?.work;
      if (work && this.#options.suspects.has(work.code)) {
        if (this.#unworked.length > 0) break;
        this.#alone = true;
      }
      lines.push(this.#queue.shift()?.line as string);
      if (work) this.#unworked.push({ work, since });
    }
    if (lines.length === 0 || this.#gone) return;
    this.#child.send(lines.join(lineMark));
    if (this.#unworked.length > 0) this.#watch ??= this.#startWatch();
  }

  #hear(batch: string): void {
    if (this.#gone) return;
    this.#silentTicks = 0;
    for (const line of batch.split(lineMark)) {
      const [kind, id, ...rest] = line.split(fieldMark) as [string, string, ...string[]];
      if (kind === 'ready') this.#ready = true;
      else if (kind === 'done') this.#worked(Number(id));
      else if (kind !== 'alive') this.#tell(kind, Number(id), rest as [string, string, string]);
    }
    if (this.#works.size === 0) this.#options.onIdle();
  }

  #tell(kind: string, id: number, rest: [string, string, string]): void {
    const work = this.#works.get(id);
    if (!work) return;
    if (kind === 'call') {
      work.called(Number(rest[0]), rest[1], rest[2]);
      return;
    }
    this.#works.delete(id);
    this.#options.suspects.clear(work.code);
    if (kind === 'value') work.returned(rest[0]);
    else work.failed(JSON.parse(rest[0]) as ScriptFailure);
  }

  #worked(count: number): void {
    this.#unworked.splice(0, count);
    if (this.#unworked.length > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#alone = false;
    if (this.#queue.length > 0) this.#flush();
  }

  /** Counts ticks instead of reading a clock: after the machine slept, the child has a whole wait left. */
  #startWatch(): NodeJS.Timeout {
    const tickMs = this.#options.answerMs / ticksPerAnswer;
    this.#silentTicks = 0;
    return setInterval(() => {
      this.#silentTicks += 1;
      if (this.#silentTicks < (this.#ready ? ticksPerAnswer : startMs / tickMs)) return;
      this.#stuck = true;
      this.kill();
    }, tickMs).unref();
  }

  #end(exitCode: number | null): void {
    this.#gone = true;
    this.#dying = true;
    clearInterval(this.#watch);
    const inHand = new Set(this.#unworked.map(({ work }) => work));
    const [first] = inHand;
    // A child may end for reasons of its own; only one that hung, or that ended over a suspect, convicts.
    const culprit = inHand.size === 1 && this.#ready && (this.#stuck || this.#alone) ? first : undefined;
    for (const work of inHand) if (this.#works.has(work.id)) this.#options.suspects.add(work.code);
    this.#lose((work) => (work === culprit ? this.#conviction() : this.#crash(exitCode)));
    this.#options.onGone();
  }

  #lose(reason: (work: Work) => RuntimeError): void {
    const works = [...this.#works.values()];
    this.#works.clear();
    for (const work of works) work.lost(reason(work));
  }

  #conviction(): RuntimeError {
    const did = this.#stuck
      ? 'kept its sandbox busy in a way that cannot be interrupted'
      : 'made its sandbox end, twice';
    return new RuntimeError('SCRIPT_LIMIT', `The script ${did}.`, { pid: this.#child.pid ?? null });
  }

  #crash(exitCode: number | null): RuntimeError {
    const how = this.#stuck ? 'was stuck and had to be ended' : 'ended';
    const details = { pid: this.#child.pid ?? null, exitCode };
    return new RuntimeError('SANDBOX_CRASHED', `The sandbox ${how} while the script ran.`, details);
  }
}
