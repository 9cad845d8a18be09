import { RuntimeError } from '../../../shared/errors.ts';
import { createdToolPattern, metaToolNames } from '../../../shared/open-mode.ts';
import { builtInNames } from '../tools/narrowing.ts';

/** Names that no created tool or connected server may have, nor one that looks like them. */
const reserved: readonly string[] = [...builtInNames, ...metaToolNames];

/**
 * What a name looks like: equal for names that a person may take for each other. The idea is that of Unicode TR39
 * skeletons; names are ASCII here, so a handful of look-alikes is all there is.
 */
export function lookOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[_-]/g, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replace(/[1i|]/g, 'l')
    .replaceAll('0', 'o')
    .replaceAll('5', 's');
}

/** The name among others that looks the same, if there is one. */
export function doubleOf(name: string, others: Iterable<string>): string | undefined {
  const look = lookOf(name);
  for (const other of others) if (other !== name && lookOf(other) === look) return other;
  return undefined;
}

/**
 * A tool's name must be plain and its own: the words in it are read by people who approve its calls.
 * @throws RuntimeError `NAME_INVALID`, `NAME_CONFUSABLE`, `NAME_TAKEN`.
 */
export function checkToolName(name: string, others: readonly string[]): void {
  if (!createdToolPattern.test(name))
    throw new RuntimeError(
      refusalOf(name),
      `${shown(name)} cannot be the name of a tool; use a lower-case letter, then lower-case letters, digits and "_", 3 to 64 in all.`,
    );
  refuseDouble(name, 'tool', [...reserved, ...others]);
}

/** @throws RuntimeError `NAME_INVALID`, `NAME_CONFUSABLE`, `NAME_TAKEN`. */
export function checkOwnName(
  name: string,
  what: 'server' | 'process',
  pattern: RegExp,
  others: readonly string[],
): void {
  if (!pattern.test(name))
    throw new RuntimeError(
      refusalOf(name),
      `${shown(name)} cannot be the name of a ${what}; use a letter, then letters, digits, "_" and "-", at most 64.`,
    );
  refuseDouble(name, what, what === 'server' ? [...reserved, ...others] : others);
}

/** Letters of other alphabets, and signs that cannot be seen, are there to be taken for something else. */
function refusalOf(name: string): 'NAME_CONFUSABLE' | 'NAME_INVALID' {
  return /[^\x20-\x7e]/u.test(name) ? 'NAME_CONFUSABLE' : 'NAME_INVALID';
}

function refuseDouble(name: string, what: string, others: readonly string[]): void {
  const double = others.includes(name) ? name : doubleOf(name, others);
  if (double === undefined) return;
  const isTaken = double === name && !reserved.includes(name);
  const why =
    double !== name
      ? `looks like "${double}", which is in use`
      : isTaken
        ? 'is in use'
        : 'is that of a tool of every agent';
  throw new RuntimeError(
    isTaken ? 'NAME_TAKEN' : 'NAME_CONFUSABLE',
    `"${name}" ${why}; give the ${what} a name of its own.`,
    { name, double },
  );
}

/** What is no plain text is shown by its code points, so that nobody takes it for what it is not. */
function shown(name: string): string {
  return `"${name.slice(0, 80).replace(/[^\x20-\x7e]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)}"`;
}
