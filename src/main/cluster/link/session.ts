import type { Duplex } from 'node:stream';
import { asError, fromWire, RuntimeError, toWire, type WireError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { Clock } from '../../lib/clock.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import { maxMessageBytes } from '../peers.ts';
import { FrameReader, frameKinds, type Message } from './frames.ts';
import { OutgoingFrames } from './outgoing-frames.ts';

/** Far above what nodes ask each other; what is over it is told to wait. */
const questionsPerSecond = 500;
const questionsAtOnce = 1_000;
const maxOpenAnswers = 256;
/** A line that is silent for as long while an answer is due is taken for dead. */
const maxSilenceMs = 3_000;
/** How long both sides may take to let each other in. */
const helloMs = 5_000;
/** How long a last word may take to go out. */
const lastWordMs = 500;

export interface SessionOptions {
  clock: Clock;
  /** What is said first, on both sides. */
  hello: Json;
  /** Looks at the other side's hello, once; what it throws is told there, and ends the session. */
  admit(hello: Json, session: PeerSession): Promise<void>;
  answer(question: string, body: Json, signal: AbortSignal): Promise<Json>;
  onEnd(session: PeerSession, reason: RuntimeError): void;
  /** The text of a bug stays here. */
  onFault(thrown: unknown, question: string): void;
}

interface Asked {
  resolve(answer: Json): void;
  reject(error: RuntimeError): void;
}

/** One connection to a node whose key has been checked: questions and answers, both ways. */
export class PeerSession {
  readonly #socket: Duplex;
  readonly #options: SessionOptions;
  readonly #out: OutgoingFrames;
  readonly #reader = new FrameReader();
  readonly #asked = new Map<number, Asked>();
  readonly #answering = new Map<number, AbortController>();
  readonly #bucket: TokenBucket;
  readonly #ready = Promise.withResolvers<void>();
  #lastId = 0;
  #heardAt: number;
  #ended: RuntimeError | undefined;
  #greeted = false;

  constructor(socket: Duplex, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#out = new OutgoingFrames(socket);
    this.#bucket = new TokenBucket(options.clock, questionsPerSecond, questionsAtOnce);
    this.#heardAt = options.clock.elapsed();
    const disarm = options.clock.after(helloMs, () => this.#end(lost('it did not say who it is')));
    this.#ready.promise.then(disarm, disarm);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#end(lost(error.message)));
    // Who does not know us closes before its hello, and says nothing.
    socket.on('end', () => this.#end(this.#greeted ? lost('it closed the connection') : unknownThere()));
    socket.on('close', () => this.#end(lost('the connection ended')));
    this.#send({ kind: frameKinds.hello, id: 0, content: bytesOf(options.hello) });
  }

  /** Resolves when both sides have let each other in. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /** @throws RuntimeError `PEER_UNREACHABLE`, or what the other side threw. */
  async ask(question: string, body: Json, timeoutMs: number, signal?: AbortSignal): Promise<Json> {
    if (this.#ended) throw this.#ended;
    const content = bytesOf({ question, body, timeoutMs });
    if (content.length > maxMessageBytes) throw tooLong(`The question "${question}"`);
    this.#lastId = (this.#lastId % 0xffff_fffe) + 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const askedAt = this.#options.clock.elapsed();
    const giveUp = (why: string) => {
      if (!this.#asked.delete(id)) return;
      this.#send({ kind: frameKinds.cancel, id, content: nothing });
      reject(lost(why));
    };
    const abort = () => giveUp('the question was given up');
    const disarm = this.#options.clock.after(timeoutMs, () => {
      giveUp(`no answer within ${timeoutMs} ms`);
      const now = this.#options.clock.elapsed();
      if (this.#heardAt < askedAt && now - this.#heardAt > Math.min(maxSilenceMs, timeoutMs)) {
        this.#end(lost('the line is dead'));
      }
    });
    this.#asked.set(id, { resolve, reject });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (signal?.aborted) abort();
      else if (!this.#send({ kind: frameKinds.question, id, content })) {
        giveUp('too much waits to be sent to it');
      }
      return await promise;
    } finally {
      disarm();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the session and tells the other side why. */
  close(reason: RuntimeError): void {
    if (this.#ended) return;
    this.#send({ kind: frameKinds.bye, id: 0, content: bytesOf(toWire(reason) as unknown as Json) });
    this.#end(reason);
  }

  #end(reason: RuntimeError): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#ready.reject(reason);
    for (const asked of this.#asked.values()) asked.reject(reason);
    this.#asked.clear();
    for (const stop of this.#answering.values()) stop.abort();
    this.#answering.clear();
    this.#socket.end();
    const disarm = this.#options.clock.after(lastWordMs, () => this.#socket.destroy());
    this.#socket.once('close', disarm);
    this.#options.onEnd(this, reason);
  }

  /** False: nothing was sent. */
  #send(message: Message): boolean {
    if (this.#ended) return false;
    return this.#out.send(message);
  }

  #take(chunk: Buffer): void {
    this.#heardAt = this.#options.clock.elapsed();
    try {
      for (const message of this.#reader.take(chunk)) {
        if (this.#ended) return;
        this.#hear(message);
      }
    } catch (thrown) {
      this.close(
        thrown instanceof RuntimeError ? thrown : lost(`what it sent cannot be read: ${asError(thrown).message}`),
      );
    }
  }

  #hear({ kind, id, content }: Message): void {
    if (kind === frameKinds.bye) {
      this.#end(farewell(fromWire(jsonOf(content))));
    } else if (!this.#greeted) {
      if (kind !== frameKinds.hello) throw lost('it did not say who it is');
      this.#greeted = true;
      void this.#admit(jsonOf(content));
    } else if (kind === frameKinds.question) void this.#answer(id, jsonOf(content));
    else if (kind === frameKinds.cancel) this.#answering.get(id)?.abort();
    else if (kind === frameKinds.answer || kind === frameKinds.failure) {
      const asked = this.#asked.get(id);
      this.#asked.delete(id);
      if (kind === frameKinds.answer) asked?.resolve(jsonOf(content));
      else asked?.reject(fromWire(jsonOf(content)));
    }
  }

  async #admit(hello: Json): Promise<void> {
    try {
      await this.#options.admit(hello, this);
      this.#ready.resolve();
    } catch (thrown) {
      this.close(thrown instanceof RuntimeError ? thrown : lost('it could not be let in'));
    }
  }

  async #answer(id: number, content: Json): Promise<void> {
    const stop = new AbortController();
    const { question = '', body = null, timeoutMs = 0 } = isJsonObject(content) ? content : {};
    const tooMany = this.#bucket.take() > 0 || this.#answering.size >= maxOpenAnswers;
    this.#answering.set(id, stop);
    const disarm = this.#options.clock.after(Math.min(Number(timeoutMs) || 0, 600_000), () => stop.abort());
    try {
      await this.#ready.promise;
      if (tooMany) throw new RuntimeError('RATE_LIMITED', 'This peer asks more than this node answers.');
      const answer = await this.#options.answer(String(question), body, stop.signal);
      const bytes = bytesOf(answer);
      if (bytes.length > maxMessageBytes) throw tooLong(`The answer to "${question}"`);
      this.#send({ kind: frameKinds.answer, id, content: bytes });
    } catch (thrown) {
      if (!(thrown instanceof RuntimeError)) this.#options.onFault(thrown, String(question));
      this.#send({ kind: frameKinds.failure, id, content: bytesOf(toWire(thrown) as unknown as Json) });
    } finally {
      disarm();
      if (this.#answering.get(id) === stop) this.#answering.delete(id);
    }
  }
}

const nothing = Buffer.alloc(0);
const bytesOf = (value: Json): Buffer => Buffer.from(JSON.stringify(value ?? null));
const jsonOf = (bytes: Buffer): Json => JSON.parse(bytes.toString()) as Json;

function lost(why: string): RuntimeError {
  return new RuntimeError('PEER_UNREACHABLE', `The peer cannot be reached: ${why}.`);
}

function tooLong(what: string): RuntimeError {
  return new RuntimeError('BODY_TOO_LARGE', `${what} is longer than ${maxMessageBytes} bytes.`, {
    maxBytes: maxMessageBytes,
  });
}

function unknownThere(): RuntimeError {
  return new RuntimeError('PEER_REFUSED', 'The peer does not know this node: it was not paired there, or was revoked.');
}

/** Only these say something about us; any other reason is the other side's own affair. */
function farewell(error: WireError | RuntimeError): RuntimeError {
  const { code, message } = error;
  return new RuntimeError(code === 'PEER_REFUSED' || code === 'NODE_ID_DUPLICATE' ? code : 'PEER_UNREACHABLE', message);
}
