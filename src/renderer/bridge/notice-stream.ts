import { RuntimeNotice } from '../../shared/notices.ts';
import type { Bridge, NoticeCursor, NoticeListener } from './bridge.ts';
import type { Session } from './session.ts';
import { sseParser } from './sse-parser.ts';

/** A stream that has been silent for this long is asked whether it still lives. */
const silenceMs = 15_000;
const firstRetryMs = 250;
const longestRetryMs = 3_000;

/** Where notices are read, and the headers that say whose are meant. */
export interface NoticePlace {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * Follows the notices over HTTP. `EventSource` cannot send a token, so the stream is read by `fetch`. A broken stream
 * is opened again after the last notice seen; a stream that went silent (a laptop that slept, a cable) is found by
 * asking /health.
 */
export function watchNotices(
  place: NoticePlace,
  session: Session,
  after: () => NoticeCursor | null,
  listener: NoticeListener,
): ReturnType<Bridge['watch']> {
  const closing = new AbortController();
  void keepReading(place, session, after, listener, closing.signal);
  return () => closing.abort();
}

async function keepReading(
  place: NoticePlace,
  session: Session,
  after: () => NoticeCursor | null,
  listener: NoticeListener,
  closed: AbortSignal,
): Promise<void> {
  let retryMs = firstRetryMs;
  while (!closed.aborted) {
    const outcome = await readOnce(place, session, after(), listener, closed).catch(() => 'failed' as const);
    if (closed.aborted) return;
    if (outcome === 'denied') {
      session.end();
      listener.denied();
      return;
    }
    listener.lost();
    retryMs = outcome === 'ended' ? firstRetryMs : Math.min(retryMs * 2, longestRetryMs);
    await pause(retryMs, closed);
  }
}

async function readOnce(
  { url, headers: meant }: NoticePlace,
  session: Session,
  after: NoticeCursor | null,
  listener: NoticeListener,
  closed: AbortSignal,
): Promise<'ended' | 'failed' | 'denied'> {
  const broken = new AbortController();
  const headers: Record<string, string> = {
    ...meant,
    accept: 'text/event-stream',
    authorization: `Bearer ${session.token() ?? ''}`,
  };
  if (after) headers['last-event-id'] = `${after.boot}:${after.seq}`;
  const reply = await fetch(url, { headers, cache: 'no-store', signal: AbortSignal.any([closed, broken.signal]) });
  if (reply.status === 401) return 'denied';
  if (!reply.ok || !reply.body) return 'failed';
  listener.opened();
  const feed = sseParser(({ data }) => {
    const notice = RuntimeNotice.safeParse(parsed(data));
    if (notice.success) listener.notice(notice.data);
  });
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let heardAt = performance.now();
  const ear = setInterval(() => {
    if (performance.now() - heardAt > silenceMs) void lives(url, session).then((alive) => alive || broken.abort());
  }, silenceMs / 3);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      heardAt = performance.now();
      feed(value);
    }
  } catch {
    return 'ended';
  } finally {
    clearInterval(ear);
  }
}

async function lives(url: string, session: Session): Promise<boolean> {
  const health = url.replace(/notices$/, 'health');
  // The door for devices answers nothing without a token.
  const headers = { authorization: `Bearer ${session.token() ?? ''}` };
  const signal = AbortSignal.timeout(3_000);
  const reply = await fetch(health, { headers, cache: 'no-store', signal }).catch(() => null);
  return reply?.ok ?? false;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    until.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
