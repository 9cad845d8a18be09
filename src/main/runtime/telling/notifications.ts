import {
  type News,
  NotificationSink,
  NotificationSinks,
  type NotificationsView,
} from '../../../shared/config/notification-config.ts';
import { type JournalEntry, nodeStream } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { patternOf } from '../../../shared/name-pattern.ts';
import type { Governance } from '../../governance/governance.ts';
import { postSigned } from '../../governance/signed-post.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Alarm } from '../../lib/alarm.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { NodeStream } from '../node-stream.ts';
import { newsKinds, newsOf } from './news.ts';

const [firstWaitMs, longestWaitMs] = [1_000, 300_000];
/** After that nobody needs to be told any more. */
const givenUpAfterMs = 24 * 3_600_000;
/** More than this waits for no webhook: the journal has it all. */
const mostWaiting = 1_000;
/** How many of the newest entries of a process are looked through for news that a crash left untold. */
const lookedThrough = 200;

export interface NotificationsParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly node: NodeStream;
  readonly journal: Journal;
  readonly governance: Governance;
  log(level: 'info' | 'warn', message: string, details: JsonObject): void;
  /** Shows it on the desktop, where there is one. */
  show(news: News): void;
}

interface Sink extends NotificationSink {
  wants(news: News): boolean;
}

interface Way {
  attempts: number;
  lastError: string | null;
  dropped: number;
  isBusy: boolean;
  disarm?: () => void;
}

/**
 * Tells people elsewhere what happens on the node. What goes to a webhook stands in the node's own stream until it was
 * taken, so it survives a crash; each webhook gets its news in order, and a slow one holds up no other.
 *
 * Invariants:
 *   N1. News is told after the entry it follows from is durable.
 *   N2. A webhook is told at least once, with the same id each time, unless it takes nothing for a day.
 */
export class Notifications {
  readonly #parts: NotificationsParts;
  readonly #ways = new Map<string, Way>();
  readonly #stopListening: () => void;
  #sinks: readonly Sink[] = [];
  #isClosed = false;

  constructor(parts: NotificationsParts) {
    this.#parts = parts;
    this.#stopListening = parts.journal.onDurable((entries) => this.#hear(entries));
  }

  /** Takes up what was set, and what waits. Nothing where no sink is set. */
  open(): void {
    this.#use(sinksIn(this.#parts.node.setting('notifications')));
    for (const { id } of this.#sinks) this.#run(id);
  }

  /** Looks for news of an earlier program that a crash kept from being told; in the background. */
  async catchUp(processes: readonly string[]): Promise<void> {
    const hooks = this.#sinks.filter(({ type, enabled }) => type === 'webhook' && enabled);
    if (hooks.length === 0) return;
    const { journal, node } = this.#parts;
    const since = await node.previousStart();
    if (since === null) return;
    for (const process of processes) {
      const entries = await journal.read(process, { kinds: newsKinds, order: 'desc', limit: lookedThrough });
      const known = node.newestNews(process);
      const missed = entries.filter(({ seq, at }) => at >= since && seq > known && at < node.startedAt).reverse();
      for (const entry of missed) this.#queue(entry, hooks);
    }
  }

  view(): NotificationsView {
    const sinks = this.#sinks.map(({ wants: _wants, ...sink }) => sink);
    const hooks = this.#sinks.filter(({ type }) => type === 'webhook');
    const outbox = hooks.map(({ id }) => {
      const waiting = [...this.#parts.node.untold(id).values()];
      const { lastError, dropped } = this.#wayOf(id);
      return { sink: id, waiting: waiting.length, oldestAt: waiting[0]?.at ?? null, lastError, dropped };
    });
    return { sinks, outbox };
  }

  /** Sets all sinks anew. What waits for one that is no more is told to nobody. @throws RuntimeError `REQUEST_INVALID`. */
  async set(wanted: readonly NotificationSink[], by: string): Promise<void> {
    const { governance, node } = this.#parts;
    const parsed = NotificationSinks.safeParse(wanted);
    if (!parsed.success) throw new RuntimeError('REQUEST_INVALID', `The sinks: ${parsed.error.issues[0]?.message}`, {});
    const sinks: NotificationSink[] = [];
    for (const sink of parsed.data) {
      const { secret } = sink;
      const handle = `notification_${sink.id}`;
      if (secret !== undefined && !secret.startsWith('secret://'))
        await governance.vault(node.journaled).keep(handle, secret);
      sinks.push(secret === undefined ? sink : { ...sink, secret: `secret://${handle}` });
    }
    await node.configure('notifications', { sinks: sinks as unknown as Json }, by);
    this.#use(sinks);
    for (const id of node.sinksWithNews()) {
      if (sinks.some((sink) => sink.id === id)) this.#run(id);
      else
        for (const news of [...node.untold(id).keys()])
          await node.endNews(id, news, 'dropped', 0, 'the sink is no more');
    }
  }

  /** Tells one sink something made up. @throws RuntimeError `REQUEST_INVALID`, and `FETCH_FAILED` where it does not take it. */
  async test(id: string): Promise<void> {
    const sink = this.#sinks.find((one) => one.id === id);
    if (!sink) throw new RuntimeError('REQUEST_INVALID', `There is no sink "${id}".`, { sink: id });
    const at = this.#parts.clock.now();
    const text = 'This is how you will hear of what your agents do.';
    const news: News = { id: `test.${at}`, kind: 'test', process: nodeStream, title: 'A test', text, at };
    if (sink.type !== 'webhook') return this.#tell(sink, news);
    const refusal = await this.#post(sink, news);
    if (refusal)
      throw new RuntimeError('FETCH_FAILED', `The webhook of "${id}" did not take it: ${refusal}.`, { sink: id });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    for (const { disarm } of this.#ways.values()) disarm?.();
  }

  #use(sinks: readonly NotificationSink[]): void {
    this.#sinks = sinks.map((sink) => {
      const events = sink.events.map(patternOf);
      const processes = sink.processes.map(patternOf);
      const wants = ({ kind, process }: News) =>
        sink.enabled &&
        events.some((pattern) => pattern.test(kind)) &&
        (processes.length === 0 || processes.some((pattern) => pattern.test(process)));
      return { ...sink, wants };
    });
  }

