import type { Clock } from '../../lib/clock.ts';
import type { Discovery, Sighted } from './discovery.ts';

export interface StaticDiscoveryOptions {
  addresses: readonly string[];
  clock: Clock;
  /** Goes there and says which paired node it met; null: nobody, or nobody it is paired with. */
  visit(address: string): Promise<string | null>;
}

const everyMs = 30_000;

/** Addresses that a person gave, for networks where nobody hears an advert. */
export class StaticDiscovery implements Discovery {
  readonly source = 'static';
  readonly #options: StaticDiscoveryOptions;
  readonly #met = new Map<string, { node: string | null; at: number }>();
  #disarm: (() => void) | undefined;
  #closed = false;

  constructor(options: StaticDiscoveryOptions) {
    this.#options = options;
    if (options.addresses.length > 0) void this.#round();
  }

  list(): readonly Sighted[] {
    return this.#options.addresses.map((address) => {
      const met = this.#met.get(address);
      return { address, node: met?.node ?? null, seenAt: met?.at ?? 0 };
    });
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
  }

  async #round(): Promise<void> {
    const { addresses, clock, visit } = this.#options;
    await Promise.all(
      addresses.map(async (address) => {
        const node = await visit(address).catch(() => null);
        const before = this.#met.get(address);
        this.#met.set(address, { node, at: node ? clock.now() : (before?.at ?? 0) });
      }),
    );
    if (!this.#closed) this.#disarm = clock.after(everyMs, () => void this.#round());
  }
}
