import { hash } from 'node:crypto';
import { type EntryBody, type JournalEntry, nodeStream } from '../../../shared/entries/journal-entries.ts';
import type { ReportKind } from '../../../shared/entries/people-entries.ts';
import { idsFrom } from '../../../shared/ids.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';

/** Something a person is told that nobody waits for. Reports of the same kind about the same are one inbox item. */
export interface Report {
  readonly kind: ReportKind;
  /** What it has in common with the others of its item. */
  readonly about: string;
  /** Set where one entry tells of several things. */
  readonly part?: string;
  /** Of an item that stands for so many. */
  title(count: number): string;
  readonly question: string;
  /** `before`: what the item said until now. */
  details(before: JsonObject | undefined): JsonObject;
  readonly choices: readonly string[];
  readonly count: number;
}

/** What a report of a process itself is about; others go by the code of their error, which is in capitals. */
export const processItself = 'process';
/** What a person gets to read in the inbox; the run has all of it. */
export const mostResultChars = 4_000;
/** Reasons that one item of missed times names, the newest last. */
const mostReasons = 5;
/** A person tries a tool and looks on. */
const watched: ReadonlySet<string> = new Set(['try-tool']);

type Of<K extends JournalEntry['kind']> = JournalEntry<K>;

/**
 * The id of an item is made of the entry that opened it, so that it is the same whenever the tables are made again.
 * `part` tells it from the other items that the entry opened.
 */
export function reportId(
  { process, seq, epoch, at }: Pick<JournalEntry, 'process' | 'seq' | 'epoch' | 'at'>,
  part?: string,
): string {
  const from = part === undefined ? `${process} ${seq} ${epoch}` : `${process} ${seq} ${epoch} ${part}`;
  return `${idsFrom('itm', at)}${hash('sha256', from, 'hex').slice(0, 16)}`;
}

/** An event that became nothing; null where somebody looks on anyway. `trigger`: whose event it was. */
export function failureReport(
  { process, kind, body }: Of<'run.settled'> | Of<'event.ended'>,
  trigger: string,
): Report | null {
  if (watched.has(trigger)) return null;
  const settled = kind === 'run.settled' ? body : undefined;
  const ended = kind === 'event.ended' ? body : undefined;
  if (settled ? settled.outcome !== 'failed' : ended?.outcome !== 'dead') return null;
  const { code, message } = body.error ?? { code: 'INTERNAL', message: ended?.reason ?? 'It did not say why.' };
  const where: JsonObject = settled ? { run: settled.run, event: settled.event } : { event: ended?.id ?? '' };
  return {
    kind: 'failure',
    about: code,
    title: (count) => (count === 1 ? `A run of ${process} failed` : `${count} runs of ${process} failed`),
    question: message,
    details: () => ({ code, trigger, ...where }),
    choices: ['redeliver', 'dismiss'],
    count: 1,
  };
}

/** A process that stopped working by itself; null where it goes on, or a person wanted it so. */
export function stoppedReport({ process, body }: Of<'state.changed'>): Report | null {
  const { to, by, reason, error } = body;
  const isHeld = by === 'governance' && error !== undefined && (to === 'suspended' || to === 'stopping');
  if (to !== 'failed' && !isHeld) return null;
  if (error?.code === 'MISSION_COMPLETED') return null;
  const titles = { failed: 'has failed', suspended: 'was suspended', stopping: 'was stopped' } as Record<
    string,
    string
  >;
  return {
    kind: 'failure',
    about: processItself,
    title: () => `${process} ${titles[to]}`,
    question: reason,
    details: () => ({ ...(error ? { code: error.code, message: error.message } : {}), state: to }),
    choices: ['start', 'dismiss'],
    count: 1,
  };
}

/** Whether a process is at work again, or a person took it in hand. */
export function isTakenUp({ from, to }: EntryBody<'state.changed'>): boolean {
  return to === 'starting' || (from === 'suspended' && to !== 'failed');
}

/** Planned times that passed and that nothing makes up for. */
export function missedReport({ process, body }: Of<'occurrence.noted'>): Report | null {
  const { outcome, trigger, first, instant, count, reason } = body;
  if (outcome !== 'missed') return null;
  return {
    kind: 'missed',
    about: trigger,
    title: (all) => `${process} missed ${all === 1 ? 'a planned time' : `${all} planned times`}`,
    question: reason,
    details(before) {
      const known = (before?.['reasons'] as { reason: string; count: number }[] | undefined) ?? [];
      const same = known.find((one) => one.reason === reason)?.count ?? 0;
      const reasons = [...known.filter((one) => one.reason !== reason), { reason, count: same + count }];
      return {
        trigger,
        first: Math.min(first, Number(before?.['first'] ?? first)),
        instant,
        reasons: reasons.slice(-mostReasons),
      };
    },
    choices: ['run_now', 'run_all', 'skip'],
    count,
  };
}

/** What somebody is to read of a run. */
export function finishedReport({ process, body }: Of<'run.settled'>): Report | null {
  const { result, output, run, event, outcome, effects } = body;
  if (!result || outcome !== 'done') return null;
  const marked = effects.findLast((effect) => effect.type === 'result');
  return {
    kind: 'finished',
    about: run,
    title: () => `${process} has a result`,
    question: readable(marked?.text ?? output).slice(0, mostResultChars),
    details: () => ({ run, event }),
    choices: ['read'],
    count: 1,
  };
}

/** The clock of the computer is evidently wrong. */
export function clockReport({ body }: Of<'node.configured'>): Report | null {
  const reason = body.section === 'clock' ? body.settings?.['reason'] : undefined;
  if (typeof reason !== 'string') return null;
  return {
    kind: 'clock',
    about: 'clock',
    title: () => 'The clock of this computer is not to be trusted',
    question: reason,
    details: () => ({ code: 'CLOCK_SUSPECT' }),
    choices: ['trust'],
    count: 0,
  };
}

/** Processes that a person must look at before they work again, those they have seen left out. */
export function haltReports({ body }: Of<'node.configured'>): Report[] {
  if (body.section !== 'halts') return [];
  return Object.entries((body.settings ?? {}) as Record<string, JsonObject>).flatMap(([name, halt]) => {
    const { code = '', message = '', dismissed = false } = halt;
    if (dismissed) return [];
    const title = name === nodeStream ? 'Nothing runs: the node is in safe mode' : `${name} does not run`;
    return {
      kind: 'halted',
      about: name,
      part: name,
      title: () => title,
      question: String(message),
      details: () => ({ code, process: name }),
      choices: ['dismiss'],
      count: 0,
    };
  });
}

/** A result as a person reads it. */
export function readable(result: Json): string {
  return typeof result === 'string' ? result : JSON.stringify(result, null, 2);
}
