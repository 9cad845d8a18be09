import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const list = readFileSync(join(root, 'test/README.md'), 'utf8');
const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(root, 'test', name), 'utf8'))
  .join('\n');
const row = (promise: string) => list.split('\n').find((line) => line.startsWith(`| ${promise} |`)) ?? '';

describe('the list of promises', () => {
  test.each(Array.from({ length: 26 }, (_, index) => `G${index + 1}`))(
    'names for %s a test that is there, and a command that runs it',
    (promise) => {
      expect(tests).toMatch(new RegExp(`['"\`]${promise}: `));
      expect(row(promise)).toMatch(/\]\([^)]+\.test\.ts\)/);
      expect(row(promise)).toMatch(/`(npx vitest run test\/|npm run test:faults)/);
    },
  );

  test('leads to files that exist, in its links and in its commands', () => {
    const links = [...list.matchAll(/\]\(([^)]+\.ts)\)/g)].map(([, path]) => join('test', path ?? ''));
    const commands = [...list.matchAll(/`npx vitest run (test[^`]*)`/g)].flatMap(([, paths]) =>
      (paths ?? '').split(' '),
    );
    const gone = [...links, ...commands].filter((path) => path.startsWith('test') && !existsSync(join(root, path)));
    expect(gone).toEqual([]);
  });

  test('quotes tests by words that are in their names', () => {
    const quoted = [...list.matchAll(/“([^”]+)”/g)].map(([, words]) => words ?? '');
    expect(quoted.length).toBeGreaterThan(15);
    expect(quoted.filter((words) => !tests.includes(words))).toEqual([]);
  });
});
