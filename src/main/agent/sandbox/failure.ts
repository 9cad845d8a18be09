import type { ScriptFailure } from './protocol.ts';

/** Name under which every script is compiled, so that its own places on a stack can be told from the prelude's. */
export const scriptName = 'script';

export const limitFailure = (message: string): ScriptFailure => ({ kind: 'limit', message });

export const neverEnds: ScriptFailure = {
  kind: 'failed',
  message:
    'The script waits for something that can never happen: no call of the agent is open and run() has not returned.',
};

/** A place in a script's text; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** First place in the script on a QuickJS stack, such as `at run (script:3:11)`. */
export function placeIn(stack: string): Place | undefined {
  const found = new RegExp(`\\b${scriptName}:(\\d+):(\\d+)`).exec(stack);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

/** Reads how the prelude explained a thrown thing. @throws when it is not of that form: its machine is broken then. */
export function explained(json: string): ScriptFailure {
  const told = JSON.parse(json) as { call: number | null; name: string; message: string; stack: string };
  const place = placeIn(told.stack) ?? {};
  if (told.call === null) {
    const message = told.name === '' || told.name === 'Error' ? told.message : `${told.name}: ${told.message}`;
    return { kind: isLimit(told) ? 'limit' : 'failed', message, ...place };
  }
  if (told.call > 0) return { kind: 'failed', message: told.message, call: told.call, ...place };
  return { kind: told.call === 0 ? 'limit' : 'invalid', message: told.message, ...place };
}

/** How QuickJS words the ends of its memory and stack. */
function isLimit({ name, message }: { name: string; message: string }): boolean {
  if (name === 'InternalError') return /^(out of memory|string too long|interrupted)/.test(message);
  return name === 'RangeError' && message === 'Maximum call stack size exceeded';
}
