import type { EntryBody, NewEntry } from '../../shared/entries/journal-entries.ts';
import { asError, RuntimeError } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { Json } from '../../shared/json.ts';
import type { MessageEnd } from '../journal/fold/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import type { Alarm } from '../lib/alarm.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { OpenMessage } from './broker-fold.ts';
import { BrokerStream } from './broker-stream.ts';
import { Lanes } from './lanes.ts';
import type { Sending } from './sending.ts';
import { candidatesFor, fairest, handedOf, type Subscription, type Taker } from './taker.ts';
import { type TopicState, topicsOf } from './topics.ts';

/** How many messages may wait in one topic. */
export const topicLimit = 10_000;
/** How often a message is tried before it is dead. */
export const mostAttempts = 5;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
const refusedWaitMs = 1_000;

export interface BrokerParts {
  journal: Journal;
  clock: Clock;
  alarm: Alarm;
  log(level: 'warn' | 'error', message: string, details: { [key: string]: Json }): void;
}

/**
 * Topics as queues: each message goes to one of the processes that take from its topic.
 *
 * Invariants:
 *   M1. A message is durable before its sender hears that it was taken, and stays until somebody has done with it, its
 *       time is over, or a person ends it.
 *   M2. At any time one process at most has a message. Who has it is written before it is handed over, and each handing
 *       is one event in the queue of the taker, however often it is tried.
 *   M3. Messages of a topic are handed out in the order in which they were sent; one that waits for another attempt
 *       holds up no other.
 */
