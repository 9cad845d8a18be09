import type { JsonObject } from '../../../shared/json.ts';
import type { Letter } from '../../journal/fold/letter.ts';

/** What people wrote, as scripts find it in `event.metadata.inbox`. */
export function letterAsShown({ id, type, priority, content, sticky, sender }: Letter): JsonObject {
  return { id, type, priority, content, from: sender, ...(sticky ? { sticky } : {}) };
}
