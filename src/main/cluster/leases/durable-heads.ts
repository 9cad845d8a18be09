import type { Head, Journal } from '../../journal/journal.ts';

/** Where each stream ends durably, as seen since the program started: what a renewal tells the arbiter. */
export class DurableHeads {
  readonly #heads = new Map<string, Head>();
  readonly close: () => void;

  constructor(journal: Journal) {
    this.close = journal.onDurable((entries) => {
      for (const { process, seq, hash } of entries) this.#heads.set(process, { seq, hash });
    });
  }

  of(process: string): Head | undefined {
    return this.#heads.get(process);
  }
}
