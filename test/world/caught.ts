import { RuntimeError } from '../../src/shared/errors.ts';

/** The refusal that the call throws. @throws what else it throws, or that it throws nothing. */
export function caught(call: () => unknown): RuntimeError {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return thrown;
    throw thrown;
  }
  throw new Error(`nothing was refused by ${call}`);
}

/** The same for a promise. */
export async function caughtLater(promise: Promise<unknown>): Promise<RuntimeError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (thrown) {
    if (thrown instanceof RuntimeError) return thrown;
    throw thrown;
  }
  throw new Error(`nothing was refused; the answer was ${JSON.stringify(value)}`);
}
