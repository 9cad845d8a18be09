import { atWall, wallOf } from '../ui/shown-zone.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Times until which things are commonly put off, in the zone that times are shown in; those that are over are left out. */
export function snoozeTimes(now: number): { text: string; at: number }[] {
  const today = Math.floor(wallOf(now) / dayMs) * dayMs;
  const atHour = (daysOn: number, hour: number) => atWall(today + daysOn * dayMs + hour * hourMs);
  const untilMonday = (8 - new Date(today).getUTCDay()) % 7 || 7;
  const times = [
    { text: 'For an hour', at: now + hourMs },
    { text: 'For four hours', at: now + 4 * hourMs },
    { text: 'Until this evening', at: atHour(0, 18) },
    { text: 'Until tomorrow morning', at: atHour(1, 9) },
    { text: 'Until Monday morning', at: atHour(untilMonday, 9) },
  ];
  return times
    .filter(({ at }, index) => at > now && times.findIndex((other) => other.at === at) === index)
    .sort((a, b) => a.at - b.at);
}
