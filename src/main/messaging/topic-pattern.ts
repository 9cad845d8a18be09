/**
 * Whether a published name is of a kind that a listener asked for: `orders.*` takes one more word, `orders.>` any number
 * of further words, `>` and `*` alone everything and every single word. The patterns of NATS subjects.
 */
export function matches(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (!hasWildcard(pattern)) return false;
  const wanted = pattern.split('.');
  const words = name.split('.');
  for (let index = 0; index < wanted.length; index++) {
    const word = wanted[index];
    if (word === '>') return words.length > index;
    if (words[index] === undefined || (word !== '*' && word !== words[index])) return false;
  }
  return words.length === wanted.length;
}

export function hasWildcard(pattern: string): boolean {
  return pattern.split('.').some((word) => word === '*' || word === '>');
}
