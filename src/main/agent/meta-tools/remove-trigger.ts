import { objectOf } from '../tools/parameters.ts';
import { selfChanging } from './self-changing.ts';

/** `remove_trigger`: the agent takes back a trigger that it added. Those of the user are not its to remove. */
export const removeTrigger = selfChanging({
  name: 'remove_trigger',
  description: 'Removes a trigger that you added, by the id that add_trigger gave.',
  parameters: objectOf({ trigger_id: { type: 'string', minLength: 1, maxLength: 64 } }, ['trigger_id']),
  isPermitted: ({ config }) => config.openMode.allowTriggerManagement,
  changeOf: ({ trigger_id: id }) => ({ do: 'remove_trigger', id: String(id) }),
});
