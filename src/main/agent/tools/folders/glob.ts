import { RuntimeError } from '../../../../shared/errors.ts';

const maxPatternChars = 512;
const maxAlternatives = 64;

/**
 * Compiles a file pattern: `?` one character, `*` any within a name, `**` any folders, `{a,b}` alternatives. A pattern
 * without "/" is for the name alone, in any folder. Matching takes time in proportion to pattern × path, whatever they are.
 * @throws RuntimeError PATTERN_UNSAFE when it is too long or has too many alternatives.
 */
export function globMatcher(pattern: string, { ignoreCase = false } = {}): (path: string) => boolean {
  if (pattern.length > maxPatternChars) {
    throw new RuntimeError('PATTERN_UNSAFE', `A file pattern has at most ${maxPatternChars} characters.`);
  }
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  const anywhere = pattern.includes('/') ? pattern : `**/${pattern}`;
  const alternatives = expand(fold(anywhere)).map((one) => one.split('/'));
  return (path) => alternatives.some((segments) => matchSegments(segments, fold(path).split('/')));
}

function expand(pattern: string): string[] {
  let open = [pattern];
  for (;;) {
    const braces = /\{([^{}]*)\}/;
    if (!open.some((one) => braces.test(one))) return open;
    open = open.flatMap((one) => {
      const found = braces.exec(one);
      if (!found) return [one];
      const choices = (found[1] ?? '').split(',');
      return choices.map((choice) => one.slice(0, found.index) + choice + one.slice(found.index + found[0].length));
    });
    if (open.length > maxAlternatives) {
      throw new RuntimeError('PATTERN_UNSAFE', `A file pattern has at most ${maxAlternatives} alternatives.`);
    }
  }
}

function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
  return matchWild(pattern, path, '**', matchName);
}

function matchName(pattern: string, name: string): boolean {
  return matchWild([...pattern], [...name], '*', (wanted, found) => wanted === '?' || wanted === found);
}

/** Wildcard matching that goes back only to the last wildcard, which is enough as each may take any length. */
function matchWild(
  pattern: readonly string[],
  given: readonly string[],
  wildcard: string,
  isSame: (wanted: string, found: string) => boolean,
): boolean {
  let at = 0;
  let wanted = 0;
  let retryAt = -1;
  let retryWanted = -1;
  while (at < given.length) {
    if (pattern[wanted] === wildcard) {
      retryWanted = ++wanted;
      retryAt = at;
    } else if (wanted < pattern.length && isSame(pattern[wanted] as string, given[at] as string)) {
      wanted++;
      at++;
    } else if (retryWanted >= 0) {
      wanted = retryWanted;
      at = ++retryAt;
    } else return false;
  }
  while (pattern[wanted] === wildcard) wanted++;
  return wanted === pattern.length;
}
