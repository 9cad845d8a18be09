import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import { toMs } from '../../../shared/duration.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { Letter, LetterPriority } from '../../journal/fold/letter.ts';
import { questionTrigger } from '../../journal/fold/letters.ts';
import type { Wake, WakeAnswer } from '../../triggers/trigger.ts';
import type { Journaled } from '../journaled.ts';
import type { ProcessParts } from '../parts.ts';

const hourMs = 3_600_000;
const pageSize = 200;
/** Places in the queue: a question goes before or after what triggers bring, which has 5 unless told otherwise. */
const queuePriority: Record<LetterPriority, number> = { critical: 0, high: 2, normal: 5, low: 8 };

export interface Writing {
  type: Letter['type'];
  content: string;
  priority: LetterPriority;
  sticky: boolean;
  ttlMs: number | undefined;
  sender: string;
}

export interface MailboxHost {
  readonly journaled: Journaled;
  readonly parts: Pick<ProcessParts, 'clock' | 'alarm'>;
  config(): ProcessConfig['inbox'];
  wake(wake: Wake): Promise<WakeAnswer>;
}

/**
 * What people write to a process.
 *
 * Invariants:
 *   L1. Nothing is dropped or cut: what does not fit is refused, and who wrote it is told why.
 *   L2. Nothing ends unseen, unless its time is over or a person clears it.
 *   L3. A question is one event, also when the program dies between writing it down and asking it.
 */
export class Mailbox {
  readonly #host: MailboxHost;

  constructor(host: MailboxHost) {
    this.#host = host;
  }

  /** Durable when it resolves. @throws RuntimeError `INBOX_CLOSED`, `QUEUE_FULL`, `BODY_TOO_LARGE`, `RATE_LIMITED`, `REQUEST_INVALID`. */
  async receive({ ttlMs, ...writing }: Writing): Promise<{ id: string; eventId: string | null }> {
    const journaled = this.#host.journaled;
    const { clock } = this.#host.parts;
    const { defaultTtl } = this.#host.config();
    await this.#check(writing, ttlMs);
    const id = newId('let', clock.now());
    const expiresAt = clock.now() + (ttlMs ?? toMs(defaultTtl));
    const letter = { id, expiresAt, ...writing };
    const durable = journaled.append('receive-letter', [{ kind: 'letter.received', body: letter }]);
    if (writing.type === 'question') return { id, eventId: await this.#ask({ ...letter, at: clock.now() }) };
    this.#expireAt(letter);
    await durable;
    return { id, eventId: null };
  }

  /** Ends those that wait; a question that is being worked on has its run, and stays. Returns how many. */
  async clear(by: string, id?: string): Promise<number> {
    const journaled = this.#host.journaled;
    const { letters, queue } = journaled.snapshot;
    if (id !== undefined && !letters.has(id))
      throw new RuntimeError('MESSAGE_NOT_FOUND', `No message ${id} waits in the inbox of "${journaled.process}".`, {
        id,
      });
    const cleared = [...letters.values()].filter(
      (letter) => letter.type !== 'question' && (id === undefined || letter.id === id),
    );
    const questions = [...queue.values()].filter(
      ({ trigger, run, metadata }) =>
        trigger === questionTrigger && run === null && (id === undefined || metadata['letter'] === id),
    );
    const entries = [
      ...cleared.map((letter) => ({
        kind: 'letter.ended' as const,
        body: { id: letter.id, outcome: 'cleared' as const, by },
      })),
      ...questions.map((event) => ({
        kind: 'event.ended' as const,
        body: { id: event.id, outcome: 'cancelled' as const, reason: 'the inbox was cleared', by },
      })),
    ];
    if (entries.length > 0) await journaled.append('clear-letters', entries);
    return entries.length;
  }

  /** Takes care of what an earlier program left: times that run out, questions that were not asked yet. */
  async resume(): Promise<void> {
    for (const letter of [...this.#host.journaled.snapshot.letters.values()]) {
      if (letter.type === 'question') await this.#ask(letter);
      else this.#expireAt(letter);
    }
  }

  async #ask({ id, content, priority, sender, expiresAt }: Letter): Promise<string> {
    const { eventId } = await this.#host.wake({
      trigger: questionTrigger,
      kind: 'message',
      dedupeKey: `letter:${id}`,
      payload: { question: content, from: sender, priority },
      metadata: { letter: id },
      taint: [],
      priority: queuePriority[priority],
      expiresAt,
    });
    return eventId;
  }

  #expireAt({ id, expiresAt }: Pick<Letter, 'id' | 'expiresAt'>): void {
    const journaled = this.#host.journaled;
    const { alarm } = this.#host.parts;
    alarm.at(expiresAt, () => {
      if (!journaled.snapshot.letters.has(id)) return;
      journaled
        .append('expire-letter', [{ kind: 'letter.ended', body: { id, outcome: 'expired', by: 'runtime' } }])
        .catch(() => {});
    });
  }

  async #check({ content, sender }: Omit<Writing, 'ttlMs'>, ttlMs: number | undefined): Promise<void> {
    const journaled = this.#host.journaled;
    const { process } = journaled;
    const { enabled, maxMessages, maxMessageLength, maxTtl, rateLimitPerSender } = this.#host.config();
    if (!enabled) throw new RuntimeError('INBOX_CLOSED', `"${process}" takes no messages: its inbox.enabled is false.`);
    if (content.length > maxMessageLength) {
      throw new RuntimeError(
        'BODY_TOO_LARGE',
        `The message has ${content.length} characters; "${process}" takes up to ${maxMessageLength}.`,
        { maxMessageLength },
      );
    }
    if (ttlMs !== undefined && ttlMs > toMs(maxTtl)) {
      throw new RuntimeError(
        'REQUEST_INVALID',
        `The message is to be kept for ${ttlMs} ms; "${process}" keeps messages for up to ${toMs(maxTtl)} ms.`,
        { maxTtlMs: toMs(maxTtl) },
      );
    }
    const waiting = journaled.snapshot.letters.size;
    if (waiting >= maxMessages) {
      throw new RuntimeError(
        'QUEUE_FULL',
        `${waiting} messages wait in the inbox of "${process}", which takes ${maxMessages}; clear some, or wait until it has seen them.`,
        { waiting },
      );
    }
    if ((await this.#recentOf(sender, rateLimitPerSender)) >= rateLimitPerSender) {
      throw new RuntimeError(
        'RATE_LIMITED',
        `${sender} has written ${rateLimitPerSender} messages to "${process}" within an hour, which is all one sender may.`,
        { limit: rateLimitPerSender },
      );
    }
  }

  /** How many messages the sender wrote within the last hour, counted up to `most`. */
  async #recentOf(sender: string, most: number): Promise<number> {
    const journaled = this.#host.journaled;
    const { clock } = this.#host.parts;
    const since = clock.now() - hourMs;
    let count = 0;
    for (let after = Number.MAX_SAFE_INTEGER; ; ) {
      const page = await journaled.read(journaled.process, {
        kinds: ['letter.received'],
        order: 'desc',
        after,
        limit: pageSize,
      });
      for (const entry of page) {
        if (entry.at <= since || count >= most) return count;
        if (entry.kind === 'letter.received' && entry.body.sender === sender) count++;
      }
      const last = page.at(-1);
      if (!last || page.length < pageSize) return count;
      after = last.seq;
    }
  }
}
