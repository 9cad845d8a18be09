import type { EntryBody } from '../../../shared/entries/journal-entries.ts';
import type { Json } from '../../../shared/json.ts';

/** A search looks at so much of each of a hundred thousand runs. */
const gistChars = 200;

/** What the person gets who asked: what the agent gave as the answer last, else what it ended with. */
export function answerOf({ effects, output }: EntryBody<'run.settled'>): Json {
  const given = effects.findLast((effect) => effect.type === 'answer');
  return given ? given.answer : output;
}

/** The beginning of what a run came to, to be found by. */
export function gistOf({ output, error }: EntryBody<'run.settled'>): string | null {
  if (error) return error.message.slice(0, gistChars);
  if (output === null) return null;
  return (typeof output === 'string' ? output : JSON.stringify(output)).slice(0, gistChars);
}
