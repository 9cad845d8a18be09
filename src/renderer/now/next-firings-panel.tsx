import { hrefs } from '../frame/route.ts';
import { useProcess, useRuntimeShallow } from '../stores/use-runtime.ts';
import { At, Until } from '../ui/time.tsx';
import { useSteady } from '../ui/use-steady.ts';
import { ComingDay } from './coming-day.tsx';

const shown = 7;

/** Who wakes next by the clock. */
export function NextFiringsPanel() {
  const names = useRuntimeShallow((state) =>
    Object.values(state.processes)
      .filter((view) => view.nextFiring !== null)
      .sort((a, b) => (a.nextFiring ?? 0) - (b.nextFiring ?? 0) || a.name.localeCompare(b.name))
      .slice(0, shown)
      .map(({ name }) => name),
  );
  const { shown: inPlace, over } = useSteady(names);
  if (names.length === 0)
    return (
      <p className="text-dim">No schedule is set. Agents wake by requests, files, events, messages and by hand.</p>
    );
  return (
    <>
      <ComingDay />
      <ul className="-mx-2" {...over}>
        {inPlace.map((name) => (
          <Firing key={name} name={name} />
        ))}
      </ul>
    </>
  );
}

function Firing({ name }: { name: string }) {
  const view = useProcess(name);
  if (!view || view.nextFiring === null) return null;
  const trigger = view.triggers.find(({ nextFiring }) => nextFiring === view.nextFiring);
  return (
    <li>
      <a href={hrefs.agent(name)} className="flex min-h-10 items-center gap-3 rounded-md px-2 hover:bg-hover">
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium text-[0.8125rem]">{name}</span>
          <span className="block truncate text-faint text-xs">{trigger?.summary}</span>
        </span>
        <span className="shrink-0 text-right tabular-nums">
          <Until at={view.nextFiring} className="block font-medium text-[0.8125rem]" />
          <At at={view.nextFiring} className="block text-faint text-xs" />
        </span>
      </a>
    </li>
  );
}
