import { useEffect } from 'react';
import type { Input } from '../../shared/api.ts';
import type { CostsView } from '../../shared/views/cost-views.ts';
import type { Read } from '../stores/reads.ts';
import { useRead } from '../stores/use-runtime.ts';
import { useNow } from '../ui/use-now.ts';

const dayMs = 86_400_000;

/** Whose runs are meant; left out: all. */
export type CostsOf = Pick<Input<'costs'>, 'process' | 'model' | 'kind'>;

/** What runs of the last so many days used, today among them, by the days of this computer. */
export function useCosts(days: number, only: CostsOf = {}): Read<CostsView> & { reload: () => void } {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return useRead(`costs:${days}:${JSON.stringify(only)}`, ['runs'], (client) => {
    const midnight = new Date(Date.now() - (days - 1) * dayMs).setHours(0, 0, 0, 0);
    return client.costs({ from: midnight, zone, ...only });
  });
}

/** What was used since midnight; read again every half minute, since every run changes it. */
export function useCostsToday(): CostsView | undefined {
  const tick = useNow(30_000);
  const { value, reload } = useRead('costs-today', [], (client) =>
    client.costs({ from: new Date().setHours(0, 0, 0, 0), zone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(reload, [reload, tick]);
  return value;
}
