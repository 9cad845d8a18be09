/** A promise together with what settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // A failure that nobody waits for is reported by whoever caused it, not as an unhandled rejection.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