export class MessageBroker {
  readonly #parts: BrokerParts;
  readonly #stream: BrokerStream;
  readonly #subscriptions = new Set<Subscription>();
  readonly #takers = new Map<string, Taker>();
  /** Whose filter let which message pass by; asked again after a restart. */
  readonly #declined = new Map<string, Set<string>>();
  /** When each process was handed something last, as a count. */
  readonly #lastTurns = new Map<string, number>();
  #lanes = new Lanes();
  #opening: Promise<void> | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #started = false;
  #looking = false;
  #turn = 0;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.#stream = new BrokerStream(parts.journal, (error) => this.#onBroken(error));
  }

  /** Reads what an earlier program left; does not hand anything out before `start`. */
  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Begins to hand messages out. Everyone who was a taker before should be one again by now. */
  async start(): Promise<void> {
    await this.open();
    this.#started = true;
    for (const message of this.#stream.state.open.values()) if (message.taker) this.#offerAgain(message);
    this.#look();
  }

  /** Wants messages of the topics that `pattern` names (wildcards allowed) for a process. Returns what ends it. */
  subscribe(process: string, trigger: string, pattern: string): () => void {
    const subscription = { process, trigger, pattern };
    this.#subscriptions.add(subscription);
    this.#look();
    return () => this.#subscriptions.delete(subscription);
  }

  /** A process that may be handed messages from now on. Returns what ends it; what it has, it keeps. */
  join(taker: Taker): () => void {
    this.#takers.set(taker.process, taker);
    if (this.#started) {
      for (const message of this.#stream.state.open.values())
        if (message.taker?.process === taker.process) this.#offerAgain(message);
    }
    this.#look();
    return () => {
      if (this.#takers.get(taker.process) === taker) this.#takers.delete(taker.process);
    };
  }

  /** Its journal, for who keeps that small. */
  get stream(): Pick<BrokerStream, 'needed' | 'checkpointIfDue'> {
    return this.#stream;
  }

  /** Looks again: a taker may be able to take more than before. */
  kick(): void {
    this.#look();
  }

  /** @throws RuntimeError `QUEUE_FULL` when as many messages as may wait in the topic already. */
  assertRoom(topic: string): void {
    const waiting = this.#lanes.countOf(topic);
    if (waiting < topicLimit) return;
    throw new RuntimeError(
      'QUEUE_FULL',
      `${waiting} messages wait in topic "${topic}", and no more than ${topicLimit} may; wait until its takers have caught up, or start one.`,
      { topic, waiting },
    );
  }

  /** Durable when it resolves, with the ids of the messages. A message that was sent before is not sent again. */
  async send(sendings: readonly Sending[]): Promise<string[]> {
    await this.open();
    // One after another, so that looking for the key of one lets no later one pass it by.
    const turn = this.#sending.then(() => this.#sendInTurn(sendings));
    this.#sending = turn.catch(() => {});
    const { ids, written } = await turn;
    await written;
    this.#look();
    return ids;
  }

  async #sendInTurn(sendings: readonly Sending[]): Promise<{ ids: string[]; written: Promise<unknown> }> {
    const ids: string[] = [];
    const written: Promise<void>[] = [];
    for (const sending of sendings) {
      const id = sending.id ?? newId('msg', this.#parts.clock.now());
      ids.push(id);
      if (sending.id !== undefined && (await this.#stream.has(id))) continue;
      written.push(this.#append('send-message', [{ kind: 'message.sent', body: this.#bodyOf(id, sending), key: id }]));
    }
    const all = Promise.all(written);
    // Awaited by the sender, a few turns from now.
    all.catch(() => {});
    return { ids, written: all };
  }

  /** What became of a message that was handed to a process. Durable when it resolves; a second time changes nothing. */
  async settle({ message: id, attempt, outcome, reason }: MessageEnd): Promise<void> {
    await this.open();
    const message = this.#stream.state.open.get(id);
    if (!message?.taker || message.handings !== attempt) return;
    const { process } = message.taker;
    const ended = (how: EntryBody<'message.ended'>['outcome'], why: string) =>
      this.#end(message, how, why, 'runtime', process);
    switch (outcome) {
      case 'done':
        await ended('consumed', '');
        break;
      case 'superseded':
        await ended('consumed', reason);
        break;
      case 'cancelled':
      case 'expired':
        await ended(outcome, reason);
        break;
      case 'dead':
        if (message.attempts + 1 >= mostAttempts)
          await ended('dead', `${mostAttempts} attempts failed, the last at "${process}": ${reason}`);
        else await this.#giveBack(message, true, backoffMs(message.attempts + 1, firstWaitMs, longestWaitMs), reason);
    }
    this.#look();
  }

  /** Ends a message that nobody has. @throws RuntimeError `MESSAGE_NOT_FOUND`, `MESSAGE_HANDED`. */
  async cancel(id: string, reason: string, by: string): Promise<void> {
    await this.open();
    const message = this.#stream.state.open.get(id);
    if (!message) throw new RuntimeError('MESSAGE_NOT_FOUND', `No message ${id} waits.`, { id });
    if (message.taker) {
      throw new RuntimeError(
        'MESSAGE_HANDED',
        `"${message.taker.process}" has message ${id}; cancel its trigger event instead.`,
        { id, process: message.taker.process },
      );
    }
    await this.#end(message, 'cancelled', reason || 'cancelled', by, null);
  }

  /** Takes back what a process has, because it is no more. */
  async release(process: string): Promise<void> {
    await this.open();
    const held = [...this.#stream.state.open.values()].filter(({ taker }) => taker?.process === process);
    await Promise.all(held.map((message) => this.#giveBack(message, false, 0, `"${process}" was deleted`)));
    this.#look();
  }

  /** Every topic in which something waits or from which somebody takes, by name. */
  topics(): TopicState[] {
    return topicsOf(this.#stream.state.open.values(), this.#subscriptions);
  }

  async close(): Promise<void> {
    this.#started = false;
    this.#takers.clear();
    if (this.#opening) await this.#stream.checkpoint();
  }

  async #open(): Promise<void> {
    await this.#stream.load();
    this.#lanes = new Lanes();
    for (const message of this.#stream.state.open.values()) this.#shelve(message);
  }

  #bodyOf(id: string, sending: Sending): EntryBody<'message.sent'> {
    const { topic, content, sender, to, replyTo, ttlMs, resends, taint } = sending;
    const correlation = sending.correlation ?? (replyTo === undefined ? undefined : id);
    return {
      id,
      topic,
      content,
      sender,
      ...(to === undefined ? {} : { to }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(correlation === undefined ? {} : { correlation }),
      expiresAt: ttlMs === undefined ? null : this.#parts.clock.now() + ttlMs,
      ...(resends === undefined ? {} : { resends }),
      ...(taint && taint.length > 0 ? { taint: [...taint] } : {}),
    };
  }

  /** Appends, and puts the messages that wait in their lanes. */
  #append(commit: string, entries: NewEntry[]): Promise<void> {
    const { open } = this.#stream.state;
    const durable = this.#stream.append(commit, entries);
    for (const { kind, body } of entries) {
      if (kind !== 'message.sent' && kind !== 'message.returned') continue;
      const message = open.get(body.id);
      if (message) this.#shelve(message);
    }
    return durable;
  }

  /** Waits in its lane, until its time has come or is over. */
  #shelve(message: OpenMessage): void {
    const { clock, alarm } = this.#parts;
    if (message.expiresAt !== null) alarm.at(message.expiresAt, () => void this.#expire(message.id));
    if (message.taker) return;
    this.#lanes.add(message);
    if (message.notBefore > clock.now()) alarm.at(message.notBefore, () => this.#look());
  }

  /** One that is with a taker ends there: its event carries the same time. */
  async #expire(id: string): Promise<void> {
    const message = this.#stream.state.open.get(id);
    if (!message || message.taker || message.expiresAt === null || message.expiresAt > this.#parts.clock.now()) return;
    await this.#end(message, 'expired', 'nobody took it in time', 'runtime', null).catch(() => {});
  }

  #end(
    message: OpenMessage,
    outcome: EntryBody<'message.ended'>['outcome'],
    reason: string,
    by: string,
    process: string | null,
  ): Promise<void> {
    this.#lanes.remove(message);
    this.#declined.delete(message.id);
    return this.#append('end-message', [
      { kind: 'message.ended', body: { id: message.id, outcome, process, reason, by } },
    ]);
  }

  #giveBack(message: OpenMessage, counted: boolean, waitMs: number, reason: string): Promise<void> {
    const process = message.taker?.process ?? '';
    const until = this.#parts.clock.now() + waitMs;
    return this.#append('return-message', [
      {
        kind: 'message.returned',
        body: { id: message.id, process, attempt: message.handings, counted, until, reason },
      },
    ]);
  }

  #look(): void {
    if (this.#looking || !this.#started) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      if (this.#started) this.#handOut();
    });
  }

  #handOut(): void {
    const now = this.#parts.clock.now();
    const held = new Map<string, number>();
    for (const process of this.#takers.keys()) held.set(process, 0);
    for (const { taker } of this.#lanes.handed()) held.set(taker.process, (held.get(taker.process) ?? 0) + 1);
    const room = (taker: Taker) => taker.capacity() - (held.get(taker.process) ?? 0);
    for (const lane of this.#lanes.all()) {
      for (const message of lane) {
        const candidates = candidatesFor(message, this.#takers, this.#subscriptions).filter(
          ({ taker }) => room(taker) > 0,
        );
        if (candidates.length === 0) break;
        if (message.notBefore > now) continue;
        const chosen = fairest(message, candidates, this.#declined.get(message.id), this.#lastTurns);
        if (!chosen) continue;
        held.set(chosen.taker.process, (held.get(chosen.taker.process) ?? 0) + 1);
        this.#hand(message, chosen.taker, chosen.trigger);
      }
    }
  }

  #hand(message: OpenMessage, taker: Taker, trigger: string | null): void {
    const { process } = taker;
    this.#lastTurns.set(process, ++this.#turn);
    this.#lanes.remove(message);
    this.#stream
      .append('hand-message', [
        {
          kind: 'message.handed',
          body: { id: message.id, process, trigger: trigger ?? '', attempt: message.handings + 1 },
        },
      ])
      .catch(() => {});
    this.#lanes.noteHanded(message);
    void this.#deliver(message, taker);
  }

  /** An earlier program wrote who has it, and may not have come to hand it over. */
  #offerAgain(message: OpenMessage): void {
    this.#lanes.noteHanded(message);
    const taker = message.taker && this.#takers.get(message.taker.process);
    if (taker) void this.#deliver(message, taker);
  }

  async #deliver(message: OpenMessage, taker: Taker): Promise<void> {
    const { handings } = message;
    const trigger = message.taker?.trigger || null;
    const still = () =>
      message.taker?.process === taker.process &&
      message.handings === handings &&
      this.#stream.state.open.get(message.id) === message;
    try {
      const content = await this.#stream.contentOf(message);
      const { filtered } = await taker.take(handedOf(message, content), trigger);
      if (!filtered || !still()) return;
      this.#declined.set(message.id, (this.#declined.get(message.id) ?? new Set()).add(taker.process));
      await this.#giveBack(message, false, 0, `the filter of "${taker.process}" let it pass by`);
    } catch (thrown) {
      if (!still() || !this.#started) return;
      this.#giveBack(message, false, refusedWaitMs, asError(thrown).message).catch(() => {});
    }
    this.#look();
  }

  #onBroken(error: RuntimeError): void {
    const { clock, alarm, log } = this.#parts;
    log('error', 'the journal of the message broker could not be written', { code: error.code, reason: error.message });
    const wasStarted = this.#started;
    this.#started = false;
    this.#opening = Promise.reject(error);
    this.#opening.catch(() => {});
    const again = () => {
      this.#opening = this.#open();
      this.#opening.then(
        () => {
          if (wasStarted) void this.start();
        },
        () => alarm.at(clock.now() + refusedWaitMs, again),
      );
    };
    alarm.at(clock.now() + refusedWaitMs, again);
  }
}
