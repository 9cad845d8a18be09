/**
 * When a cron expression of five fields (without steps in its days and months) fires, found the long way: by looking at the local clock minute by minute. For
 * tests only; it knows nothing of how the product does it.
 */
export function cronOracle(expression: string, zone: string, after: number, upTo: number): number[] {
  const [minutes, hours, days, months, weekdays] = expression.split(' ').map(values) as [
    Values,
    Values,
    Values,
    Values,
    Values,
  ];
  const matches = (local: number) => {
    const date = new Date(local);
    const day = days.has(date.getUTCDate());
    const weekday = weekdays.has(date.getUTCDay());
    const onDay = days.any || weekdays.any ? day && weekday : day || weekday;
    return (
      minutes.has(date.getUTCMinutes()) && hours.has(date.getUTCHours()) && months.has(date.getUTCMonth() + 1) && onDay
    );
  };
  const everyHour = Array.from({ length: 24 }, (_, hour) => hour).every(hours.has);
  const local = localClock(zone);
  const fired: number[] = [];
  const minute = 60_000;
  // A day earlier, so as to know which local times have been there before.
  let newest = Number.NEGATIVE_INFINITY;
  let previous = local((Math.floor(after / minute) - 24 * 60) * minute) - minute;
  for (let at = (Math.floor(after / minute) - 24 * 60) * minute; at <= upTo; at += minute) {
    const now = local(at);
    let fires = matches(now);
    if (!everyHour) {
      fires = fires && now > newest;
      for (let skipped = previous + minute; skipped < now; skipped += minute) fires ||= matches(skipped);
    }
    if (fires && at > after) fired.push(at);
    newest = Math.max(newest, now);
    previous = now;
  }
  return fired;
}

interface Values {
  any: boolean;
  has: (value: number) => boolean;
}

function values(field: string): Values {
  const listed = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [low = '', high = low] = range === '*' ? ['0', '59'] : range.split('-');
    for (let value = Number(low); value <= Number(high); value += Number(step)) listed.add(value);
  }
  return { any: field === '*', has: (value) => field === '*' || listed.has(value) };
}

function localClock(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part['year'] as number, (part['month'] as number) - 1, part['day'], part['hour'], part['minute']);
  };
}
