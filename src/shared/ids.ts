const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new id such as `run_01jd2m5x7k8q3v9w0e4t6yab2c`: the prefix says what it names, ids sort by the millisecond they
 * were made in, and 80 random bits follow (the layout of ULID, in lower case).
 */
export function newId(
  prefix: 'evt' | 'let' | 'run' | 'itm' | 'bus' | 'msg' | 'node' | 'mem' | 'err',
  now = Date.now(),
): string {
  let random = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) random += alphabet[byte & 31];
  return `${idsFrom(prefix, now)}${random}`;
}

/** No id that was made at this time (epoch ms) or later sorts before this. */
export function idsFrom(prefix: string, at: number): string {
  let time = '';
  for (let rest = Math.max(0, Math.floor(at)), i = 0; i < 10; i++) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}`;
}

export const processNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
