import { useEffect, useMemo } from 'react';
import type { LoadView } from '../../shared/views/load-views.ts';
import { useRead } from '../stores/use-runtime.ts';
import { bytes } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';

/** The runtime looks only while somebody does; this often. */
const everyMs = 3_000;

export interface AgentLoad {
  cpu: string;
  memory: string;
}

/** What the node and its programs use of the computer, for as long as the component is drawn and the window is seen. */
export function useLoad(): LoadView | undefined {
  const tick = useNow(everyMs);
  const { value, reload } = useRead('load', [], (client) => client.load({}));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(() => {
    if (document.visibilityState === 'visible') reload();
  }, [reload, tick]);
  return value;
}

/** The same by agent, as texts, so that rows are drawn again only when they say something else. */
export function useLoads(): ReadonlyMap<string, AgentLoad> {
  const load = useLoad();
  return useMemo(() => loadsOf(load), [load]);
}

export function loadsOf(load: LoadView | undefined): ReadonlyMap<string, AgentLoad> {
  const sums = new Map<string, { cpu: number | null; memory: number | null }>();
  for (const { processes, cpuPercent, memoryBytes } of load?.programs ?? []) {
    for (const name of processes) {
      const sum = sums.get(name) ?? { cpu: null, memory: null };
      if (cpuPercent !== null) sum.cpu = (sum.cpu ?? 0) + cpuPercent;
      if (memoryBytes !== null) sum.memory = (sum.memory ?? 0) + memoryBytes;
      sums.set(name, sum);
    }
  }
  return new Map([...sums].map(([name, { cpu, memory }]) => [name, { cpu: percent(cpu), memory: size(memory) }]));
}

/** "12 %": of one processor. Empty where it is not known. */
export function percent(cpu: number | null): string {
  if (cpu === null) return '';
  return cpu > 0 && cpu < 1 ? '<1 %' : `${Math.round(cpu)} %`;
}

export function size(memory: number | null): string {
  return memory === null ? '' : bytes(memory);
}
