import type { Journal } from '../journal/journal.ts';
import type { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import type { AgentProcess } from '../processes/agent-process.ts';
import type { NoticeBoard } from './notice-board.ts';

export interface SnoozesParts {
  readonly clock: Clock;
  readonly alarm: Alarm;
  readonly journal: Journal;
  readonly notices: NoticeBoard;
  list(): readonly AgentProcess[];
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
    this.#stopListening = parts.journal.onDurable((entries) => {
      if (entries.some(({ kind }) => kind === 'item.snoozed')) this.arm();
    });
  }

  /** Looks for what comes back next. */
  arm(): void {
    this.#disarm();
    const next = this.#snoozed().reduce((soonest, { until }) => Math.min(soonest, until), Number.POSITIVE_INFINITY);
    if (next !== Number.POSITIVE_INFINITY) this.#disarm = this.#parts.alarm.at(next, () => this.#tell());
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
      this.#parts.notices.say({ kind: 'inbox.changed', process, item, state: 'open' });
    this.arm();
  }

  #snoozed(): { process: string; item: string; until: number }[] {
    return this.#parts
      .list()
      .flatMap(({ name, snapshot }) =>
        [...snapshot.items].flatMap(([item, { snoozedUntil: until = 0 }]) =>
          until > this.#toldUpTo ? [{ process: name, item, until }] : [],
        ),
      );
  }
}

/** What waits for a person and is not out of the way. */
export function needsYou({ snapshot }: AgentProcess, now: number): number {
  let waiting = 0;
  for (const { snoozedUntil = 0 } of snapshot.items.values()) if (snoozedUntil <= now) waiting++;
  return waiting;
}
