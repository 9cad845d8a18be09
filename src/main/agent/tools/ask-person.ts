import { RuntimeError } from '../../../shared/errors.ts';
import type { Tool } from '../tool.ts';
import { objectOf } from './parameters.ts';

/** `ask_person`: puts a question into the inbox; the run is parked until somebody answers. */
export function askPerson(): Tool {
  return {
    name: 'ask_person',
    description:
      'Asks the person who runs this agent. It may take long until they answer; use it when you cannot decide alone.',
    parameters: objectOf({ question: { type: 'string', minLength: 1, maxLength: 4_000 } }, ['question']),
    reach: 'local',
    asks: (args) => String(args['question']),
    async execute() {
      throw new RuntimeError('INTERNAL', 'A question is asked by its run, not executed.');
    },
  };
}
