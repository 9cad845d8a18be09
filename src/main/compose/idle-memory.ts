import { flushCompileCache } from 'node:module';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** While something goes on, and once nothing does. */
const busyLooksMs = 1_000;
const idleLooksMs = 60_000;
/** Less than this share of a core used since the last look is idle. */
const idleShare = 0.05;
/** Room for new objects that is worth giving back. */
const worthBytes = 8 * 1024 * 1024;
/** Up to this heap it takes no longer than about 100 ms, so that it may be done whenever nothing goes on. */
const smallHeapBytes = 64 * 1024 * 1024;
/** Up to this heap it takes no longer than half a second: after a start, and then not more often than every ten minutes. */
const largeHeapBytes = 256 * 1024 * 1024;
const betweenLargeMs = 600_000;

/**
 * Gives back what a start or a burst of work left behind: V8 enlarges the room for new objects to 32 MB and more, and
 * keeps it. It is given back where nothing goes on, so that nobody waits for it; the next burst enlarges it again. A
 * smaller room (`--max-semi-space-size`) would save as much, and cost every burst.
 */
export function tidyWhenIdle(): void {
  let before = performance.eventLoopUtilization();
  let largeFrom = 0;
  const lookIn = (ms: number) => setTimeout(look, ms).unref();
  const look = () => {
    const now = performance.eventLoopUtilization();
    const isIdle = performance.eventLoopUtilization(now, before).utilization < idleShare;
    before = now;
    const mostBytes = performance.now() < largeFrom ? smallHeapBytes : largeHeapBytes;
    if (isIdle && giveBack(mostBytes)) largeFrom = performance.now() + betweenLargeMs;
    lookIn(isIdle ? idleLooksMs : busyLooksMs);
  };
  setTimeout(flushCompileCache, busyLooksMs).unref();
  lookIn(busyLooksMs);
}

/** Returns whether it did, which it does not where the heap is larger than this. */
function giveBack(mostBytes: number): boolean {
  const spaces = getHeapSpaceStatistics();
  const room = spaces.find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
  const used = spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
  if (room < worthBytes || used > mostBytes) return false;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return true;
}
