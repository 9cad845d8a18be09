import type { NewEntry } from '../../src/shared/journal-entries.ts';
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
