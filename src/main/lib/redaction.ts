import { isJsonObject, type Json } from '../../shared/json.ts';

/** Shorter values would be found everywhere, and protect nothing. */
const shortestRedacted = 6;

export interface KnownValue {
  name: string;
  value: string;
}

/**
 * Takes secret values out of texts: as they are, in base64 and base64url (also in the middle of something longer), hex,
 * URL-encoded, escaped for JSON or HTML, and with line breaks put in anywhere.
 */
export class Redactor {
  readonly #patterns: { name: string; pattern: string }[] = [];

  constructor(values: readonly KnownValue[]) {
    for (const { name, value } of values) {
      if (value.length < shortestRedacted) continue;
      for (const pattern of encodings(value)) this.#patterns.push({ name, pattern });
    }
    // The longest first, so that nothing of a longer one is left over.
    this.#patterns.sort((a, b) => b.pattern.length - a.pattern.length);
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  text(text: string): string {
    if (text.length < shortestRedacted) return text;
    const found = this.#find(flatten(text));
    if (found.length === 0) return text;
    let clean = '';
    let done = 0;
    for (const { from, to, name } of found) {
      if (from >= done) clean += `${text.slice(done, from)}[secret:${name}]`;
      done = Math.max(done, to);
    }
    return clean + text.slice(done);
  }

  /** Where in the text there are secrets, the first one first. */
  #find(flat: FlatText): { from: number; to: number; name: string }[] {
    const found: { from: number; to: number; name: string }[] = [];
    for (const { name, pattern } of this.#patterns) {
      for (let at = flat.text.indexOf(pattern); at >= 0; at = flat.text.indexOf(pattern, at + pattern.length)) {
        found.push({ from: flat.place(at), to: flat.place(at + pattern.length - 1) + 1, name });
      }
    }
    return found.sort((a, b) => a.from - b.from || b.to - a.to);
  }

  /** How much of the end of a text may be the beginning of a secret that goes on in what comes next, in characters. */
  openEnd(text: string): number {
    // A backslash at the end may be one half of a break as JSON writes it, which would be passed over.
    const beforeHalf = text.endsWith('\\') ? this.#openEnd(text.slice(0, -1)) : 0;
    return Math.max(this.#openEnd(text), beforeHalf === 0 ? 0 : beforeHalf + 1);
  }

  #openEnd(text: string): number {
    const flat = flatten(text);
    const { length } = flat.text;
    let held = 0;
    for (const { pattern } of this.#patterns) {
      for (let part = Math.min(pattern.length - 1, length); part > held; part--)
        if (pattern.startsWith(flat.text.slice(length - part))) held = part;
    }
    if (held === 0) return 0;
    let cut = flat.place(length - held);
    // What is found already is not to be cut in two.
    for (const { from, to } of this.#find(flat).reverse()) if (from < cut && cut < to) cut = from;
    return text.length - cut;
  }

  /** Every text of a value, keys as well. Gives the same value back where nothing was found. */
  value<T>(value: T): T {
    if (typeof value === 'string') return this.text(value) as T;
    if (Array.isArray(value)) {
      const clean = value.map((element: Json) => this.value(element));
      return (clean.every((element, index) => element === value[index]) ? value : clean) as T;
    }
    if (!isJsonObject(value)) return value;
    let changed = false;
    const clean: [string, Json][] = [];
    for (const [key, inner] of Object.entries(value)) {
      const entry: [string, Json] = [this.text(key), this.value(inner)];
      changed ||= entry[0] !== key || entry[1] !== inner;
      clean.push(entry);
    }
    return (changed ? Object.fromEntries(clean) : value) as T;
  }
}

/** Text that comes in pieces, with secrets taken out also where one lies across pieces. */
export class RedactedStream {
  readonly #redactor: Redactor;
  readonly #give: (text: string) => void;
  #held = '';

  constructor(redactor: Redactor, give: (text: string) => void) {
    this.#redactor = redactor;
    this.#give = give;
  }

  push(piece: string): void {
    const text = this.#held + piece;
    const sure = text.length - this.#redactor.openEnd(text);
    this.#held = text.slice(sure);
    if (sure > 0) this.#give(this.#redactor.text(text.slice(0, sure)));
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#held !== '') this.#give(this.#redactor.text(this.#held));
    this.#held = '';
  }
}

interface FlatText {
  text: string;
  place(index: number): number;
}

/** The text without line breaks, also such as JSON writes them, and where each of its characters stands. */
function flatten(text: string): FlatText {
  if (!/[\r\n]|\\[rn]/.test(text)) return { text, place: (index) => index };
  const places: number[] = [];
  let flat = '';
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    if (char === '\n' || char === '\r') continue;
    if (char === '\\' && (text[index + 1] === 'n' || text[index + 1] === 'r')) {
      index++;
      continue;
    }
    flat += char;
    places.push(index);
  }
  return { text: flat, place: (index) => places[index] as number };
}

function encodings(value: string): Set<string> {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(value);
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
    ...htmlForms(value),
    hex,
    hex.toUpperCase(),
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    new URLSearchParams({ v: value }).toString().slice(2),
    ...base64Forms(bytes),
  ];
  return new Set(forms.map((form) => flatten(form).text).filter((form) => form.length >= shortestRedacted));
}

/** Base64 of the value where it begins at any of the three places of a group: what does not depend on its neighbours. */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = [];
  for (let shift = 0; shift < 3; shift++) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((shift * 4) / 3);
    const to = Math.floor(((shift + bytes.length) * 4) / 3);
    const stable = text.slice(from, to);
    if (shift === 0) forms.push(text, Buffer.from(text, 'base64').toString('base64'));
    forms.push(stable);
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function htmlForms(value: string): string[] {
  const escaped = (apostrophe: string, quote: string) =>
    value.replace(
      /[&<>"']/g,
      (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': quote, "'": apostrophe })[char] ?? char,
    );
  return [
    escaped('&#39;', '&quot;'),
    escaped('&#x27;', '&quot;'),
    escaped("'", '&quot;'),
    escaped('&apos;', '&#34;'),
    escaped("'", '"'),
  ];
}
