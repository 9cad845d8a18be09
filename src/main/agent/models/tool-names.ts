import { sha256 } from '../../lib/hash.ts';

/**
 * Tool names as providers accept them, `[A-Za-z0-9_-]{1,64}`, and back. Ours have dots: `server.tool` goes out as
 * `server_tool`. Two names that would become the same are told apart by a hash.
 */
export class ToolNames {
  readonly #toWire = new Map<string, string>();
  readonly #toOurs = new Map<string, string>();

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const plain = wireName(name);
      const wire = this.#toOurs.has(plain) ? hashedName(name) : plain;
      this.#toWire.set(name, wire);
      this.#toOurs.set(wire, name);
    }
  }

  /** Also of tools that are no longer offered but stand in the history. */
  wire(name: string): string {
    return this.#toWire.get(name) ?? wireName(name);
  }

  /** What the model called, in our words; a name that was never offered stays as it is. */
  ours(wire: string): string {
    return this.#toOurs.get(wire) ?? wire;
  }
}

const fits = /^[A-Za-z0-9_-]{1,64}$/;

function wireName(name: string): string {
  if (fits.test(name)) return name;
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_');
  return fits.test(plain) ? plain : hashedName(name);
}

const hashedName = (name: string) => `${name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 55)}_${sha256(name).slice(0, 8)}`;
