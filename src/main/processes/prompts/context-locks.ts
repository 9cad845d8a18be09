import type { Effect } from '../../../shared/entries/journal-entries.ts';
import type { ContextLock, Snapshot } from '../../journal/fold/snapshot.ts';

/** As many keys as may be locked at a time. */
export const mostLocks = 1_000;

export function lockIn({ contextLocks }: Readonly<Snapshot>, key: string): ContextLock | undefined {
  return contextLocks?.find((lock) => lock.key === key);
}

/** What a model is told of them before it works. */
export function lockNotes({ contextLocks = [] }: Readonly<Snapshot>): string[] {
  if (contextLocks.length === 0) return [];
  const keys = contextLocks.slice(0, 50).map(({ key }) => JSON.stringify(key));
  const more = contextLocks.length > keys.length ? ` and ${contextLocks.length - keys.length} more` : '';
  return [`Locked by a person, so that you can read but not write or delete: context ${keys.join(', ')}${more}.`];
}

/** The effects without writes to these keys of the context. */
export function keptEffects(effects: readonly Effect[], withheld: readonly string[] = []): Effect[] {
  return effects.filter((effect) => !writesContext(effect) || !withheld.includes(effect.key));
}

/**
 * What may become of our own state: a key that was locked after the run wrote it stays as it is. Whether it is locked is
 * asked in the same turn in which the end of the run is written, so no lock comes between.
 */
export function withoutLocked(
  effects: readonly Effect[],
  snapshot: Readonly<Snapshot>,
): { effects: Effect[]; withheld: string[] } {
  if (!snapshot.contextLocks) return { effects: [...effects], withheld: [] };
  const keys = effects.filter(writesContext).map(({ key }) => key);
  const withheld = [...new Set(keys)].filter((key) => lockIn(snapshot, key));
  return { effects: keptEffects(effects, withheld), withheld };
}

function writesContext(effect: Effect): effect is Extract<Effect, { type: 'context.set' | 'context.delete' }> {
  return effect.type === 'context.set' || effect.type === 'context.delete';
}
