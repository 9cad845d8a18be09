import { RuntimeError } from '../../../shared/errors.ts';
import type { Tool } from '../tool.ts';
import { checkPublished } from './messaging-tools.ts';
import { objectOf } from './parameters.ts';

export const answerQuestionName = 'answer_question';

/** `answer_question`: only for a run that a person's question woke. Without it, what the run ends with is the answer. */
export function answerQuestion(): Tool {
  return {
    name: answerQuestionName,
    description:
      'Gives the person who woke you with a question their answer, in place of what you end with. They get it when this run ends well; the last one counts.',
    parameters: objectOf({ answer: { description: 'Text, or any other JSON value.' } }, ['answer']),
    reach: 'local',
    async execute(args) {
      const { answer } = args;
      if (answer === undefined)
        throw new RuntimeError('TOOL_ARGS_INVALID', 'answer_question takes an answer: { "answer": … }.');
      checkPublished('The answer', answer);
      return { content: { answered: 'when this run ends' }, effects: [{ type: 'answer', answer }] };
    },
  };
}
