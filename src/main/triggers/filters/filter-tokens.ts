import { RuntimeError } from '../../../shared/errors.ts';

/** One word of a filter expression. `at` counts characters from 1. */
export type Token =
  | { kind: 'number'; at: number; value: number }
  | { kind: 'string'; at: number; value: string }
  | { kind: 'name' | 'sign'; at: number; text: string }
  | { kind: 'end'; at: number; text: '' };

export const maxFilterLength = 2_000;

const signs = ['==', '!=', '<=', '>=', '<', '>', '(', ')', '[', ']', '{', '}', ',', '.', '-'];

/** What people coming from elsewhere write, longest first, and what to write instead. */
const otherSigns: [string, string][] = [
  ['===', 'write == instead of ==='],
  ['!==', 'write != instead of !=='],
  ['&&', 'write and instead of &&'],
  ['||', 'write or instead of ||'],
  ['=>', 'functions cannot be written in a filter'],
  [':=', 'nothing can be assigned in a filter'],
  ['=', 'write == to compare; nothing can be assigned in a filter'],
  ['!', 'write not instead of !'],
  [':', 'slices, dictionaries and lambdas are not part of a filter'],
  ['?', 'write and, or, not; there is no ?: and no ?.'],
  ['`', 'put text in \' or "'],
  ...['+', '*', '/', '%', '&', '|', '^', '~', '@', '<<', '>>'].map((sign): [string, string] => [
    sign,
    `"${sign}" is not part of a filter: it compares, it does not calculate`,
  ]),
];

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** A refusal that names the place. */
export function filterInvalid(at: number, reason: string): RuntimeError {
  return new RuntimeError('FILTER_INVALID', `The filter cannot be used; at character ${at}: ${reason}.`, {
    position: at,
  });
}

/** @throws RuntimeError `FILTER_INVALID` */
export function tokens(text: string): Token[] {
  if (text.length > maxFilterLength) {
    throw filterInvalid(maxFilterLength + 1, `it is longer than ${maxFilterLength} characters`);
  }
  const found: Token[] = [];
  for (let index = 0; index < text.length; ) {
    if (/\s/.test(text[index] as string)) {
      index++;
      continue;
    }
    const [token, end] = tokenAt(text, index);
    found.push(token);
    index = end;
  }
  return [...found, { kind: 'end', at: text.length + 1, text: '' }];
}

function tokenAt(text: string, index: number): [Token, number] {
  const character = text[index] as string;
  if (/[A-Za-z_]/.test(character)) return nameAt(text, index);
  if (/[0-9]/.test(character)) return numberAt(text, index);
  if (character === "'" || character === '"') return stringAt(text, index);
  const other = otherSigns.find(([sign]) => text.startsWith(sign, index));
  const sign = signs.find((candidate) => text.startsWith(candidate, index));
  // "==" is ours although "=" is not; "===" is not although "==" is.
  if (sign && sign.length >= (other?.[0].length ?? 0))
    return [{ kind: 'sign', at: index + 1, text: sign }, index + sign.length];
  throw filterInvalid(index + 1, other?.[1] ?? `"${character}" is not part of a filter`);
}

function nameAt(text: string, index: number): [Token, number] {
  const [name = ''] = /^\w+/.exec(text.slice(index)) ?? [];
  const end = index + name.length;
  if (name.includes('__'))
    throw filterInvalid(index + 1, `names with two underscores, such as "${name}", cannot be used`);
  if (text[end] === "'" || text[end] === '"') throw filterInvalid(index + 1, `text has no prefix; leave out "${name}"`);
  return [{ kind: 'name', at: index + 1, text: name }, end];
}

function numberAt(text: string, index: number): [Token, number] {
  const [digits = ''] = /^[\w.]+(?:(?<=^[\d.]+[eE])[+-]\d+)?/.exec(text.slice(index)) ?? [];
  const value = Number(digits);
  if (!/^\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(digits) || !Number.isFinite(value)) {
    throw filterInvalid(index + 1, `"${digits.slice(0, 40)}" is not a number such as 12 or 0.5`);
  }
  if (value > Number.MAX_SAFE_INTEGER) throw filterInvalid(index + 1, `numbers go up to ${Number.MAX_SAFE_INTEGER}`);
  return [{ kind: 'number', at: index + 1, value }, index + digits.length];
}

function stringAt(text: string, index: number): [Token, number] {
  const quote = text[index];
  let value = '';
  for (let at = index + 1; at < text.length; at++) {
    const character = text[at] as string;
    if (character === quote) return [{ kind: 'string', at: index + 1, value }, at + 1];
    if (character === '\n') break;
    if (character !== '\\') {
      value += character;
      continue;
    }
    const unicode = /^u([0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6));
    const escaped = unicode
      ? String.fromCharCode(Number.parseInt(unicode[1] as string, 16))
      : escapes[text[at + 1] ?? ''];
    if (escaped === undefined) throw filterInvalid(at + 1, String.raw`after \ comes one of n t r u \ ' "`);
    value += escaped;
    at += unicode ? 5 : 1;
  }
  throw filterInvalid(index + 1, `the text that begins here does not end; close it with ${quote}`);
}
