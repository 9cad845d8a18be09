import { nodeStream } from '../../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { pressingReports } from '../../../shared/inbox-kinds.ts';
import type { InboxItemView } from '../../../shared/views/views.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ReadQueries } from '../../journal/tables/read-queries.ts';
import type { Alarm } from '../../lib/alarm.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AgentProcess } from '../../processes/agent-process.ts';
import type { Journaled } from '../../processes/journaled.ts';
import type { NoticeBoard } from './notice-board.ts';

export interface SnoozesParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly runtime: {
    readonly journal: Journal;
    readonly notices: NoticeBoard;
    readonly queries: ReadQueries;
    list(): readonly AgentProcess[];
    find(name: string): AgentProcess | undefined;
  };
  /** The stream of what is told of the node itself. */
  node(): Journaled;
}

/** Says when inbox items that were put out of the way are back. What is snoozed stands in the journal of its process. */
export class Snoozes {
  readonly #parts: SnoozesParts;
  readonly #stopListening: () => void;
  #disarm: () => void = () => {};
  /** Whatever was to come back up to then has been told. */
  #toldUpTo: number;

  constructor(parts: SnoozesParts) {
    this.#parts = parts;
    this.#toldUpTo = parts.clock.now();
    this.#stopListening = parts.runtime.journal.onDurable((entries) => {
      if (entries.some(({ kind }) => kind === 'item.snoozed')) this.arm();
    });
  }

  /** Looks for what comes back next. */
  arm(): void {
    this.#disarm();
    const next = this.#snoozed().reduce((soonest, { until }) => Math.min(soonest, until), Number.POSITIVE_INFINITY);
    if (next !== Number.POSITIVE_INFINITY) this.#disarm = this.#parts.alarm.at(next, () => this.#tell());
  }

  /** Puts an item out of the way until then; null: it is back. @throws RuntimeError `INBOX_ITEM_NOT_FOUND`, `REQUEST_INVALID`. */
  async snooze({ id, process, answeredAt }: InboxItemView, until: number | null, by: string): Promise<void> {
    const { clock, runtime, node } = this.#parts;
    if (answeredAt !== null) throw new RuntimeError('INBOX_ITEM_NOT_FOUND', `Nothing waits for ${id} any more.`);
    if (until !== null && until <= clock.now())
      throw new RuntimeError('REQUEST_INVALID', 'Snooze it until a time that is still to come.', { until });
    const journaled = process === nodeStream ? node() : runtime.find(process)?.journaled;
    if (!journaled) throw new RuntimeError('PROCESS_NOT_FOUND', `There is no process "${process}" here.`);
    await journaled.append('snooze-item', [{ kind: 'item.snoozed', body: { item: id, until, by } }]);
  }

  close(): void {
    this.#stopListening();
    this.#disarm();
  }

  #tell(): void {
    const now = this.#parts.clock.now();
    const back = this.#snoozed().filter(({ until }) => until <= now);
    this.#toldUpTo = now;
    for (const { process, item } of back)
      this.#parts.runtime.notices.say({ kind: 'inbox.changed', process, item, state: 'open' });
    this.arm();
  }

  #snoozed(): { process: string; item: string; until: number }[] {
    const { runtime } = this.#parts;
    const asked = runtime
      .list()
      .flatMap(({ name, snapshot }) =>
        [...snapshot.items].flatMap(([item, { snoozedUntil: until = 0 }]) =>
          until > this.#toldUpTo ? [{ process: name, item, until }] : [],
        ),
      );
    return [...asked, ...runtime.queries.snoozedReports(this.#toldUpTo)];
  }
}

/** How much wants something of a person and is not out of the way: what is asked, and what is told but results. */
export function needsYou(runtime: {
  parts: { clock: Clock };
  queries: ReadQueries;
  list(): readonly AgentProcess[];
}): number {
  const now = runtime.parts.clock.now();
  let waiting = runtime.queries.openReports(pressingReports, now);
  for (const { snapshot } of runtime.list())
    for (const { snoozedUntil = 0 } of snapshot.items.values()) if (snoozedUntil <= now) waiting++;
  return waiting;
}
