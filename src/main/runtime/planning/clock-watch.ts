import type { NodeSection } from '../../../shared/entries/node-entries.ts';
import { asError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { Journal } from '../../journal/journal.ts';
import type { OpenParts } from '../../processes/default-parts.ts';
import type { Suspicion, TimeTrust, TrustedBy } from '../../triggers/cron/time-trust.ts';

/** Where the node keeps what it thinks of the clock. */
interface Keeping {
  setting(section: NodeSection): JsonObject | null;
  configure(section: NodeSection, settings: JsonObject | null, by: string): Promise<void>;
}

const lookEveryMs = 30_000;
/** Streams whose newest entry is looked at: with more of them a start would take longer, and be hardly wiser. */
const mostAsked = 100;

/**
 * Tells the node when its clock is evidently wrong, and keeps that over restarts: what is written down by a false clock
 * must not make it look right to the next program.
 */
export async function watchClock(
  node: Keeping,
  journal: Pick<Journal, 'processes' | 'read'>,
  { time, alarm, clock, log }: Pick<OpenParts, 'time' | 'alarm' | 'clock' | 'log'>,
): Promise<void> {
  const kept = node.setting('clock') ?? {};
  const overruled = Number(kept['overruled'] ?? 0);
  const lookAgain = () => {
    if (time.look()) alarm.at(clock.now() + lookEveryMs, lookAgain);
  };
  time.onChange((suspicion, trusted) => {
    if (suspicion) log('warn', 'schedules stand still: the clock is not to be trusted', { reason: suspicion.reason });
    else log('info', 'the clock is gone by again', { ...trusted });
    const { settings, by } = keptOf(time, suspicion, trusted, overruled);
    node.configure('clock', settings, by).catch((thrown: unknown) => {
      log('warn', 'what is thought of the clock could not be kept', { reason: asError(thrown).message });
    });
    if (suspicion) alarm.at(clock.now() + lookEveryMs, lookAgain);
  });
  alarm.onJump(() => time.look());
  const known = [Number(kept['newest'] ?? 0), ...(await newestEntries(journal))];
  time.note(Math.max(0, ...known.filter((at) => at > overruled)));
  const { wall, up } = kept;
  if (typeof wall === 'number' && typeof up === 'number') time.goOnFrom({ wall, up });
}

function keptOf(
  { newest, basis }: TimeTrust,
  suspicion: Suspicion | null,
  trusted: TrustedBy,
  before: number,
): { settings: JsonObject | null; by: string } {
  if (suspicion) {
    const { wall = null, up = null } = basis ?? {};
    return { settings: { ...suspicion, newest, wall, up, overruled: before }, by: 'runtime' };
  }
  const overruled = trusted.by === 'person' ? Math.max(before, trusted.overruled) : before;
  return {
    settings: overruled > 0 ? { overruled } : null,
    by: trusted.by === 'person' ? trusted.who : 'runtime',
  };
}

async function newestEntries(journal: Pick<Journal, 'processes' | 'read'>): Promise<number[]> {
  const streams = (await journal.processes()).slice(0, mostAsked);
  const newest = await Promise.all(streams.map((stream) => journal.read(stream, { order: 'desc', limit: 1 })));
  return newest.flatMap(([entry]) => entry?.at ?? []);
}
