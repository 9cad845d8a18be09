import { describe, expect, it } from 'vitest';
import { readPatterns } from '../../../src/main/triggers/files/glob.ts';
import { caught } from '../../world/caught.ts';

describe('a pattern', () => {
  it.each([
    [['*'], 'a', true],
    [['*'], 'sub/a', true],
    [['*'], '.hidden', false],
    [['*'], '.git/config', false],
    [['*'], 'sub/.git/config', false],
    [['.*'], '.hidden', true],
    [['.*'], 'plain', false],
    [['.github/*'], '.github/x', true],
    [['**/.env'], 'a/b/.env', true],
    [['*.csv'], 'a.csv', true],
    [['*.csv'], 'in/deep/a.csv', true],
    [['*.csv'], 'a.csv.tmp', false],
    [['*.csv'], 'A.CSV', false],
    [['in/*.csv'], 'in/a.csv', true],
    [['in/*.csv'], 'in/deep/a.csv', false],
    [['in/*.csv'], 'a.csv', false],
    [['in/**/*.csv'], 'in/a.csv', true],
    [['in/**/*.csv'], 'in/x/y/a.csv', true],
    [['in/**/*.csv'], 'out/in/a.csv', false],
    [['**/in/**/b/*.csv'], 'x/in/y/b/z/b/a.csv', true],
    [['in/**'], 'in/x/y', true],
    [['in/**'], 'in', false],
    [['./in/*'], 'in/a', true],
    [['data-??.json'], 'data-07.json', true],
    [['data-??.json'], 'data-7.json', false],
    [['[a-c]x'], 'bx', true],
    [['[!a-c]x'], 'bx', false],
    [['[^a-c]x'], 'dx', true],
    [['[]x]'], ']', true],
    [['[*]'], '*', true],
    [['[*]'], 'a', false],
    [['[a-]'], '-', true],
    [['*.{csv,tsv}'], 'a.tsv', true],
    [['{in,out}/*.{csv,tsv}'], 'out/a.csv', true],
    [['{in,out}/*.{csv,tsv}'], 'up/a.csv', false],
    [['a{,.bak}'], 'a', true],
    [['*', '!*.tmp'], 'a.tmp', false],
    [['*', '!*.tmp'], 'a.txt', true],
    [['!*.tmp'], 'a.txt', true],
    [['*.md', '*.txt'], 'b.txt', true],
    [['a*b*c'], 'axxbxxbxc', true],
    [['a*b*c'], 'axxbxxbx', false],
    [['**'], 'a/b/c', true],
    [[], 'a', true],
  ])('of %j, for %s: %s', (patterns, path, matches) => {
    expect(readPatterns(patterns).matches(path)).toBe(matches);
  });

  it.each([
    ['', 'is empty'],
    ['!', 'is empty'],
    ['/etc/*', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['../*', 'leaves the folder'],
    ['a/../b', 'leaves the folder'],
    ['sub\\*.csv', 'write "/" between folders'],
    ['in/', 'has an empty name'],
    ['a//b', 'has an empty name'],
    ['[a', 'has a "[" that is not closed'],
    ['{a', 'has a "{" that is not closed'],
    ['a}', 'without a "{"'],
    ['{a,{b}}', 'braces within braces'],
    ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'stands for more than 100 patterns'],
    ['x'.repeat(1_001), 'is longer than 1000 characters'],
  ])('%.30s is refused: it %s', (pattern, reason) => {
    const error = caught(() => readPatterns([pattern]));
    expect(error.code).toBe('PATTERN_UNSAFE');
    expect(error.message).toContain(reason);
  });

  it('of the worst kind takes no time', () => {
    const began = performance.now();
    for (const [pattern, path] of [
      [`${'a*'.repeat(400)}b`, 'a'.repeat(255)],
      [`${'*?'.repeat(400)}`, 'a'.repeat(255)],
      [`${'**/a/'.repeat(150)}b`, 'a/'.repeat(1_000) + 'c'],
      [`${'**/'.repeat(300)}*b`, 'a/'.repeat(1_000) + 'c'],
    ] as const) {
      expect(readPatterns([pattern]).matches(path)).toBe(false);
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