  /** N1. */
  #hear(entries: readonly JournalEntry[]): void {
    if (this.#sinks.length === 0 || this.#isClosed) return;
    for (const entry of entries)
      if (entry.process !== nodeStream || entry.kind === 'node.configured') this.#queue(entry, this.#sinks);
  }

  #queue(entry: JournalEntry, sinks: readonly Sink[]): void {
    for (const news of newsOf(entry)) this.#tellSinks(news, entry.seq, sinks);
  }

  #tellSinks(news: News, seq: number, sinks: readonly Sink[]): void {
    for (const sink of sinks) {
      if (!sink.wants(news)) continue;
      if (sink.type !== 'webhook') this.#tell(sink, news);
      else if (this.#parts.node.untold(sink.id).size >= mostWaiting) this.#wayOf(sink.id).dropped++;
      else {
        const clean = this.#parts.governance.redact(news);
        this.#parts.node.queueNews(sink.id, clean, seq).then(
          () => this.#run(sink.id),
          () => {},
        );
      }
    }
  }

  #tell({ type, id }: NotificationSink, news: News): void {
    const clean = this.#parts.governance.redact(news);
    if (type === 'desktop') this.#parts.show(clean);
    else
      this.#parts.log('info', `${clean.title}: ${clean.text}`, { sink: id, kind: clean.kind, process: clean.process });
  }

  #wayOf(id: string): Way {
    let way = this.#ways.get(id);
    if (!way) this.#ways.set(id, (way = { attempts: 0, lastError: null, dropped: 0, isBusy: false }));
    return way;
  }

  /** Tells a webhook what waits for it, the oldest first. */
  #run(id: string): void {
    const way = this.#wayOf(id);
    if (way.isBusy || way.disarm || this.#isClosed) return;
    way.isBusy = true;
    void this.#tellAll(id, way).finally(() => {
      way.isBusy = false;
      // Something may have come between the last look and this.
      const isThere = this.#sinks.some((sink) => sink.id === id);
      if (isThere && !way.disarm && this.#parts.node.untold(id).size > 0) this.#run(id);
    });
  }

  /** N2. */
  async #tellAll(id: string, way: Way): Promise<void> {
    const { node, clock, alarm } = this.#parts;
    for (;;) {
      const sink = this.#sinks.find((one) => one.id === id && one.type === 'webhook');
      const news = node.untold(id).values().next().value;
      if (!sink || !news || this.#isClosed) return;
      way.attempts++;
      const refusal = await this.#post(sink, news);
      if (this.#isClosed) return;
      way.lastError = refusal;
      const isOver = clock.now() - news.at >= givenUpAfterMs;
      if (refusal !== null && !isOver) {
        way.disarm = alarm.at(clock.now() + backoffMs(way.attempts, firstWaitMs, longestWaitMs), () => {
          delete way.disarm;
          this.#run(id);
        });
        return;
      }
      const { attempts } = way;
      way.attempts = 0;
      await node.endNews(id, news.id, refusal === null ? 'taken' : 'given_up', attempts, refusal ?? '');
    }
  }

  #post({ url = '', secret }: NotificationSink, news: News): Promise<string | null> {
    const { clock, governance, node } = this.#parts;
    return postSigned({
      url,
      id: news.id,
      body: news as unknown as JsonObject,
      now: clock.now(),
      ...(secret === undefined
        ? {}
        : { secret: () => governance.vault(node.journaled).reveal(secret, 'a notification', null) }),
    });
  }
}

function sinksIn(setting: JsonObject | null): NotificationSink[] {
  const kept = setting?.['sinks'];
  return Array.isArray(kept) ? kept.flatMap((one) => NotificationSink.safeParse(one).data ?? []) : [];
}
