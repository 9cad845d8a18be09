import { useEffect } from 'react';
import type { Input } from '../../shared/api.ts';
import type { CostsView } from '../../shared/views/cost-views.ts';
import type { Read } from '../stores/reads.ts';
import { useRead } from '../stores/use-runtime.ts';
import { dayStart, shownZone } from '../ui/shown-zone.ts';
import { useNow } from '../ui/use-now.ts';

/** Whose runs are meant; left out: all. */
export type CostsOf = Pick<Input<'costs'>, 'process' | 'model' | 'kind'>;

/** What runs of the last so many days used, today among them, by the days of the zone that times are shown in. */
export function useCosts(
  days: number,
  only: CostsOf = {},
  everywhere = false,
): Read<CostsView> & { reload: () => void } {
  const zone = shownZone();
  return useRead(
    `costs:${days}:${zone}:${everywhere}:${JSON.stringify(only)}`,
    ['runs', 'budget', ...(everywhere ? ['cluster'] : [])],
    (client) => {
      return client.costs({
        from: dayStart(Date.now(), 1 - days),
        zone,
        ...only,
        ...(everywhere && { nodes: 'all' as const }),
      });
    },
  );
}

/** What was used since midnight; read again every half minute, since every run changes it. */
export function useCostsToday(): CostsView | undefined {
  const tick = useNow(30_000);
  const zone = shownZone();
  const { value, reload } = useRead(`costs-today:${zone}`, ['budget'], (client) =>
    client.costs({ from: dayStart(Date.now()), zone }),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(reload, [reload, tick]);
  return value;
}
