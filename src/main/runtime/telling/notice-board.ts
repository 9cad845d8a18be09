import { randomUUID } from 'node:crypto';
import type { JournalEntry } from '../../../shared/entries/journal-entries.ts';
import type { NodeSection } from '../../../shared/entries/node-entries.ts';
import type { RuntimeNotice } from '../../../shared/notices.ts';
import { isTakenUp, stoppedReport } from '../../journal/tables/reports.ts';

type Listener = (notice: RuntimeNotice) => void;
type Said = Omit<RuntimeNotice, 'seq' | 'boot' | 'at'>;

/** How many notices are kept for watchers that come back. */
const kept = 10_000;

/**
 * Tells watchers what has changed. Notices follow from durable entries, so nobody hears of something that a crash
 * could undo.
 */
export class NoticeBoard {
  readonly boot = randomUUID().slice(0, 8);
  readonly #listeners = new Set<Listener>();
  readonly #ring: RuntimeNotice[] = [];
  #seq = 0;

  get watchers(): number {
    return this.#listeners.size;
  }

  /** First what is kept after `after` (`notices.gap` where that is not all), then each new one. Returns what ends it. */
  watch(after: { seq: number; boot: string } | null, listener: Listener): () => void {
    if (after) {
      const oldest = this.#ring[0]?.seq ?? this.#seq + 1;
      const whole = after.boot === this.boot && after.seq <= this.#seq && after.seq + 1 >= oldest;
      if (!whole) listener({ seq: this.#seq, boot: this.boot, at: Date.now(), kind: 'notices.gap' });
      else for (const notice of this.#ring) if (notice.seq > after.seq) listener(notice);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Entries that have become durable, in order. */
  tell(entries: readonly JournalEntry[]): void {
    for (const entry of entries) for (const said of noticesOf(entry)) this.say(said, entry.at);
  }

  say(said: Said, at = Date.now()): void {
    const notice: RuntimeNotice = { seq: ++this.#seq, boot: this.boot, at, ...said };
    // Text that streams by is no change; who missed it reads the answer.
    if (said.kind !== 'step.text') {
      this.#ring.push(notice);
      if (this.#ring.length >= 2 * kept) this.#ring.splice(0, kept);
    }
    for (const listener of this.#listeners) {
      try {
        listener(notice);
      } catch (thrown) {
        // The others hear of it all the same; the fault is the host's to report.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}

/** Who has them open in another window is to see what they are now. */
const isSetByPeople = (section: NodeSection) => ['budget', 'notifications', 'retention'].includes(section);

function noticesOf(entry: JournalEntry): Said[] {
  const { process } = entry;
  switch (entry.kind) {
    case 'process.created':
    case 'definition.changed':
    case 'conversation.cleared':
    case 'journal.resumed':
      return [{ kind: 'process.changed', process }];
    case 'node.configured': {
      const { section } = entry.body;
      if (section === 'halts') return [{ kind: 'inbox.changed', process }];
      if (isSetByPeople(section)) return [{ kind: 'node.changed', state: section, text: `the ${section} of the node` }];
      if (section !== 'clock') return [];
      const reason = entry.body.settings?.['reason'];
      return [
        { kind: 'node.changed', state: reason ? 'CLOCK_SUSPECT' : 'ok', text: String(reason ?? '') },
        { kind: 'inbox.changed', process },
      ];
    }
    case 'state.changed':
      return [
        { kind: 'process.changed', process, state: entry.body.to },
        ...(stoppedReport(entry) || isTakenUp(entry.body) ? [{ kind: 'inbox.changed', process } as const] : []),
      ];
    case 'process.deleted':
      return [{ kind: 'process.deleted', process }];
    case 'event.accepted':
      return [
        { kind: 'event.changed', process, event: entry.body.id, state: 'waiting' },
        ...(entry.body.redelivers === undefined ? [] : [{ kind: 'inbox.changed', process } as const]),
      ];
    case 'event.ended':
      return [
        { kind: 'event.changed', process, event: entry.body.id, state: entry.body.outcome },
        ...(entry.body.outcome === 'dead' ? [{ kind: 'inbox.changed', process, state: 'open' } as const] : []),
      ];
    case 'occurrence.noted':
      return entry.body.outcome === 'missed' ? [{ kind: 'inbox.changed', process, state: 'open' }] : [];
    case 'report.answered':
      return [{ kind: 'inbox.changed', process, item: entry.body.item, state: 'answered' }];
    case 'event.delayed':
      return [{ kind: 'event.changed', process, event: entry.body.id, state: 'delayed' }];
    case 'run.started':
    case 'run.forked':
      return [{ kind: 'run.changed', process, run: entry.body.id, event: entry.body.event, state: 'running' }];
    case 'run.resumed':
      return [{ kind: 'run.changed', process, run: entry.body.id, state: 'running' }];
    case 'step.intended':
      return [
        {
          kind: 'step.changed',
          process,
          run: entry.body.run,
          step: entry.body.step,
          state: 'running',
          text: entry.body.name,
        },
      ];
    case 'step.ended':
      return [
        {
          kind: 'step.changed',
          process,
          run: entry.body.run,
          step: entry.body.step,
          state: entry.body.outcome,
          text: entry.body.name,
        },
      ];
    case 'run.parked': {
      const { run, step, item } = entry.body;
      const parked: Said = { kind: 'run.changed', process, run, step, state: 'parked' };
      return item ? [parked, { kind: 'inbox.changed', process, run, item: item.id, state: 'open' }] : [parked];
    }
    case 'item.opened':
      return [{ kind: 'inbox.changed', process, item: entry.body.item.id, state: 'open' }];
    case 'item.answered':
      return [{ kind: 'inbox.changed', process, run: entry.body.run, item: entry.body.item, state: 'answered' }];
    case 'item.snoozed':
      return [{ kind: 'inbox.changed', process, item: entry.body.item, state: entry.body.until ? 'snoozed' : 'open' }];
    case 'run.noted':
      return [{ kind: 'run.changed', process, run: entry.body.run, state: 'noted' }];
    case 'process.restored':
      return [{ kind: 'process.changed', process, state: 'restored' }];
    case 'run.retrying':
      return [{ kind: 'run.changed', process, run: entry.body.run, event: entry.body.event, state: 'retrying' }];
    case 'run.settled': {
      const { run, event, outcome, effects, result } = entry.body;
      const said: Said[] = [{ kind: 'run.changed', process, run, event, state: outcome }];
      if (effects.some(({ type }) => type.startsWith('context'))) said.push({ kind: 'context.changed', process, run });
      for (const effect of effects)
        if (effect.type === 'emit') said.push({ kind: 'bus.published', process, run, text: effect.eventType });
      if (outcome === 'failed' || result) said.push({ kind: 'inbox.changed', process, run, state: 'open' });
      return said;
    }
    case 'event.published':
      return [{ kind: 'bus.published', text: entry.body.type }];
    case 'letter.received':
      return [{ kind: 'inbox.changed', process, item: entry.body.id, state: 'waiting' }];
    case 'letter.ended':
      return [{ kind: 'inbox.changed', process, item: entry.body.id, state: entry.body.outcome }];
    case 'message.sent':
      return [{ kind: 'message.changed', item: entry.body.id, state: 'waiting', text: entry.body.topic }];
    case 'message.handed':
      return [{ kind: 'message.changed', item: entry.body.id, state: 'handed', process: entry.body.process }];
    case 'message.returned':
      return [{ kind: 'message.changed', item: entry.body.id, state: 'waiting' }];
    case 'message.ended':
      return [{ kind: 'message.changed', item: entry.body.id, state: entry.body.outcome }];
    case 'governance.noted': {
      const { guard, what, run, text } = entry.body;
      return [{ kind: 'governance.noted', process, state: `${guard}.${what}`, text, ...(run ? { run } : {}) }];
    }
    case 'budget.topped_up':
      return [{ kind: 'process.changed', process }];
    case 'journal.rewound':
      return [
        { kind: 'process.changed', process },
        { kind: 'context.changed', process },
      ];
    case 'context.set':
    case 'context.deleted':
    case 'context.locked':
    case 'context.unlocked':
      return [{ kind: 'context.changed', process, text: entry.body.key }];
    default:
      return [];
  }
}
