import { RuntimeError } from '../../../shared/errors.ts';

// Patterns for paths below a folder, written with "/" everywhere.
//
//   *.csv           files of that name in any folder        *   any characters but "/"
//   in/*.csv        files directly in "in"                   ?   one of them
//   in/**/*.csv     files in "in" and below                  [a-c] [!a-c]  one of these, none of these
//   {a,b}.csv       either                                   !x  all that matches x is left out
//
// As in a shell, a name that begins with a dot is matched only by a pattern that begins with a dot. Matching takes time
// in proportion to pattern times path, never more: nothing here is a regular expression.

export interface PathPatterns {
  /** `path` is relative to the folder, with "/" between its parts. */
  matches(path: string): boolean;
  /** Whether folders that begin with a dot may hold matches. */
  readonly hidden: boolean;
}

type Part =
  | { kind: 'any' | 'one' }
  | { kind: 'is'; character: string }
  | { kind: 'set'; ranges: [string, string][]; not: boolean };
/** One folder or file name of a pattern; `**` stands for any number of folders. */
type Segment = '**' | Part[];

const maxLength = 1_000;
const maxAlternatives = 100;

/** @throws RuntimeError `PATTERN_UNSAFE` naming the pattern and what is wrong with it. */
export function readPatterns(patterns: readonly string[]): PathPatterns {
  const wanted: Segment[][] = [];
  const unwanted: Segment[][] = [];
  for (const pattern of patterns) {
    const list = pattern.startsWith('!') ? unwanted : wanted;
    list.push(...read(pattern, pattern.replace(/^!/, '')));
  }
  if (wanted.length === 0) wanted.push(...read('*', '*'));
  return {
    hidden: wanted.some((segments) => segments.some((segment) => segment !== '**' && namesDot(segment))),
    matches(path) {
      const names = path.split('/');
      return wanted.some((one) => matchNames(one, names)) && !unwanted.some((one) => matchNames(one, names));
    },
  };
}

function read(whole: string, pattern: string): Segment[][] {
  const refuse = (reason: string) =>
    new RuntimeError('PATTERN_UNSAFE', `The pattern "${whole.slice(0, 100)}" ${reason}.`, { pattern: whole });
  if (whole.length > maxLength) throw refuse(`is longer than ${maxLength} characters`);
  if (pattern === '') throw refuse('is empty; "*" matches every file');
  if (pattern.includes('\\')) throw refuse('has a "\\"; write "/" between folders, and [*] for a star that is meant');
  if (pattern.startsWith('/') || /^[A-Za-z]:/.test(pattern))
    throw refuse('is absolute; write it relative to the folder');
  const alternatives = expandBraces(pattern, refuse);
  return alternatives.map((alternative) => {
    const names = alternative.replace(/^(\.\/)+/, '').split('/');
    if (names.includes('..') || names.includes('.'))
      throw refuse('leaves the folder or says "."; write it relative to the folder');
    if (names.includes('')) throw refuse('has an empty name; it names files, so it does not end in "/"');
    if (names.length === 1) names.unshift('**');
    return names.map((name) => (name === '**' ? '**' : parts(name, refuse)));
  });
}

/** `a{b,c}d` → `abd`, `acd`. Braces do not nest. */
function expandBraces(pattern: string, refuse: (reason: string) => RuntimeError): string[] {
  let expanded = [''];
  for (let rest = pattern; rest !== ''; ) {
    const open = rest.indexOf('{');
    const plain = open < 0 ? rest : rest.slice(0, open);
    if (plain.includes('}')) throw refuse('has a "}" without a "{"');
    let choices = [''];
    let end = rest.length;
    if (open >= 0) {
      const close = rest.indexOf('}', open);
      if (close < 0) throw refuse('has a "{" that is not closed');
      const inner = rest.slice(open + 1, close);
      if (inner.includes('{')) throw refuse('has braces within braces');
      choices = inner.split(',');
      end = close + 1;
    }
    expanded = expanded.flatMap((start) => choices.map((choice) => start + plain + choice));
    if (expanded.length > maxAlternatives) throw refuse(`stands for more than ${maxAlternatives} patterns`);
    rest = rest.slice(end);
  }
  return expanded;
}

function parts(name: string, refuse: (reason: string) => RuntimeError): Part[] {
  const found: Part[] = [];
  for (let index = 0; index < name.length; index++) {
    const character = name[index] as string;
    if (character === '*') {
      if (found.at(-1)?.kind !== 'any') found.push({ kind: 'any' });
    } else if (character === '?') {
      found.push({ kind: 'one' });
    } else if (character === '[') {
      // "]" right after "[" or "[!" is one of the characters
      const not = name[index + 1] === '!' || name[index + 1] === '^';
      const first = index + (not ? 2 : 1);
      const close = name.indexOf(']', first + 1);
      if (close < 0) throw refuse('has a "[" that is not closed; write [[] for one that is meant');
      found.push({ kind: 'set', ranges: ranges(name.slice(first, close)), not });
      index = close;
    } else {
      found.push({ kind: 'is', character });
    }
  }
  return found;
}

function ranges(text: string): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index < text.length; index++) {
    const low = text[index] as string;
    const high = text[index + 1] === '-' ? text[index + 2] : undefined;
    found.push([low, high ?? low]);
    if (high !== undefined) index += 2;
  }
  return found;
}

function namesDot(segment: Part[]): boolean {
  const [first] = segment;
  return first?.kind === 'is' && first.character === '.';
}

/** Going back to the last `**` is enough, as to the last `*` below: whatever an earlier one could take, it can. */
function matchNames(segments: readonly Segment[], names: readonly string[]): boolean {
  let segment = 0;
  let name = 0;
  let star = -1;
  let starName = 0;
  while (name < names.length) {
    const current = segments[segment];
    const given = names[name] as string;
    if (current === '**') {
      [star, starName] = [segment++, name];
    } else if (current !== undefined && matchName(current, given)) {
      segment++;
      name++;
    } else if (star >= 0 && !(names[starName] as string).startsWith('.')) {
      segment = star + 1;
      name = ++starName;
    } else {
      return false;
    }
  }
  return segment === segments.length;
}

function matchName(segment: readonly Part[], name: string): boolean {
  if (name.startsWith('.') && !namesDot(segment as Part[])) return false;
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = segment[part];
    if (current?.kind === 'any') {
      [star, starAt] = [part++, at];
    } else if (current !== undefined && matchCharacter(current, name[at] as string)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (segment[part]?.kind === 'any') part++;
  return part === segment.length;
}

function matchCharacter(part: Part, character: string): boolean {
  if (part.kind === 'is') return part.character === character;
  if (part.kind !== 'set') return true;
  return part.ranges.some(([low, high]) => character >= low && character <= high) !== part.not;
}
