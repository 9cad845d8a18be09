/** Milliseconds to wait before attempt `attempt` (1 is the first retry): doubles from `firstMs` up to `mostMs`. */
export function backoffMs(attempt: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 40));
}

/**
 * The same with full jitter: anything from 0 up to the wait, so that many that failed together do not return together.
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function jitteredMs(
  attempt: number,
  firstMs: number,
  mostMs: number,
  random: () => number = Math.random,
): number {
  return Math.round(random() * backoffMs(attempt, firstMs, mostMs));
}
