import { useMemo } from 'react';
import type { Json } from '../../shared/json.ts';
import { cronWords } from '../forms/cron-words.ts';
import { choiceWords } from '../forms/field-control.tsx';
import { hoursOfWeek, type SimulatedTrigger, simulateWeek } from '../schedule/simulate-week.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Dialog } from '../ui/dialog.tsx';
import { dayText, lasting, plural } from '../ui/format.ts';

interface WeekDialogProps {
  /** The agent that lives, if it does: its last runs say how long one takes. */
  process: string | null;
  triggers: readonly Json[];
  onClose: () => void;
}

/** Without a run to go by. */
const assumedRunMs = 5_000;

/** The next seven days as the schedules of a draft would have them: when, how often, and what would collide. */
export function WeekDialog({ process, triggers, onClose }: WeekDialogProps) {
  const runs = useRead(`runs-of:${process}`, [], (client) =>
    process === null ? Promise.resolve(null) : client.listRuns({ process, limit: 30 }),
  ).value;
  const lengths = (runs?.items ?? []).flatMap((run) => (run.endedAt === null ? [] : [run.endedAt - run.startedAt]));
  const typical = lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)];
  const runMs = typical ?? assumedRunMs;
  const from = useMemo(() => Date.now(), []);
  const week = useMemo(() => simulateWeek(triggers, from, runMs), [triggers, from, runMs]);
  return (
    <Dialog
      title="The next seven days"
      description={`As the schedules of this draft would have them, if a run takes ${lasting(runMs)}${typical === undefined ? ' (nothing is known yet)' : ', as it usually does'}.`}
      wide
      onClose={onClose}
    >
      {week.length === 0 ? (
        <p className="text-dim">No schedule is on: it wakes by requests, files, events, messages and by hand.</p>
      ) : (
        <>
          <HourGrid week={week} from={from} />
          <ul className="mt-4 flex flex-col gap-1.5 text-[0.8125rem]">
            {week.map((trigger) => (
              <Summary key={trigger.id} trigger={trigger} />
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function Summary({ trigger }: { trigger: SimulatedTrigger }) {
  const { id, expression, zone, times, cut, overlapping, overlap } = trigger;
  return (
    <li className="rounded-lg bg-sunken px-3 py-2">
      <span className="font-medium">{id}</span>, {cronWords(expression) ?? expression}{' '}
      <span className="text-faint">({zone})</span>
      <span className="block text-dim">
        {cut ? 'More than ' : ''}
        {plural(times.length, 'firing')}.{' '}
        {overlapping > 0
          ? `${plural(overlapping, 'firing')} would come while an earlier one still runs: ${choiceWords(overlap)}.`
          : 'None would come while an earlier one still runs.'}
      </span>
    </li>
  );
}

function HourGrid({ week, from }: { week: readonly SimulatedTrigger[]; from: number }) {
  const days = hoursOfWeek(week, from);
  const most = Math.max(1, ...days.flatMap(({ hours }) => hours));
  return (
    <div className="overflow-x-auto">
      <table className="w-full border-separate border-spacing-0.5 text-[0.6875rem]">
        <thead>
          <tr className="text-faint">
            <th scope="col" className="w-20">
              <span className="sr-only">Day</span>
            </th>
            {Array.from({ length: 24 }, (_, hour) => hour).map((hour) => (
              <th key={hour} scope="col" className="font-normal">
                {hour % 3 === 0 ? hour : <span className="sr-only">{hour}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, hours }) => (
            <tr key={day}>
              <th scope="row" className="whitespace-nowrap pr-2 text-left font-normal text-dim">
                {dayText(day)}
              </th>
              {hours.map((count, hour) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: hours have their place
                  key={hour}
                  title={`${dayText(day)}, ${hour}:00: ${plural(count, 'firing')}`}
                  className="h-6 rounded-xs bg-sunken text-center"
                >
                  <span
                    className="flex h-full items-center justify-center rounded-xs text-ink"
                    style={{
                      background:
                        count > 0
                          ? `color-mix(in oklab, var(--accent) ${12 + (count / most) * 45}%, transparent)`
                          : undefined,
                    }}
                  >
                    {count > 0 ? count : <span className="sr-only">0</span>}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
