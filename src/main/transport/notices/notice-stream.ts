import type { ServerResponse } from 'node:http';
import { type ErrorCode, RuntimeError } from '../../../shared/errors.ts';
import type { RuntimeNotice } from '../../../shared/notices.ts';
import type { Clock } from '../../lib/clock.ts';
import type { NoticeCursor, NoticeSource } from '../http/served.ts';

const heartbeatMs = 15_000;
const checkMs = 400;
const maxUnreadBytes = 1024 * 1024;
const lastWordsMs = 2_000;

/** `boot:seq`, as the stream gives it in its ids. @throws RuntimeError `REQUEST_INVALID` */
export function parseCursor(text: string | undefined): NoticeCursor | null {
  if (text === undefined || text === '') return null;
  const [, boot, seq] = /^(.{1,100}):(\d{1,15})$/.exec(text) ?? [];
  if (boot !== undefined) return { boot, seq: Number(seq) };
  throw new RuntimeError('REQUEST_INVALID', 'Last-Event-ID must be an id that this stream gave: boot:number.');
}

/**
 * Notices as Server-Sent Events. Each has an id to go on from; a comment every 15 s shows that the line is alive. A
 * client that does not read is cut, and so is one whose token has ended: each is told in a last event named `closed`.
 */
export class NoticeStreams {
  readonly #open = new Set<NoticeStream>();
  readonly #clock: Clock;
  readonly #maxStreams: number;
  #stopChecks: (() => void) | undefined;

  constructor(clock: Clock, maxStreams = 256) {
    this.#clock = clock;
    this.#maxStreams = maxStreams;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Holds the response until the client goes, `isGranted` says no, or the server closes. */
  serve(response: ServerResponse, notices: NoticeSource, after: NoticeCursor | null, isGranted: () => boolean): void {
    if (this.#open.size >= this.#maxStreams) {
      throw new RuntimeError('TOO_MANY_CONNECTIONS', `There are ${this.#maxStreams} notice streams open already.`);
    }
    const stream = new NoticeStream(response, isGranted, this.#clock);
    this.#open.add(stream);
    response.once('close', () => {
      this.#open.delete(stream);
      stream.stop();
      if (this.#open.size === 0) this.#stopChecks?.();
    });
    stream.begin(notices, after);
    if (this.#open.size === 1) this.#check();
  }

  close(): void {
    this.#stopChecks?.();
    for (const stream of this.#open) stream.end('NODE_CLOSING', 'The node is closing.');
  }

  #check(): void {
    this.#stopChecks = this.#clock.after(checkMs, () => {
      for (const stream of this.#open) stream.check();
      this.#check();
    });
  }
}

class NoticeStream {
  readonly #response: ServerResponse;
  readonly #isGranted: () => boolean;
  readonly #clock: Clock;
  #unwatch: (() => void) | undefined;
  #pending = '';
  #flushing = false;
  #ended = false;
  #wroteAt: number;

  constructor(response: ServerResponse, isGranted: () => boolean, clock: Clock) {
    this.#response = response;
    this.#isGranted = isGranted;
    this.#clock = clock;
    this.#wroteAt = clock.elapsed();
  }

  begin(notices: NoticeSource, after: NoticeCursor | null): void {
    this.#response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    });
    this.#write('retry: 1000\n\n');
    this.#unwatch = notices.watch(after, (notice) => this.#send(notice));
    // It may have ended while the notices that were kept came in.
    if (this.#ended) this.stop();
  }

  /** Called a few times a second: is the token still good, does the line need a sign of life? */
  check(): void {
    if (this.#ended) return;
    if (!this.#isGranted()) this.end('TOKEN_INVALID', 'The token has expired or been revoked.');
    else if (this.#clock.elapsed() - this.#wroteAt >= heartbeatMs) this.#write(': alive\n\n');
  }

  end(code: ErrorCode, message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stop();
    this.#flush();
    this.#response.end(`event: closed\ndata: ${JSON.stringify({ code, message })}\n\n`);
    const disarm = this.#clock.after(lastWordsMs, () => this.#response.destroy());
    this.#response.once('close', disarm);
  }

  stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  #send(notice: RuntimeNotice): void {
    if (this.#ended) return;
    this.#pending += `id: ${notice.boot}:${notice.seq}\ndata: ${JSON.stringify(notice)}\n\n`;
    if (this.#pending.length + this.#response.writableLength > maxUnreadBytes) {
      this.end('STREAM_NOT_READ', 'Notices were not read in time; connect again with the last id to go on.');
    } else if (!this.#flushing) {
      this.#flushing = true;
      // What one turn of the event loop brings goes out together.
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#pending) this.#write(this.#pending);
    this.#pending = '';
  }

  #write(text: string): void {
    this.#wroteAt = this.#clock.elapsed();
    if (!this.#response.writableEnded) this.#response.write(text);
  }
}
