/** How times and dates are written. `system`: as the language and region of this computer have it. */
export interface Region {
  clock: 'system' | '24' | '12';
  dates: 'system' | 'day' | 'month' | 'iso';
}

export interface WrittenRegion {
  clock: '24' | '12';
  /** 3 Nov, Nov 3, or 2026-11-03. */
  dates: 'day' | 'month' | 'iso';
}

/** What holds where nobody said otherwise, as in tests. */
const usual: WrittenRegion = { clock: '24', dates: 'day' };

/** @param locale of the system; left out: the one the browser goes by. */
export function writtenRegion({ clock, dates }: Region, locale?: string): WrittenRegion {
  const system = new Intl.DateTimeFormat(locale, {
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
  });
  const { hourCycle } = system.resolvedOptions();
  const order = system.formatToParts(0).flatMap(({ type }) => (/^(day|month|year)$/.test(type) ? [type] : []));
  const systemDates = order[0] === 'year' ? 'iso' : order[0] === 'month' ? 'month' : 'day';
  return {
    clock: clock !== 'system' ? clock : hourCycle === 'h11' || hourCycle === 'h12' ? '12' : '24',
    dates: dates === 'system' ? systemDates : dates,
  };
}

/** Puts it on the page, where whatever writes a time finds it. */
export function showRegion({ dataset }: Pick<HTMLElement, 'dataset'>, region: Region): void {
  const { clock, dates } = writtenRegion(region);
  dataset['clock'] = clock;
  dataset['dates'] = dates;
}

/** What the page goes by. */
export function pageRegion(): WrittenRegion {
  const data = globalThis.document?.documentElement.dataset;
  const dates = data?.['dates'];
  return {
    clock: data?.['clock'] === '12' ? '12' : usual.clock,
    dates: dates === 'month' || dates === 'iso' ? dates : usual.dates,
  };
}
