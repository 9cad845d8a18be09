import type { Effect, NewEntry } from '../../src/shared/entries/journal-entries.ts';
import type { Draws } from './draws.ts';
import type { Author } from './random-history.ts';

/** Something that waits for a person, and for which no run waits. */
export function openItem({ draws }: Author): NewEntry[] {
  const item = {
    id: `itm_${draws.int(1, 1e9)}`,
    kind: 'reverted' as const,
    title: 'p took a change of itself back',
    question: 'It did not work.',
    about: { version: draws.int(1, 9) },
    choices: ['understood'],
    expiresAt: null,
    fallback: null,
  };
  return [{ kind: 'item.opened', body: { item } }];
}

/** What an agent makes of itself, or another that it creates. */
export function selfChange(draws: Draws): Effect {
  if (draws.chance(0.5))
    return { type: 'spawn', name: 'helper', manifest: { name: 'helper' }, key: `key-${draws.int(1, 99)}` };
  return { type: 'definition.change', change: { do: 'set_instructions', instructions: 'other' } };
}

/** A person keeps the agent from writing a key, or lets it write one again. */
export function lockKey({ live, draws }: Author, keys: string[]): NewEntry[] {
  const { contextLocks: locks = [] } = live;
  const { key } = locks.length > 0 ? draws.one(locks) : { key: '' };
  if (key && draws.chance(0.4)) return [{ kind: 'context.unlocked', body: { key, by: 'user' } }];
  const reason = draws.chance(0.5) ? { reason: 'mine' } : {};
  return [{ kind: 'context.locked', body: { key: draws.one(keys), by: 'ada', ...reason } }];
}
