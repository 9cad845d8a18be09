import { hrefs } from '../frame/route.ts';
import { useHoles } from '../schedule/holes-list.tsx';
import { outcomeLooks } from '../schedule/lane-rows.ts';
import { plural } from '../ui/format.ts';
import { Ago } from '../ui/time.tsx';
import { useNow } from '../ui/use-now.ts';

const dayMs = 86_400_000;
const agentsShown = 4;

/** Planned times of the last day that became no run, by agent, each with the newest reason. */
export function MissedLately() {
  const now = useNow(60_000);
  const rows = (useHoles().read.value ?? []).filter(({ instant }) => now - instant < dayMs);
  if (rows.length === 0) return null;
  const byAgent = [...Map.groupBy(rows, ({ process }) => process)];
  return (
    <section aria-label="Did not happen" className="mt-3">
      <h3 className="mb-1 flex justify-between font-medium text-[0.8125rem]">
        Did not happen
        <a className="link font-normal text-xs" href="#/schedule?show=holes">
          All, with reasons
        </a>
      </h3>
      <ul>
        {byAgent.slice(0, agentsShown).map(([name, holes]) => {
          const [newest] = holes;
          if (!newest) return null;
          return (
            <li key={name} className="flex min-h-8 items-center gap-3 text-[0.8125rem]">
              <span aria-hidden className="hole h-3.5 w-2 shrink-0 rounded-xs" />
              <a className="hover:link shrink-0 font-medium" href={hrefs.agent(name, 'triggers')}>
                {name}
              </a>
              <span className="min-w-0 flex-1 truncate text-dim">
                {plural(
                  holes.reduce((sum, { count }) => sum + count, 0),
                  'time',
                )}
                , {outcomeLooks[newest.outcome].text}: {newest.reason}
              </span>
              <Ago at={newest.instant} className="shrink-0 text-faint text-xs" />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
