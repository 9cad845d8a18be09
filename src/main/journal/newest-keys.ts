/** How many families are remembered; beyond that, it begins again. */
const maxFamilies = 10_000;

/**
 * Tells of most new keys that they are new without asking the store. Many keys grow: those of one trigger differ only in
 * the id or the instant of what woke it. What sorts after all kept keys of its family cannot have been kept before.
 * Anything else is not known here. Too high a newest key, as after a failed write, only makes it know less.
 */
export class NewestKeys {
  readonly #newest = new Map<string, string>();
  readonly #look: (process: string, from: string, below: string) => string | undefined;

  /** @param look the greatest key kept of a process from the one (included) to the other (excluded), in order of bytes. */
  constructor(look: (process: string, from: string, below: string) => string | undefined) {
    this.#look = look;
  }

  isNew(process: string, key: string): boolean {
    const family = familyOf(key);
    if (family === '') return false;
    const name = `${process}\n${family}`;
    let newest = this.#newest.get(name);
    if (newest === undefined) {
      newest = this.#look(process, family, after(family)) ?? '';
      if (this.#newest.size >= maxFamilies) this.#newest.clear();
      this.#newest.set(name, newest);
    }
    return key > newest;
  }

  /** It is kept now. */
  note(process: string, key: string): void {
    const name = `${process}\n${familyOf(key)}`;
    const newest = this.#newest.get(name);
    if (newest !== undefined && key > newest) this.#newest.set(name, key);
  }
}

/**
 * What a key has in common with those like it: all up to its last colon, and the publisher where an event of an agent is
 * named behind that (`bus_shop.0000000012.0`). '' where its order is not the one of its bytes.
 */
function familyOf(key: string): string {
  if (/[\ud800-\uffff]/.test(key)) return '';
  const colon = key.lastIndexOf(':') + 1;
  const dot = key.indexOf('.', colon) + 1;
  return key.slice(0, dot || colon);
}

/** What comes after everything that begins with the family. */
function after(family: string): string {
  const last = family.length - 1;
  return family.slice(0, last) + String.fromCharCode(family.charCodeAt(last) + 1);
}
