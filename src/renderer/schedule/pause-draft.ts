import type { PauseWindow } from '../../shared/config/pause-config.ts';
import { dayText, shortTime } from '../ui/format.ts';
import { dayStart, fieldTime, readFieldTime, shownZone } from '../ui/shown-zone.ts';

/** A pause window as a form holds it: every field a text. */
export interface PauseDraft {
  title: string;
  kind: 'once' | 'hours';
  policy: 'skip' | 'hold';
  /** Names, with commas; empty: all agents. */
  processes: string;
  from: string;
  until: string;
  start: string;
  end: string;
  days: PauseWindow['days'];
  zone: string;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export function newDraft(now: number): PauseDraft {
  return {
    title: '',
    kind: 'hours',
    policy: 'skip',
    processes: '',
    from: fieldTime(dayStart(now, 1)),
    until: fieldTime(dayStart(now, 8)),
    start: '22:00',
    end: '07:00',
    days: [...weekdays],
    zone: shownZone(),
  };
}

export function draftOf(window: PauseWindow, now: number): PauseDraft {
  const fresh = newDraft(now);
  const { title, policy, processes, from, until, start, end, days, zone } = window;
  return {
    ...fresh,
    title,
    policy,
    processes: processes.join(', '),
    kind: start === undefined ? 'once' : 'hours',
    from: from === undefined ? fresh.from : fieldTime(from),
    until: until === undefined ? fresh.until : fieldTime(until),
    start: start ?? fresh.start,
    end: end ?? fresh.end,
    days,
    zone: start === undefined ? fresh.zone : zone,
  };
}

/** The window as the node takes it; null: something is missing. */
export function windowOf(draft: PauseDraft, id: string, enabled: boolean): PauseWindow | null {
  const { title, kind, policy, start, end, days, zone } = draft;
  const processes = draft.processes
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const [from, until] = [readFieldTime(draft.from), readFieldTime(draft.until)];
  if (title.trim() === '') return null;
  const common = { id, title: title.trim(), enabled, policy, processes, zone };
  if (kind === 'once') return from < until ? { ...common, days: [...weekdays], from, until } : null;
  return start !== '' && end !== '' && start !== end && days.length > 0 ? { ...common, days, start, end } : null;
}

/** An id that no other window has, made of the title. */
export function idFor(title: string, taken: readonly string[]): string {
  const letters =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '')
      .slice(0, 30) || 'pause';
  for (let number = 1; ; number++) {
    const id = number === 1 ? letters : `${letters}-${number}`;
    if (!taken.includes(id)) return id;
  }
}

/** "22:00 to 07:00 on Mon, Tue" or "24 Dec 00:00 to 2 Jan 00:00". */
export function pauseWords({ from, until, start, end, days, zone }: PauseWindow): string {
  if (from !== undefined && until !== undefined)
    return `${dayText(from)} ${shortTime(from)} to ${dayText(until)} ${shortTime(until)}`;
  const on =
    days.length === 7 ? 'every day' : `on ${days.map((name) => name[0]?.toUpperCase() + name.slice(1)).join(', ')}`;
  return `${start} to ${end}, ${on} (${zone})`;
}
