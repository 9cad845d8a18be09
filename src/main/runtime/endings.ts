import { deferred } from '../lib/deferred.ts';
import type { AgentRuntime } from './agent-runtime.ts';

/** Tells whoever waits for an event of a process that it is over. */
export interface Endings {
  /** Resolves when the event is over, which may have been before, or after so long. 0 waits for nothing. */
  wait(event: string, timeoutMs: number): Promise<void>;
  stop(): void;
}

/**
 * Hears of every event of a process that ends, from now on: asked for before there is an event, so that none is missed.
 * `orParked`: also of those whose run waits for a person or a time.
 */
export function endingsOf(runtime: AgentRuntime, process: string, { orParked = false } = {}): Endings {
  const over = new Set<string>();
  let wanted = '';
  const ended = deferred();
  const note = (event: string | undefined) => {
    if (event === undefined) return;
    over.add(event);
    if (event === wanted) ended.resolve();
  };
  const stop = runtime.journal.onDurable((entries) => {
    for (const entry of entries) {
      if (entry.process !== process) continue;
      if (entry.kind === 'run.settled') note(entry.body.event);
      else if (entry.kind === 'event.ended') note(entry.body.id);
      else if (entry.kind === 'run.parked' && orParked)
        note(runtime.find(process)?.snapshot.runs.get(entry.body.run)?.event);
    }
  });
  return {
    stop,
    async wait(event, timeoutMs) {
      wanted = event;
      if (over.has(event) || timeoutMs === 0) return;
      const disarm = runtime.parts.clock.after(timeoutMs, () => ended.resolve());
      await ended.promise;
      disarm();
    },
  };
}
