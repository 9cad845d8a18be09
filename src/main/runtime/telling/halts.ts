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
 *
 * Invariants:
 *   H1. One entry adds one halt at most: the id of an inbox item is made of the entry that opened it.
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
      let known = this.#known();
      const present = this.#present();
      for (const [name, halt] of present) {
        if (known[name]?.code === halt.code) continue;
        known = { ...known, [name]: halt };
        await this.#keep(known, 'runtime');
      }
      const left = Object.entries(known).filter(([name]) => present.has(name));
      if (left.length < Object.keys(known).length) await this.#keep(Object.fromEntries(left), 'runtime');
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

  #present(): Map<string, Halt> {
    const { runtime } = this.#parts;
    if (runtime.isSafe)
      return new Map([[nodeStream, { code: 'SAFE_MODE', message: runtime.options.safeReason ?? safeMode }]]);
    return new Map(
      runtime.list().flatMap(({ name, halted }) => {
        if (!halted || !damages.has(halted.code as ErrorCode)) return [];
        return [[name, { code: halted.code, message: halted.message }] as const];
      }),
    );
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
