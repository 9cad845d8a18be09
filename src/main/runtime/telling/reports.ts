import { nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { ReportKind } from '../../../shared/entries/people-entries.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { mostRedelivered, mostRun } from '../../../shared/inbox-kinds.ts';
import type { Json } from '../../../shared/json.ts';
import type { InboxItemView } from '../../../shared/views/views.ts';
import { ScheduleQueries } from '../../journal/tables/schedule-queries.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import { acceptedAnswer } from '../../processes/steering.ts';
import { dueBetween } from '../../triggers/cron/next-cron-time.ts';
import type { AgentRuntime } from '../agent-runtime.ts';
import { redeliver } from './redeliver.ts';

/** So many of them at a time share a sync. */
const together = 50;

interface Given {
  item: InboxItemView;
  about: string;
  openedSeq: number;
  verdict: string;
  by: string;
}

/**
 * Answers to what people are told. What an answer does is done before the item closes, and each part of it at most once:
 * a program that ends in between leaves an item that can be answered again.
 */
export class Reports {
  readonly #runtime: AgentRuntime;
  /** One answer at a time for each item. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(runtime: AgentRuntime) {
    this.#runtime = runtime;
  }

  /** @throws RuntimeError `INBOX_ITEM_NOT_FOUND` when it is dealt with, `REQUEST_INVALID`, and what it asks for throws. */
  async answer(id: string, answer: Json, by: string): Promise<InboxItemView> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.#answer(id, answer, by));
    this.#turns.set(id, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
    return this.#runtime.queries.inboxItem(id);
  }

  /** Gives the same answer to all open items of a kind, the newest first. */
  async answerAll(
    { kind, process, limit }: { kind: ReportKind; process?: string | undefined; limit: number },
    answer: Json,
    by: string,
  ): Promise<{ answered: number; failed: { id: string; message: string }[]; left: number }> {
    const { queries } = this.#runtime;
    const failed: { id: string; message: string }[] = [];
    const { items } = queries.inbox({ kind, process, state: 'open', limit });
    const given = items.map(({ id }) =>
      this.answer(id, answer, by).catch((thrown: unknown) => failed.push({ id, message: toWire(thrown).message })),
    );
    await Promise.all(given);
    return {
      answered: items.length - failed.length,
      failed,
      left: queries.openReports([kind], Number.MAX_SAFE_INTEGER),
    };
  }

  async #answer(id: string, answer: Json, by: string): Promise<void> {
    const { queries } = this.#runtime;
    const item = queries.inboxItem(id);
    const report = queries.report(id);
    if (!report || item.answeredAt !== null)
      throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `Somebody has dealt with ${id} already.`, { item: id });
    const accepted = acceptedAnswer(item.choices, answer);
    const { verdict } = accepted as { verdict: string };
    const isOver = await this.#do({ item, ...report, verdict, by });
    if (isOver) await this.#close(item, report.about, accepted, by);
  }

  /** Whether the item is to be closed; what closes it by itself says so where it happens. */
  async #do(given: Given): Promise<boolean> {
    const { item, about, verdict, by } = given;
    if (item.kind === 'clock') this.#runtime.parts.time.trust(by);
    else if (item.kind === 'halted') await this.#runtime.halts.dismiss(about, by);
    else if (verdict === 'redeliver') return this.#redeliver(item, about, by);
    else if (verdict === 'start') return this.#start(this.#runtime.get(item.process), by);
    else if (verdict === 'run_now' || verdict === 'run_all') await this.#runMissed(given);
    return true;
  }

  async #redeliver({ process }: InboxItemView, about: string, by: string): Promise<boolean> {
    const { queries } = this.#runtime;
    const ids = queries.failures(process, about, mostRedelivered);
    if (ids.length === 0)
      throw new RuntimeError('REQUEST_INVALID', 'What these events carried is not kept any more; dismiss it.', {
        process,
      });
    let refusal: unknown;
    let taken = 0;
    for (let from = 0; from < ids.length && refusal === undefined; from += together) {
      const batch = ids.slice(from, from + together).map((event) => redeliver(this.#runtime, event, by));
      for (const outcome of await Promise.allSettled(batch)) {
        if (outcome.status === 'fulfilled') taken++;
        else refusal ??= outcome.reason;
      }
    }
    if (taken === 0 && refusal !== undefined) throw refusal;
    // The last of them closes it.
    return false;
  }

  async #start(process: AgentProcess, by: string): Promise<boolean> {
    if (process.state === 'suspended') await process.resume(by);
    else await process.start(by);
    return false;
  }

  /** Each time has a key of its own, so that it runs once, however often somebody asks. */
  async #runMissed({ item, about: trigger, openedSeq, verdict, by }: Given): Promise<void> {
    const process = this.#runtime.get(item.process);
    const all = this.#missedTimes(process, trigger, openedSeq);
    const instants = verdict === 'run_all' ? all.slice(-mostRun) : all.slice(-1);
    const isKnown = process.triggerConfig(trigger) !== undefined;
    for (const instant of instants)
      await process.wake({
        trigger: isKnown ? trigger : 'manual',
        kind: 'manual',
        dedupeKey: `missed:${trigger}:${instant}`,
        payload: { planned_for: new Date(instant).toISOString() },
        metadata: { by },
        taint: [],
      });
  }

  /** The missed times that an item is about, oldest first: the newest at least, and the others by its schedule. */
  #missedTimes(process: AgentProcess, trigger: string, openedSeq: number): number[] {
    const queries = new ScheduleQueries(this.#runtime.database);
    const config = process.triggerConfig(trigger);
    const instants = queries.missed(process.name, trigger, openedSeq, mostRun).flatMap(({ first, instant, count }) => {
      if (count === 1 || config?.type !== 'cron') return [instant];
      const { newest } = dueBetween(config.cronExpression, config.cronTimezone, first - 1, instant, mostRun);
      return newest.length > 0 ? newest : [instant];
    });
    return [...new Set(instants)].sort((a, b) => a - b);
  }

  async #close({ id, kind, process }: InboxItemView, about: string, answer: Json, by: string): Promise<void> {
    // What is told of the node itself is closed where that is kept.
    if (process === nodeStream) return;
    await this.#runtime.get(process).steering.closeReport({ item: id, kind: kind as ReportKind, about, answer, by });
  }
}
