import { nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { NodeSection } from '../../../shared/entries/node-entries.ts';
import { type ErrorCode, toWire } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';

/** Why nothing runs, where nothing else is known. */
export const safeMode = 'The program crashed again and again; nothing runs until you leave safe mode or start it.';

/** What does not get well by itself: a person must look at it. */
const damages: ReadonlySet<ErrorCode> = new Set(['JOURNAL_CORRUPT', 'JOURNAL_ROLLBACK', 'JOURNAL_TOO_NEW']);

interface Halt {
  code: string;
  message: string;
  dismissed?: boolean;
}

export interface HaltsParts {
  node(): {
    setting(section: NodeSection): JsonObject | null;
    configure(section: NodeSection, settings: JsonObject | null, by: string): Promise<void>;
  };
  readonly runtime: {
    readonly isSafe: boolean;
    readonly options: { safeReason?: string };
    list(): readonly Pick<AgentProcess, 'name' | 'halted'>[];
  };
  log(level: 'warn', message: string, details: JsonObject): void;
}

/**
 * Keeps in the node's own stream which agents a person must look at before they work again, since the journal of a
 * damaged one can say nothing. The inbox is made of it.
 */
export class Halts {
  readonly #parts: HaltsParts;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: HaltsParts) {
    this.#parts = parts;
  }

  /** Writes down what has changed. Never throws: that a process is halted is also told where it is. */
  look(): Promise<void> {
    return this.#next(async () => {
      const known = this.#known();
      const present = Object.fromEntries(
        this.#present().map(([name, halt]) => [name, known[name]?.code === halt.code ? known[name] : halt]),
      );
      const isSame = Object.keys(known).length === Object.keys(present).length;
      if (!isSame || Object.keys(present).some((name) => present[name] !== known[name]))
        await this.#keep(present, 'runtime');
    }).catch((thrown: unknown) => {
      this.#parts.log('warn', 'what is halted could not be kept', { reason: toWire(thrown).message });
    });
  }

  /** A person has seen it: it is told again only when something else halts the process. */
  dismiss(name: string, by: string): Promise<void> {
    return this.#next(async () => {
      const known = this.#known();
      const halt = known[name];
      if (halt) await this.#keep({ ...known, [name]: { ...halt, dismissed: true } }, by);
    });
  }

  #present(): (readonly [name: string, Halt])[] {
    const { runtime } = this.#parts;
    if (runtime.isSafe) return [[nodeStream, { code: 'SAFE_MODE', message: runtime.options.safeReason ?? safeMode }]];
    return runtime.list().flatMap(({ name, halted }) => {
      if (!halted || !damages.has(halted.code as ErrorCode)) return [];
      return [[name, { code: halted.code, message: halted.message }] as const];
    });
  }

  #known(): Record<string, Halt> {
    return (this.#parts.node().setting('halts') ?? {}) as unknown as Record<string, Halt>;
  }

  #keep(halts: Record<string, Halt>, by: string): Promise<void> {
    const isNone = Object.keys(halts).length === 0;
    return this.#parts.node().configure('halts', isNone ? null : (halts as unknown as JsonObject), by);
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
