import { pausedWithAll } from '../../shared/lifecycle.ts';
import type { ProcessView } from '../../shared/views/views.ts';

/** What the tray and the question before quitting need to know of an agent. */
export type GlancedProcess = Pick<ProcessView, 'name' | 'state' | 'stateReason' | 'tags' | 'nextFiring' | 'waiting'> & {
  lastRun: Pick<NonNullable<ProcessView['lastRun']>, 'startedAt' | 'state'> | null;
  triggers: readonly Pick<ProcessView['triggers'][number], 'type' | 'enabled' | 'summary'>[];
};

const mostFavourites = 5;
const favouriteTags = new Set(['favourite', 'favorite']);

const works = ({ state }: GlancedProcess) => state === 'running' || state === 'awaiting';

/** The agents to be run from the tray: those tagged `favourite`; without any, those that ran last. */
export function favouritesOf(processes: readonly GlancedProcess[]): string[] {
  const running = processes.filter(works);
  const tagged = running.filter(({ tags }) => tags.some((tag) => favouriteTags.has(tag.toLowerCase())));
  const recent = [...running].sort((a, b) => (b.lastRun?.startedAt ?? 0) - (a.lastRun?.startedAt ?? 0));
  return (tagged.length > 0 ? tagged : recent).slice(0, mostFavourites).map(({ name }) => name);
}

/** The agent that is planned to wake first. */
export function nextOf(processes: readonly GlancedProcess[]): string | null {
  const planned = processes.filter((process) => works(process) && process.nextFiring !== null);
  planned.sort((a, b) => (a.nextFiring ?? 0) - (b.nextFiring ?? 0));
  return planned[0]?.name ?? null;
}

/** Whether agents work and none waits to go on with all others: somebody has ended a pause of all, wherever. */
export function isPauseOver(processes: readonly GlancedProcess[]): boolean {
  const isPaused = ({ state, stateReason }: GlancedProcess) => state === 'suspended' && stateReason === pausedWithAll;
  return processes.some(works) && !processes.some(isPaused);
}

const mostListed = 5;

/** What does not happen once the app has quit, for a person; null when nothing is missed. */
export function missedByQuitting(processes: readonly GlancedProcess[], now: number): string | null {
  const working = processes.filter(works);
  const planned = working
    .filter(({ nextFiring }) => nextFiring !== null)
    .sort((a, b) => (a.nextFiring ?? 0) - (b.nextFiring ?? 0));
  const called = countWith(working, 'webhook');
  const watching = countWith(working, 'file_watch');
  const busy = processes.filter(({ lastRun }) => lastRun?.state === 'running').length;
  const lines = [
    ...planned.slice(0, mostListed).map(({ name, nextFiring }) => `• ${name}, at ${whenText(nextFiring ?? now, now)}`),
    ...(planned.length > mostListed ? [`• and ${planned.length - mostListed} more that are planned`] : []),
    ...(called > 0 ? [`• webhooks for ${counted(called, 'agent')}: nobody answers them`] : []),
    ...(watching > 0 ? [`• changed files for ${counted(watching, 'agent')}: looked for at the next start`] : []),
    ...(busy > 0 ? [`• ${counted(busy, 'run')} under way: ${busy === 1 ? 'goes' : 'go'} on at the next start`] : []),
  ];
  return lines.length === 0
    ? null
    : ['Until you start Agent Runtime again, this waits or is missed:', ...lines].join('\n');
}

function countWith(processes: readonly GlancedProcess[], type: string): number {
  return processes.filter(({ triggers }) => triggers.some((trigger) => trigger.enabled && trigger.type === type))
    .length;
}

export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** The time alone for today, with the day for later ones. */
export function whenText(at: number, now: number): string {
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return new Date(at).toLocaleString(
    [],
    isToday ? time : { weekday: 'short', day: 'numeric', month: 'short', ...time },
  );
}
