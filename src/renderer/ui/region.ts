/** How times, dates and numbers are written. `system`: as the language and region of this computer have it. */
export interface Region {
  clock: 'system' | '24' | '12';
  dates: 'system' | 'day' | 'month' | 'iso';
  weekStart: 'system' | 'monday' | 'saturday' | 'sunday';
  /** By what stands between thousands. */
  numbers: 'system' | NumberFormat;
  /** An IANA zone; `system`: that of this computer. */
  zone: string;
}

/** 1,234.5 · 1.234,5 · 1 234,5 · 1’234.5 */
export type NumberFormat = 'comma' | 'point' | 'space' | 'apostrophe';

export interface WrittenRegion {
  clock: '24' | '12';
  /** 3 Nov, Nov 3, or 2026-11-03. */
  dates: 'day' | 'month' | 'iso';
  weekStart: 'monday' | 'saturday' | 'sunday';
  numbers: NumberFormat;
  /** Empty: that of this computer. */
  zone: string;
}

/** What holds where nobody said otherwise, as in tests. */
const usual: WrittenRegion = { clock: '24', dates: 'day', weekStart: 'monday', numbers: 'comma', zone: '' };

/** @param locale of the system; left out: the one the browser goes by. */
export function writtenRegion({ clock, dates, weekStart, numbers, zone }: Region, locale?: string): WrittenRegion {
  const system = new Intl.DateTimeFormat(locale, {
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
  });
  const { hourCycle, locale: known } = system.resolvedOptions();
  const order = system.formatToParts(0).flatMap(({ type }) => (/^(day|month|year)$/.test(type) ? [type] : []));
  const systemDates = order[0] === 'year' ? 'iso' : order[0] === 'month' ? 'month' : 'day';
  return {
    clock: clock !== 'system' ? clock : hourCycle === 'h11' || hourCycle === 'h12' ? '12' : '24',
    dates: dates === 'system' ? systemDates : dates,
    weekStart: weekStart === 'system' ? systemWeekStart(known) : weekStart,
    numbers: numbers === 'system' ? systemNumbers(locale) : numbers,
    zone: isZone(zone) ? zone : '',
  };
}

/** Digits stay those of English, as its words do. */
function systemNumbers(locale: string | undefined): NumberFormat {
  const parts = new Intl.NumberFormat(locale, { numberingSystem: 'latn' }).formatToParts(1_234_567.5);
  const sign = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? '';
  const between = sign('group');
  if (sign('decimal') === ',') return between === '.' ? 'point' : 'space';
  return between === '’' || between === "'" ? 'apostrophe' : 'comma';
}

/** The standard has it as a method by now; some browsers still know it as a property. */
interface WithWeek extends Intl.Locale {
  getWeekInfo?(): { firstDay: number };
  weekInfo?: { firstDay: number };
}

function systemWeekStart(locale: string): WrittenRegion['weekStart'] {
  const known: WithWeek = new Intl.Locale(locale);
  const { firstDay } = known.getWeekInfo?.() ?? known.weekInfo ?? { firstDay: 1 };
  return firstDay === 7 ? 'sunday' : firstDay === 6 ? 'saturday' : 'monday';
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Puts it on the page, where whatever writes a time finds it. */
export function showRegion({ dataset }: Pick<HTMLElement, 'dataset'>, region: Region): void {
  Object.assign(dataset, writtenRegion(region));
}

/** What the page goes by. */
export function pageRegion(): WrittenRegion {
  const data = globalThis.document?.documentElement.dataset;
  const { dates, weekStart, numbers } = data ?? {};
  return {
    clock: data?.['clock'] === '12' ? '12' : usual.clock,
    dates: dates === 'month' || dates === 'iso' ? dates : usual.dates,
    weekStart: weekStart === 'saturday' || weekStart === 'sunday' ? weekStart : usual.weekStart,
    numbers: numbers === 'point' || numbers === 'space' || numbers === 'apostrophe' ? numbers : usual.numbers,
    zone: data?.['zone'] ?? usual.zone,
  };
}
