const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** What the time in an id is made of: 10 ns, in 45 bits, which begin again every four days. */
const ticksPerMs = 100_000;
const tickRange = 32 ** 9;
const randomRange = 32 ** 7;

/**
 * A new id such as `run_01jd2m5x7k8q3v9w0e4t6yab2c` in the layout of ULID, in lower case: the prefix says what it names,
 * then come the millisecond it was made in, how far this program had come in ticks of 10 ns, and 35 random bits. So ids
 * sort in the order in which a program made them, also those of one millisecond, with nothing to remember in between.
 */
export function newId(
  prefix: 'evt' | 'let' | 'run' | 'itm' | 'bus' | 'msg' | 'hook' | 'brn' | 'node' | 'mem' | 'rct' | 'err',
  now = Date.now(),
): string {
  // Ids are no secrets, and asking the system for a few bytes each time takes longer than all the rest.
  const random = digits(Math.floor(Math.random() * randomRange), 7);
  const ticks = Math.floor(performance.now() * ticksPerMs) % tickRange;
  return `${idsFrom(prefix, now)}${digits(ticks, 9)}${random}`;
}

/** No id that was made at this time (epoch ms) or later sorts before this. */
export function idsFrom(prefix: string, at: number): string {
  return `${prefix}_${digits(Math.max(0, Math.floor(at)), 10)}`;
}

function digits(value: number, count: number): string {
  let text = '';
  for (let rest = value, i = 0; i < count; i++) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

export const processNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
