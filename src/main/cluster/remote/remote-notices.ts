import { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { RuntimeNotice } from '../../../shared/notices.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Peers } from '../peers.ts';

export interface NoticePlace {
  seq: number;
  boot: string;
}

/** Where notices come from, here or on another node. */
export interface Notices {
  watch(after: NoticePlace | null, listener: (notice: RuntimeNotice) => void): () => void;
}

const waitMs = 20_000;
const answerMs = waitMs + 5_000;
const mostAtOnce = 1_000;
const firstPauseMs = 250;
const mostPauseMs = 5_000;

const Batch = z.object({ notices: z.array(RuntimeNotice), place: z.object({ seq: z.int(), boot: z.string() }) });
type Batch = z.infer<typeof Batch>;
const Place = z.object({ seq: z.int(), boot: z.string() });

/** Answers what is new since a place, as soon as there is something, or after 20 s that there is nothing. */
export function answerNotices(peers: Peers, local: Notices, clock: Clock): () => void {
  return peers.answer('notices', 'observe', async ({ body, signal }) => {
    const asked = Place.safeParse(isJsonObject(body) ? body['after'] : null);
    // Who begins is told its place at once, so that nothing is missed should a later answer be lost.
    const batch = asked.success
      ? await nextNotices(local, asked.data, clock, signal)
      : { notices: [], place: placeNow(local) };
    return batch as unknown as Json;
  });
}

/** A place that is kept by nobody is answered with a gap at once, which says where notices are now. */
function placeNow(local: Notices): NoticePlace {
  let place = { seq: 0, boot: '' };
  local.watch({ seq: 0, boot: '' }, ({ seq, boot }) => (place = { seq, boot }))();
  return place;
}

async function nextNotices(local: Notices, after: NoticePlace, clock: Clock, signal: AbortSignal): Promise<Batch> {
  const notices: RuntimeNotice[] = [];
  const { promise: some, resolve } = Promise.withResolvers<void>();
  const unwatch = local.watch(after, (notice) => {
    if (notices.length < mostAtOnce) notices.push(notice);
    // What one turn of the event loop brings goes together.
    setImmediate(resolve);
  });
  const disarm = clock.after(waitMs, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  try {
    await some;
  } finally {
    disarm();
    unwatch();
  }
  const last = notices.at(-1);
  return { notices, place: last ? { seq: last.seq, boot: last.boot } : after };
}

/** The notices of another node, for as long as somebody watches; a node that is away is waited for. */
export function remoteNotices(peers: Peers, node: string, clock: Clock): Notices {
  return {
    watch(after, listener) {
      const stop = new AbortController();
      void follow(peers, node, clock, after, listener, stop.signal);
      return () => stop.abort();
    },
  };
}

async function follow(
  peers: Peers,
  node: string,
  clock: Clock,
  from: NoticePlace | null,
  listener: (notice: RuntimeNotice) => void,
  signal: AbortSignal,
): Promise<void> {
  let place = from;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    try {
      const answer = await peers.ask(
        node,
        'notices',
        { after: place && { ...place } },
        { timeoutMs: answerMs, signal },
      );
      const batch = Batch.parse(answer);
      pauseMs = firstPauseMs;
      place = batch.place;
      for (const notice of batch.notices) if (!signal.aborted) listener(notice);
    } catch (thrown) {
      // Whoever may not watch there, or is not paired any more, is not let in by asking again.
      if (thrown instanceof RuntimeError && !thrown.retryable) return;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
      pauseMs = Math.min(mostPauseMs, 2 * pauseMs);
    }
  }
}
