import { useMemo } from 'react';
import type { JsonObject } from '../../shared/json.ts';
import { useProcesses, useRead } from '../stores/use-runtime.ts';
import { type Emitted, emittedBy, type Listener, listenersAmong, unique } from './emitted.ts';

/** What an agent tells others, as far as anybody can know: what it published, and what its definition says. */
export function useEmitted(name: string, manifest: JsonObject): Emitted[] {
  const events = useRead(`emitted:${name}`, ['bus'], (client) => client.listEvents({ source: name, limit: 100 })).value
    ?.items;
  return useMemo(() => {
    const seen = (events ?? []).map(({ type }): Emitted => ({ kind: 'event', name: type, known: 'seen' }));
    return unique([...seen, ...emittedBy(manifest)]);
  }, [events, manifest]);
}

export function useListeners(): Listener[] {
  const processes = useProcesses();
  return useMemo(() => listenersAmong(processes), [processes]);
}
