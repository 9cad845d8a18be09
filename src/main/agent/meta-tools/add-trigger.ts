import type { JsonObject } from '../../../shared/json.ts';
import { sha256 } from '../../lib/hash.ts';
import { objectOf } from '../tools/parameters.ts';
import { type CallPlace, selfChanging } from './self-changing.ts';
import { triggerFrom, triggerParameters } from './trigger-manifest.ts';

/** `add_trigger`: the agent decides when it wants to be woken. */
export const addTrigger = selfChanging({
  name: 'add_trigger',
  description: 'Adds a trigger that wakes you: at set times, by a webhook, a file, an event or a message.',
  parameters: objectOf(triggerParameters, ['trigger_type']),
  isPermitted: ({ config }) => config.openMode.allowTriggerManagement,
  changeOf: (args, _mode, place) => ({ do: 'add_trigger', trigger: triggerFrom(args, idFor(args, place)) }),
  answer: (change) => (change.do === 'add_trigger' ? { trigger_id: change.trigger['id'] ?? '' } : {}),
});

/** The same for every try of the call; made of its kind, like the ids of triggers that the user wrote without one. */
function idFor(args: JsonObject, place: CallPlace | null): string {
  const kind = String(args['trigger_type']).replace('_', '-');
  if (!place) return `${kind}-new`;
  const unique = sha256(`${place.run}\n${place.step}`)
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 8)
    .toLowerCase();
  return `${kind}-${unique}`;
}
