import { useProcess, useRead } from '../stores/use-runtime.ts';
import { fullTime, inZone } from '../ui/format.ts';

/** The next five times of a schedule, as its node plans them, in the zone of the schedule. */
export function NextFirings({ name, id }: { name: string; id: string }) {
  const next = useProcess(name)?.triggers.find((trigger) => trigger.id === id)?.nextFiring ?? 0;
  const read = useRead(`next:${name}:${id}:${next}`, [`process:${name}`], (client) =>
    client.nextFirings({ name, id, count: 5 }),
  );
  if (!read.value || read.value.firings.length === 0) return null;
  const { firings, zone } = read.value;
  return (
    <div className="text-xs">
      <p className="mb-1 text-faint">Next, in {zone}</p>
      <ol className="flex flex-wrap gap-1">
        {firings.map((at) => (
          <li key={at} title={fullTime(at)} className="rounded bg-sunken px-1.5 py-0.5 text-dim tabular-nums">
            {inZone(at, zone)}
          </li>
        ))}
      </ol>
    </div>
  );
}
