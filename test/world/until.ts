import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `fact` gives something truthy, and gives that back. Polls, so it suits any source: HTTP, files, children.
 * @throws when `withinMs` (default 10 s) has passed; the message holds the last error or value seen.
 */
export async function until<T>(fact: () => T | Promise<T>, withinMs = 10_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await fact();
      if (value) return value as NonNullable<T>;
      last = value;
    } catch (thrown) {
      last = thrown;
    }
    if (performance.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${String(last)}\n${fact}`);
    await pause(5);
  }
}
