import { answerQuestion, answerQuestionName } from '../../agent/tools/answer-question.ts';
import { questionOf } from '../../journal/fold/letters.ts';
import type { QueuedEvent } from '../../journal/fold/snapshot.ts';
import type { Toolbox } from '../parts.ts';

/** The tools for working on an event: one that asks something can be answered. */
export function toolboxFor(event: QueuedEvent, toolbox: Toolbox): Toolbox {
  if (questionOf(event) === null) return toolbox;
  const answer = answerQuestion();
  return {
    get tools() {
      return [...toolbox.tools, answer];
    },
    resolve: (name, args) => (name === answerQuestionName ? answer : toolbox.resolve(name, args)),
    ready: (signal) => toolbox.ready(signal),
    close: () => toolbox.close(),
  };
}
