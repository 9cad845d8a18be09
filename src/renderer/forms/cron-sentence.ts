/** A schedule in words → a cron expression with five or six fields, or what could not be understood. */
export type CronSentence = { ok: true; cron: string } | { ok: false; message: string };

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const numbers: Record<string, number> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  ten: 10,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  other: 2,
};

interface Time {
  hour: number;
  minute: number;
}

/**
 * Reads sentences such as "every 5 minutes", "weekdays at 9", "every monday 08:30", "on the 1st at noon", "every 10
 * minutes between 9 and 17 on weekdays". Deterministic: the same words are always the same schedule.
 */
export function cronFromSentence(sentence: string): CronSentence {
  const words = sentence
    .toLowerCase()
    .replace(/[,.]+(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (words === '') return { ok: false, message: 'Say when, such as “weekdays at 9”.' };
  const bad = impossible(words);
  if (bad) return { ok: false, message: bad };
  const cron = repeating(words) ?? dated(words);
  return cron
    ? { ok: true, cron }
    : {
        ok: false,
        message: `“${sentence.trim()}” is not understood. Try “every 15 minutes”, “weekdays at 9:30” or “on the 1st at noon”.`,
      };
}

function impossible(words: string): string | null {
  const clock = /\b(\d{1,2}):(\d{2})\b/.exec(words);
  if (clock && (Number(clock[1]) > 23 || Number(clock[2]) > 59)) return `There is no time ${clock[0]}.`;
  const every = /\bevery (\d+) (second|minute|hour)s?\b/.exec(words);
  if (!every) return null;
  const count = Number(every[1]);
  const most = every[2] === 'hour' ? 24 : 60;
  if (count < 1) return 'Every 0 is never; say at least 1.';
  if (count < most && most % count !== 0)
    return `Every ${count} ${every[2]}s does not divide ${most} evenly, so the steps would be unequal; ${nearby(count, most)} would do.`;
  return null;
}

function nearby(count: number, most: number): string {
  const divisors = Array.from({ length: most }, (_, index) => index + 1).filter((value) => most % value === 0);
  return divisors
    .filter((value) => Math.abs(value - count) === Math.min(...divisors.map((other) => Math.abs(other - count))))
    .join(' or ');
}

/** "every 5 minutes", "hourly", with an optional window of hours and days. */
function repeating(words: string): string | null {
  const match =
    /\b(?:every|each) (?:(\d+|[a-z]+) )?(seconds?|minutes?|mins?|hours?)\b|\b(hourly)\b|\b(minutely)\b/.exec(words);
  if (!match) return null;
  const unit = match[4] || match[2]?.startsWith('min') ? 'minute' : match[2]?.startsWith('sec') ? 'second' : 'hour';
  const count = match[1] === undefined ? 1 : /^\d+$/.test(match[1]) ? Number(match[1]) : numbers[match[1]];
  if (count === undefined) return null;
  const days = daysIn(words);
  const dayField = days ? days.join(',') : '*';
  const hours = hourWindow(words);
  const step = (n: number) => (n === 1 ? '*' : `*/${n}`);
  if (unit === 'second') return count >= 60 ? null : `${step(count)} * ${hours ?? '*'} * * ${dayField}`;
  if (unit === 'minute' && count < 60) return `${step(count)} ${hours ?? '*'} * * ${dayField}`;
  const everyHours = unit === 'minute' ? (count % 60 === 0 ? count / 60 : 0) : count;
  if (everyHours < 1 || everyHours > 24) return null;
  const minute = /\bat (?:minute )?:?(\d{1,2})\b(?! ?(?:am|pm|:))/.exec(words.slice(match.index))?.[1] ?? '0';
  if (everyHours === 24) return `0 0 * * ${dayField}`;
  return `${Number(minute)} ${hours ? (everyHours === 1 ? hours : `${hours}/${everyHours}`) : step(everyHours)} * * ${dayField}`;
}

/** "between 9 and 17", "from 9am to 5pm": hours, the last one not begun. */
function hourWindow(words: string): string | null {
  const match = /\b(?:between|from) ([\w: ]+?) (?:and|to|until|till) ([\w:]+(?: ?[ap]m)?)/.exec(words);
  const from = match && timeIn(match[1] ?? '');
  const to = match && timeIn(match[2] ?? '');
  if (!from || !to || to.hour === from.hour) return null;
  const last = to.minute === 0 ? to.hour - 1 : to.hour;
  return last < from.hour ? `${from.hour}-23,0-${Math.max(0, last)}` : `${from.hour}-${last}`;
}

/** "weekdays at 9", "every monday 08:30", "on the 15th at 10", "daily at 9 and 17". */
function dated(words: string): string | null {
  const days = daysIn(words);
  const monthDays = monthDaysIn(words);
  const inMonths = monthsIn(words);
  const isDaily =
    /\b(?:daily|every day|each day|every night|every morning|every evening|nightly|at|noon|midnight)\b/.test(words);
  const isMonthly = /\b(?:monthly|every month)\b/.test(words);
  const isWeekly = /\b(?:weekly|every week)\b/.test(words);
  const isYearly = /\b(?:yearly|every year)\b/.test(words);
  if (!days && !monthDays && !isDaily && !isMonthly && !isWeekly && !isYearly) return null;
  const times = timesIn(words);
  if (times.length === 0 && /\bat\b/.test(words)) return null;
  const [first = defaultTime(words)] = times;
  if (times.some(({ minute }) => minute !== first.minute)) return null;
  const hours = times.length > 0 ? times.map(({ hour }) => hour).join(',') : String(first.hour);
  const dayOfMonth = monthDays?.join(',') ?? (isMonthly || isYearly ? '1' : '*');
  const month = inMonths?.join(',') ?? (isYearly ? '1' : '*');
  return `${first.minute} ${hours} ${dayOfMonth} ${month} ${days?.join(',') ?? (isWeekly ? '1' : '*')}`;
}

function defaultTime(words: string): Time {
  if (/morning/.test(words)) return { hour: 8, minute: 0 };
  if (/evening/.test(words)) return { hour: 18, minute: 0 };
  return { hour: 0, minute: 0 };
}

function daysIn(words: string): (number | string)[] | null {
  if (/\b(?:weekdays?|working days?|workdays?|business days?)\b/.test(words)) return ['1-5'];
  if (/\bweekends?\b/.test(words)) return ['0,6'];
  const range = new RegExp(`\\b(${dayPattern}) ?(?:-|to|through|until) ?(${dayPattern})\\b`).exec(words);
  if (range) {
    const [from, to] = [dayNumber(range[1] ?? ''), dayNumber(range[2] ?? '')];
    return from <= to ? [`${from}-${to}`] : [`${from}-6,0-${to}`];
  }
  const found = [...words.matchAll(new RegExp(`\\b(${dayPattern})s?\\b`, 'g'))].map((match) =>
    dayNumber(match[1] ?? ''),
  );
  return found.length > 0 ? [...new Set(found)].sort((a, b) => a - b) : null;
}

const dayPattern = weekdays.map((day) => `${day}|${day.slice(0, 3)}`).join('|') + '|tues|thur|thurs';
const dayNumber = (word: string) => weekdays.findIndex((day) => day.startsWith(word.slice(0, 3)));

function monthDaysIn(words: string): number[] | null {
  const found = [...words.matchAll(/\b(\d{1,2})(?:st|nd|rd|th)\b/g)]
    .map((match) => Number(match[1]))
    .filter((day) => day >= 1 && day <= 31);
  if (/\bfirst(?: day)?(?: of(?: the| each| every)? month)?\b/.test(words) && /month|first day/.test(words))
    found.push(1);
  return found.length > 0 ? [...new Set(found)].sort((a, b) => a - b) : null;
}

function monthsIn(words: string): number[] | null {
  const found = months.flatMap((month, index) =>
    new RegExp(`\\b${month}\\b|\\bin ${month.slice(0, 3)}\\b`).test(words) ? [index + 1] : [],
  );
  return found.length > 0 ? found : null;
}

/** Every clock time of the sentence: those with a colon or am/pm anywhere, bare hours after "at" or "and". */
function timesIn(words: string): Time[] {
  const times: Time[] = [];
  const pattern =
    /\b(\d{1,2}:\d{2}(?: ?[ap]m)?|\d{1,2} ?[ap]m|noon|midnight)\b|\b(?:at|and|@) ?(\d{1,2})(?: ?o'?clock)?\b(?!(?:st|nd|rd|th|:| ?[ap]m))/g;
  for (const match of words.matchAll(pattern)) {
    const time = timeIn(match[1] ?? match[2] ?? '');
    if (time) times.push(time);
  }
  return times;
}

function timeIn(text: string): Time | null {
  const trimmed = text.trim();
  if (trimmed === 'noon') return { hour: 12, minute: 0 };
  if (trimmed === 'midnight') return { hour: 0, minute: 0 };
  const match = /^(\d{1,2})(?::(\d{2}))? ?([ap]m)?$/.exec(trimmed);
  if (!match) return null;
  let hour = Number(match[1]);
  const minute = Number(match[2] ?? 0);
  if (match[3] === 'pm' && hour < 12) hour += 12;
  if (match[3] === 'am' && hour === 12) hour = 0;
  return hour > 23 || minute > 59 ? null : { hour, minute };
}
