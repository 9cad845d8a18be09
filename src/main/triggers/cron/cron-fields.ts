import { cronNicknames } from '../../../shared/cron-nicknames.ts';
import { RuntimeError } from '../../../shared/errors.ts';

/** What a cron expression says, taken apart. The three lists are sorted and never empty. */
export interface CronFields {
  /** As it was written. */
  expression: string;
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** Day of month, month and day of week, as written: `cron-calendar.ts` reads them. */
  days: string;
  /** The same with the seconds first where there are any: the standard order. */
  standard: string;
}

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names for the values from `min` on. */
  names?: readonly string[];
}

const second: Field = { name: 'second', min: 0, max: 59 };
const minute: Field = { name: 'minute', min: 0, max: 59 };
const hour: Field = { name: 'hour', min: 0, max: 23 };
const dayOfMonth: Field = { name: 'day of month', min: 1, max: 31 };
const month: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const dayOfWeek: Field = {
  name: 'day of week',
  min: 0,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};

/**
 * Every way to read the expression, the standard one first: five fields; six with the seconds first; and the older form
 * with the seconds last. A caller takes the first that makes sense.
 */
export function readings(expression: string): (() => CronFields)[] {
  const text = expression.trim();
  const fields = (cronNicknames[text.toLowerCase()] ?? text).split(/\s+/);
  if (text.startsWith('@') && fields.length < 5) {
    throw cronInvalid(
      expression,
      `"${text}" is not known; use one of ${Object.keys(cronNicknames).join(', ')}, or fields`,
    );
  }
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = fields;
  if (fields.length === 5) return [() => read(expression, ['0', a, b, c, d, e], fields.join(' '))];
  if (fields.length === 6) {
    return [
      () => read(expression, [a, b, c, d, e, f], `${a} ${b} ${c} ${d} ${e} ${f}`),
      () => read(expression, [f, a, b, c, d, e], `${f} ${a} ${b} ${c} ${d} ${e}`),
    ];
  }
  const count = text === '' ? 0 : fields.length;
  throw cronInvalid(
    expression,
    `it has ${count} ${count === 1 ? 'field' : 'fields'}; write five (minute, hour, day of month, month, day of week), or six with the second first`,
  );
}

/** A refusal that names the expression. `field` is the one that is wrong, where it is one. */
export function cronInvalid(expression: string, reason: string, field?: string): RuntimeError {
  return new RuntimeError('CRON_INVALID', `The schedule "${expression}" cannot be used: ${reason}.`, {
    expression,
    ...(field ? { field } : {}),
  });
}

function read(
  expression: string,
  fields: [string, string, string, string, string, string],
  standard: string,
): CronFields {
  const refuse = (field: Field) => (reason: string) => cronInvalid(expression, reason, field.name);
  const [s, m, h, dom, mon, dow] = fields;
  const time = {
    seconds: list(second, s, refuse(second)),
    minutes: list(minute, m, refuse(minute)),
    hours: list(hour, h, refuse(hour)),
  };
  checkDays(dayOfMonth, dom, refuse(dayOfMonth));
  list(month, mon, refuse(month));
  checkDays(dayOfWeek, dow, refuse(dayOfWeek));
  return { expression, ...time, days: `${dom} ${mon} ${dow}`.toUpperCase(), standard };
}

function list(field: Field, text: string, refuse: (reason: string) => RuntimeError): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [low, high, step] = range(field, part, refuse);
    for (let value = low; value <= high; value += step) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** One part of a list, `*`, `5`, `1-5`, `*` or `1-5` with `/2`, as first, last and step. */
function range(field: Field, part: string, refuse: (reason: string) => RuntimeError): [number, number, number] {
  const [values = '', stepText, more] = part.split('/');
  if (more !== undefined) throw refuse(`${field.name} "${part}" has two "/"`);
  const step = stepText === undefined ? 1 : wholeNumber(field, stepText, refuse);
  if (step < 1) throw refuse(`${field.name} step 0 never moves on; use 1 or more`);
  if (step > field.max) throw refuse(`${field.name} step ${step} is above ${field.max}`);
  if (values === '*') return [field.min, field.max, step];
  const [lowText = '', highText, rest] = values.split('-');
  if (rest !== undefined) throw refuse(`${field.name} "${part}" has two "-"`);
  const low = value(field, lowText, refuse);
  if (highText === undefined) {
    if (stepText === undefined) return [low, low, 1];
    throw refuse(`${field.name} "${part}" has a step but no range; write ${lowText}-${field.max}/${stepText}`);
  }
  const high = value(field, highText, refuse);
  if (high >= low) return [low, high, step];
  throw refuse(`${field.name} range ${values} runs backwards; write ${low}-${field.max},${field.min}-${high}`);
}

function value(field: Field, text: string, refuse: (reason: string) => RuntimeError): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = named >= 0 ? named + field.min : wholeNumber(field, text, refuse);
  if (number > field.max) throw refuse(`${field.name} ${number} is above ${field.max}`);
  if (number < field.min) throw refuse(`${field.name} ${number} is below ${field.min}`);
  return number;
}

function wholeNumber(field: Field, text: string, refuse: (reason: string) => RuntimeError): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  const also = field.names ? ` or a name such as ${field.names[1]}` : '';
  throw refuse(`${field.name} "${text}" is not a whole number${also}`);
}

/**
 * The day fields know more signs: `?` (any), `L` (last), `LW`, `15W` (nearest weekday), `5L` (last Friday), `FRI#2` (second
 * Friday). Here only numbers and names are looked at; the calendar has the last word.
 */
function checkDays(field: Field, text: string, refuse: (reason: string) => RuntimeError): void {
  for (const part of text.replace(/^\+/, '').split(',')) {
    if (part === '?' || /^LW?$/i.test(part)) continue;
    const plain = field === dayOfWeek ? part.replace(/(?<=.)(#([1-5]|L)|L)$/i, '') : part.replace(/(?<=\d)W$/i, '');
    range(field, plain, refuse);
  }
}
