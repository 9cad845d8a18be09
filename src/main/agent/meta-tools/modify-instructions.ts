import { objectOf } from '../tools/parameters.ts';
import { selfChanging } from './self-changing.ts';

/** `modify_instructions`: the agent rewrites what it is told to do. */
export const modifyInstructions = selfChanging({
  name: 'modify_instructions',
  description: 'Replaces your instructions as a whole: write down all that is to hold, not only what is new.',
  parameters: objectOf({ new_instructions: { type: 'string', minLength: 1 } }, ['new_instructions']),
  isPermitted: ({ config }) => config.openMode.allowIdentityChange,
  changeOf: ({ new_instructions: instructions }) => ({
    do: 'set_instructions',
    instructions: String(instructions),
  }),
});
