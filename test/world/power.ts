import { type ChatEndpoint, ModelConnections } from '../../src/main/agent/models/openai-client.ts';
import type { Sandbox } from '../../src/main/agent/sandbox/sandbox.ts';
import type { Appended, Batch, Journal } from '../../src/main/journal/journal.ts';
import type { Clock } from '../../src/main/lib/clock.ts';
import { RuntimeError } from '../../src/shared/errors.ts';

/** Where the power goes: just before or just after the batch of that name is kept, the first `times` times it comes by. */
export interface Cut {
  at: string;
  when: 'before' | 'after';
  times: number;
}

/** What a program whose power went learns from then on. */
export const never = new Promise<never>(() => {});

/** The power of one life of a program. Once it is cut, nothing the program began gets anywhere or comes back. */
export class Power {
  readonly #lost = new AbortController();
  readonly #batches: string[] = [];
  readonly #cut: Cut | undefined;

  constructor(cut?: Cut) {
    this.#cut = cut;
  }

  get isOn(): boolean {
    return !this.#lost.signal.aborted;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Commit names of this life, in order. */
  get batches(): readonly string[] {
    return this.#batches;
  }

  cut(): void {
    this.#lost.abort();
  }

  /** The same promise, as long as there is power. */
  live<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      promise.then(
        (value) => this.isOn && resolve(value),
        (reason: unknown) => this.isOn && reject(reason),
      );
    });
  }

  /** Whether the power goes with this batch, and then whether the batch is kept. */
  strike(commit: string): 'no' | 'before' | 'after' {
    this.#batches.push(commit);
    if (this.#cut?.at !== commit || this.#cut.times <= 0) return 'no';
    this.#cut.times--;
    this.cut();
    return this.#cut.when;
  }
}

/** The journal as a program sees it while it has power; what it appended before stays in `inner`. */
export function poweredJournal(inner: Journal, power: Power): Journal {
  const lost: Appended = { entries: [], durable: never };
  let isClosed = false;
  const asked = <T>(ask: () => Promise<T>): Promise<T> => (power.isOn ? power.live(ask()) : never);
  return {
    kind: inner.kind,
    append(batch: Batch): Appended {
      if (!power.isOn) return lost;
      if (isClosed) throw new RuntimeError('JOURNAL_CLOSED', 'The journal has been closed.');
      const strike = power.strike(batch.commit);
      if (strike === 'before') return lost;
      const { entries, durable } = inner.append(batch);
      return { entries, durable: power.live(durable) };
    },
    open: (process) => asked(() => inner.open(process)),
    read: (process, range) => asked(() => inner.read(process, range)),
    find: (process, key) => asked(() => inner.find(process, key)),
    fence: (process, epoch) => asked(() => inner.fence(process, epoch)),
    epochOf: (process) => asked(() => inner.epochOf(process)),
    lastCheckpoint: (process) => asked(() => inner.lastCheckpoint(process)),
    processes: () => asked(() => inner.processes()),
    base: (process) => asked(() => inner.base(process)),
    trim: (process, upTo) => asked(() => inner.trim(process, upTo)),
    erase: (process, seqs) => asked(() => inner.erase(process, seqs)),
    check: () => asked(() => inner.check()),
    onDurable: (listener) => inner.onDurable((entries) => power.isOn && listener(entries)),
    // The one behind it is the test's to close; what was appended in this turn is kept.
    close() {
      isClosed = true;
      return asked(() => new Promise((done) => setImmediate(done)));
    },
  };
}

/** A clock whose timers go with the power. `pending` counts those that are armed. */
export function poweredClock(clock: Clock, power: Power): Clock & { readonly pending: number } {
  const armed = new Set<() => void>();
  power.lost.addEventListener('abort', () => {
    for (const disarm of armed) disarm();
    armed.clear();
  });
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    ...(clock.up ? { up: () => clock.up?.() ?? 0 } : {}),
    get pending() {
      return armed.size;
    },
    after(ms, call) {
      if (!power.isOn) return () => {};
      const disarm = clock.after(ms, () => {
        armed.delete(disarm);
        call();
      });
      armed.add(disarm);
      return () => {
        disarm();
        armed.delete(disarm);
      };
    },
  };
}

/** A sandbox that several lives share: scripts of one that lost its power end unseen. */
export function poweredSandbox(inner: Sandbox, power: Power): Sandbox {
  return {
    run: ({ signal, ...job }) => {
      const either = signal ? AbortSignal.any([signal, power.lost]) : power.lost;
      return power.live(inner.run({ ...job, signal: either }));
    },
    check: (code) => power.live(inner.check(code)),
    close: async () => {},
    get children() {
      return inner.children;
    },
    programs: () => inner.programs(),
  };
}

/** Connections to model servers that break with the power, and are not tried again. */
export class PoweredConnections extends ModelConnections {
  readonly #power: Power;

  constructor(power: Power, env: Record<string, string>) {
    super({ env });
    this.#power = power;
  }

  override async endpoint(...place: Parameters<ModelConnections['endpoint']>): Promise<ChatEndpoint> {
    const power = this.#power;
    const { post } = await super.endpoint(...place);
    return {
      post: (body, signal, key) =>
        power.isOn ? power.live(post(body, AbortSignal.any([signal, power.lost]), key)) : never,
    };
  }
}
