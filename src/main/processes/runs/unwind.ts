/** Ends a pass from inside a step. `unwind` tells a sandbox that the script must not see it. */
export class Unwind extends Error {
  readonly unwind = true;
}
