const hourMs = 3_600_000;

/** Times until which things are commonly put off, in the zone of this computer; those that are over are left out. */
export function snoozeTimes(now: number): { text: string; at: number }[] {
  const today = new Date(now);
  const atHour = (daysOn: number, hour: number) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + daysOn, hour).getTime();
  const untilMonday = (8 - today.getDay()) % 7 || 7;
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
