import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from 'node:zlib';

/** Of the Headers of fetch, what is read. */
class LeanHeaders {
  /** Names and values in turn, as node got them. */
  readonly #raw: readonly string[];

  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  get(name: string): string | null {
    const raw = this.#raw;
    for (let at = 0; at < raw.length; at += 2) {
      const candidate = raw[at] as string;
      if (candidate.length === name.length && candidate.toLowerCase() === name.toLowerCase())
        return raw[at + 1] as string;
    }
    return null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  *entries(): IterableIterator<[string, string]> {
    const raw = this.#raw;
    for (let at = 0; at < raw.length; at += 2) yield [(raw[at] as string).toLowerCase(), raw[at + 1] as string];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

const decoders: Record<string, () => Transform> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Of the Response of fetch, what the openai client and we use. */
export class LeanResponse {
  readonly url: string;
  readonly status: number;
  readonly ok: boolean;
  readonly headers: LeanHeaders;
  /** The body, decompressed; not read by anyone yet. */
  readonly body: Readable;

  constructor(url: string, incoming: IncomingMessage) {
    this.url = url;
    this.status = incoming.statusCode ?? 0;
    this.ok = this.status >= 200 && this.status <= 299;
    this.headers = new LeanHeaders(incoming.rawHeaders);
    const decoder = decoders[this.headers.get('content-encoding')?.trim().toLowerCase() ?? ''];
    // The decoder carries on errors of both sides, so the callback has nothing to do.
    this.body = decoder ? pipeline(incoming, decoder(), () => {}) : incoming;
  }

  /** The body as text, invalid UTF-8 replaced; cut at `maxChars` or where it broke off. */
  text(maxChars = 65_536): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let text = '';
    this.body.setEncoding('utf8');
    this.body.on('data', (part: string) => {
      text += part;
      if (text.length <= maxChars) return;
      resolve(text.slice(0, maxChars));
      this.body.destroy();
    });
    this.body.on('end', () => resolve(text)).on('error', reject);
    this.body.on('close', () => resolve(text));
    return promise;
  }
}
