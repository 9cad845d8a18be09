import { useMemo } from 'react';
import type { ProcessView } from '../../shared/views.ts';
import { cronFields } from '../schedule/cron-fields.ts';
import { nextTimes } from '../schedule/cron-times.ts';
import { isSchedule } from '../schedule/lane-rows.ts';
import { useProcesses } from '../stores/use-runtime.ts';
import { plural, shortTime } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';

const hourMs = 3_600_000;
const slots = 48;
const slotMs = (24 * hourMs) / slots;
/** So many agents are looked ahead for, the soonest first. */
const agentsShown = 100;

/** The next 24 hours over all agents, in half hours. */
export function ComingDay() {
  const now = useNow(60_000);
  const processes = useProcesses();
  const from = Math.floor(now / slotMs) * slotMs;
  const key = processes.map(({ name, version, nextFiring }) => `${name}${version}${nextFiring !== null}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is planned changes with the definitions, not with each run
  const { counts, often } = useMemo(() => slotCounts(processes, from), [key, from]);
  const most = Math.max(1, ...counts.map(({ times }) => times));
  if (counts.every(({ times }) => times === 0) && often.length === 0) return null;
  return (
    <div className="mb-3">
      <ol aria-label="Firings of the next 24 hours" className="flex h-9 items-end gap-px border-b">
        {counts.map(({ at, times, names }) => {
          const text = `${shortTime(at)}: ${plural(times, 'firing')}${times > 0 ? `, ${names.join(', ')}` : ''}`;
          return (
            <li key={at} title={text} className="flex h-full min-w-0 flex-1 items-end hover:bg-hover">
              {times > 0 && <span className="sr-only">{text}</span>}
              <span
                aria-hidden
                className={times > 0 ? 'block min-h-1 w-full rounded-t-xs bg-accent/70' : ''}
                style={{ height: `${(times / most) * 100}%` }}
              />
            </li>
          );
        })}
      </ol>
      <div aria-hidden className="mt-0.5 flex justify-between text-[0.6875rem] text-faint tabular-nums">
        <span>now</span>
        {[12, 24, 36].map((slot) => (
          <span key={slot}>{shortTime(from + slot * slotMs)}</span>
        ))}
        <span>+24 h</span>
      </div>
      {often.length > 0 && <p className="mt-1 truncate text-faint text-xs">All the time: {often.join(', ')}</p>}
    </div>
  );
}

interface Slot {
  at: number;
  times: number;
  names: string[];
}

/** What fires in every slot of the strip would hide all else, so it is only named. */
export function slotCounts(processes: readonly ProcessView[], from: number): { counts: Slot[]; often: string[] } {
  const counts = Array.from(
    { length: slots },
    (_, index): Slot => ({ at: from + index * slotMs, times: 0, names: [] }),
  );
  const often = new Set<string>();
  const soonest = processes
    .filter(({ nextFiring }) => nextFiring !== null && nextFiring < from + slots * slotMs)
    .toSorted((a, b) => (a.nextFiring ?? 0) - (b.nextFiring ?? 0))
    .slice(0, agentsShown);
  for (const { name, triggers } of soonest) {
    for (const trigger of triggers.filter(isSchedule)) {
      const times = timesOf(trigger, from);
      if (times.length > slots) often.add(name);
      else for (const at of times) note(counts[Math.floor((at - from) / slotMs)], name);
    }
  }
  return { counts, often: [...often].sort() };
}

function timesOf({ config, nextFiring }: ProcessView['triggers'][number], from: number): number[] {
  const fields = cronFields(String(config['cron_expression'] ?? ''));
  // Letters that only the node reads: then what it says comes next is all that is known here.
  if (!fields) return nextFiring === null ? [] : [nextFiring];
  return nextTimes(fields, String(config['cron_timezone'] ?? 'UTC'), from, slots + 1, from + slots * slotMs);
}

function note(slot: Slot | undefined, name: string): void {
  if (!slot) return;
  slot.times++;
  if (!slot.names.includes(name)) slot.names.push(name);
}
