import { isOperation, operations } from '../../../shared/api.ts';
import { nearest } from '../../../shared/casing.ts';
import type { Json } from '../../../shared/json.ts';
import type { Command } from '../command.ts';
import { readValue } from '../flags.ts';
import { UsageError } from '../terminal.ts';

/** Any operation by its name in the API, for what has no command of its own. */
export const callCommand: Command = {
  name: 'call',
  summary: 'Calls any operation of the API with a JSON input: call getRun \'{"id":"run_…"}\'.',
  args: ['operation', 'input?'],
  flags: {},
  async run(call) {
    const [name = '', text] = call.words;
    if (!isOperation(name)) {
      const meant = nearest(name, Object.keys(operations));
      throw new UsageError(`There is no operation "${name}".${meant ? ` Did you mean ${meant}?` : ''}`);
    }
    const input = text === undefined ? {} : await readValue(text, call.terminal);
    const ask = call.node()[name] as (input: Json) => Promise<unknown>;
    const answer = await ask(input);
    call.show(answer, () => JSON.stringify(answer, null, 2));
    return undefined;
  },
};
