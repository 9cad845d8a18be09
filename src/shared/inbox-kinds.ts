import { AskKind } from './entries/journal-entries.ts';
import { ReportKind } from './entries/people-entries.ts';

/** What people are told that wants something of them. A result can be read, but need not be: no badge counts it. */
export const pressingReports = ReportKind.options.filter((kind) => kind !== 'finished');

/** Kinds of inbox items that need a person: what badges, the tray and notifications on the desktop count. */
export const pressingKinds = [...AskKind.options, ...pressingReports] as const;

/** So many events are delivered again for one answer; the item keeps the rest. */
export const mostRedelivered = 1_000;
/** So many missed times are run for one answer, the newest. */
export const mostRun = 100;
