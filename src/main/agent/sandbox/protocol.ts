/**
 * What the runtime and a sandbox child say to each other. A message is a string of lines; a line is a record whose
 * fields are separated by tabs. Every free text in it is JSON, which has no raw tab or line end, so values pass from
 * engine to engine without being parsed on the way. (Measured: a batch of 32 as one string costs half of a batch of
 * arrays.)
 *
 *   to the child    script  id code            a script that later `run` records name by id
 *                   forget  id
 *                   run     job script at s0 s1 s2 s3 context event
 *                   answer  job call at ok|error json
 *                   drop    job                its machine is thrown away, nothing more is said about it
 *                   check   job code
 *   from the child  ready                      once, when it can work
 *                   alive                      still working on a long stretch
 *                   call    job call name args
 *                   value   job json           the job has ended
 *                   failed  job failure        the job has ended
 *                   done    count              so many of run, answer and check have been worked on, in order
 */
export const fieldMark = '\t';
export const lineMark = '\n';

/** Longest JSON text of one value that crosses the border of the sandbox, in characters. */
export const maxTextLength = 1_048_576;
/** Longest text of all the calls that a script may make before it waits, in characters. */
export const maxStretchLength = 8 * maxTextLength;
/** Most calls of one run that may wait for their answer at the same time. */
export const maxOpenCalls = 1_024;

/** Calls that reach the parent; the others are answered inside the script's machine. */
export const callNames = [
  'tool',
  'emit',
  'send',
  'ask',
  'memory.store',
  'memory.search',
  'memory.forget',
  'sleep',
  'log',
  'context.set',
  'context.delete',
] as const;

/** Why a script ended badly, as its child tells it. */
export interface ScriptFailure {
  kind: 'invalid' | 'failed' | 'limit';
  message: string;
  /** First place in the script's own text on the stack; both count from 1. */
  line?: number;
  column?: number;
  /** Number of the call whose rejection the script did not catch. */
  call?: number;
}
