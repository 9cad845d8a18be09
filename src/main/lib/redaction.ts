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
    const flat = flatten(text);
    const found: { from: number; to: number; name: string }[] = [];
    for (const { name, pattern } of this.#patterns) {
      for (let at = flat.text.indexOf(pattern); at >= 0; at = flat.text.indexOf(pattern, at + pattern.length)) {
        found.push({ from: flat.place(at), to: flat.place(at + pattern.length - 1) + 1, name });
      }
    }
    if (found.length === 0) return text;
    found.sort((a, b) => a.from - b.from || b.to - a.to);
    let clean = '';
    let done = 0;
    for (const { from, to, name } of found) {
      if (from >= done) clean += `${text.slice(done, from)}[secret:${name}]`;
      done = Math.max(done, to);
    }
    return clean + text.slice(done);
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

/** The text without line breaks, also such as JSON writes them, and where each of its characters stands. */
function flatten(text: string): { text: string; place(index: number): number } {
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
