import type { Readable } from 'node:stream';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import type { AnswerDraft } from './answer-draft.ts';
import type { LeanResponse } from './lean-response.ts';
import type { ModelErrors } from './model-errors.ts';

export interface ReadLimits {
  /** Of a body in one piece, of one event of a stream, and of all text and arguments in a stream. */
  maxBytes: number;
  /** Called with each part that arrives. */
  onPart: () => void;
  errors: ModelErrors;
}

/** The envelopes of a stream weigh much more than its text; this many times `maxBytes` may pass over the wire. */
const envelopeFactor = 64;

/**
 * Reads the body into the draft as it arrives. What kind of body it is shows in its first character, whatever the
 * content type says: servers answer a wish for a stream with JSON and the other way round.
 * @throws RuntimeError from `errors`, or the error that broke the connection
 */
export function readAnswer(response: LeanResponse, draft: AnswerDraft, limits: ReadLimits): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reader = new AnswerReader(draft, limits);
  const { body } = response;
  let open = true;
  const settle = (work: () => boolean) => {
    try {
      if (!open || !work()) return;
      open = false;
      resolve();
    } catch (thrown) {
      open = false;
      reject(thrown);
      body.destroy();
    }
  };
  body.setEncoding('utf8');
  body.on('data', (part: string) => {
    limits.onPart();
    settle(() => reader.take(part));
    if (!open) letGo(body);
  });
  body.on('end', () => settle(() => reader.end()));
  body.on('error', reject);
  body.on('close', () => {
    if (open) reject(limits.errors.unusable('incomplete', reader.start));
  });
  return promise;
}

/** The rest after a complete answer is not waited for; a server that never ends its stream loses the connection. */
function letGo(body: Readable): void {
  const timer = setTimeout(() => body.destroy(), 1_000).unref();
  body.once('close', () => clearTimeout(timer));
}

class AnswerReader {
  /** The first characters, for the error message. */
  start = '';
  readonly #draft: AnswerDraft;
  readonly #maxBytes: number;
  readonly #errors: ModelErrors;
  #kind: 'unknown' | 'json' | 'stream' = 'unknown';
  #total = 0;
  /** All of a JSON body; of a stream, what follows the last line end. */
  #rest = '';
  #event = '';
  #done = false;

  constructor(draft: AnswerDraft, { maxBytes, errors }: ReadLimits) {
    this.#draft = draft;
    this.#maxBytes = maxBytes;
    this.#errors = errors;
  }

  /** True once the answer is complete. */
  take(part: string): boolean {
    if (this.#done) return false;
    this.#total += part.length;
    this.#rest += part;
    if (this.#kind === 'unknown') this.#recognize();
    if (this.#kind === 'stream') this.#takeLines();
    this.#checkSize();
    return this.#done;
  }

  /** The body has ended: true, or thrown. */
  end(): true {
    if (this.#kind === 'json') return this.#takeJson();
    if (this.#kind === 'unknown') throw this.#errors.unusable('empty', this.start);
    this.#takeLine(this.#rest);
    this.#takeLine('');
    // Some servers leave out [DONE]; without a finish reason as well, the end came too early.
    if (!this.#done && this.#draft.finish === null) throw this.#errors.unusable('incomplete', this.start);
    return true;
  }

  #recognize(): void {
    this.start = this.#rest.replace(/^[\ufeff\s]+/, '').slice(0, 200);
    const first = this.start[0];
    if (first === undefined) return;
    if (first === '{' || first === '[') this.#kind = 'json';
    else if (/^(data|event|id|retry)?:|^(d|e|i|r)[a-z]*$/.test(this.start)) this.#kind = 'stream';
    else throw this.#errors.unusable(first === '<' ? 'html' : 'not_json', this.start);
  }

  #checkSize(): void {
    const wire = this.#kind === 'stream' ? this.#maxBytes * envelopeFactor : this.#maxBytes;
    const held = this.#rest.length + this.#event.length;
    if (this.#total > wire || held > this.#maxBytes || this.#draft.size > this.#maxBytes) {
      throw this.#errors.unusable('too_large', this.start);
    }
  }

  #takeJson(): true {
    const answer = this.#parse(this.#rest.replace(/^\ufeff/, ''), this.start);
    const told = toldError(answer);
    if (told) throw this.#errors.told(told);
    if (!isJsonObject(answer) || !this.#draft.takeCompletion(answer)) throw this.#errors.unusable('shape', this.start);
    return true;
  }

  #takeLines(): void {
    let from = 0;
    for (let to = this.#rest.indexOf('\n'); to >= 0 && !this.#done; to = this.#rest.indexOf('\n', from)) {
      this.#takeLine(this.#rest.slice(from, this.#rest[to - 1] === '\r' ? to - 1 : to));
      from = to + 1;
    }
    this.#rest = this.#rest.slice(from);
  }

  /** One line of an event stream: a field, or the empty line that ends an event. */
  #takeLine(line: string): void {
    if (line.startsWith('data:')) {
      const data = line.slice(line[5] === ' ' ? 6 : 5);
      this.#event = this.#event === '' ? data : `${this.#event}\n${data}`;
    } else if (line === '' && this.#event !== '') {
      const event = this.#event;
      this.#event = '';
      this.#takeEvent(event);
    }
  }

  #takeEvent(data: string): void {
    if (data === '[DONE]') {
      this.#done = true;
      return;
    }
    const chunk = this.#parse(data, data);
    const told = toldError(chunk);
    if (told) throw this.#errors.told(told);
    if (isJsonObject(chunk)) this.#draft.takeChunk(chunk);
  }

  #parse(text: string, start: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#errors.unusable('not_json', start);
    }
  }
}

/** `{"error": …}`; Gemini puts it in a list. */
function toldError(answer: unknown): JsonObject | undefined {
  const body: unknown = Array.isArray(answer) ? answer[0] : answer;
  if (!isJsonObject(body) || !body['error']) return undefined;
  const error = body['error'];
  return isJsonObject(error) ? error : { message: String(error) };
}
