import { toWire } from '../../shared/errors.ts';

/** What came of doing the same with many processes. */
export interface Outcome {
  processes: string[];
  failed: { name: string; message: string }[];
}

/** Does something with each of them at the same time; one that fails keeps no other from it. */
export async function outcomeOf<T extends { readonly name: string }>(
  chosen: readonly T[],
  work: (one: T) => Promise<void>,
): Promise<Outcome> {
  const ended = await Promise.allSettled(chosen.map((one) => work(one)));
  const outcome: Outcome = { processes: [], failed: [] };
  for (const [index, end] of ended.entries()) {
    const { name } = chosen[index] as T;
    if (end.status === 'fulfilled') outcome.processes.push(name);
    else outcome.failed.push({ name, message: toWire(end.reason).message });
  }
  return outcome;
}
