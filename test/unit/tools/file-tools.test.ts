import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileMounts, mountsOf } from '../../../src/main/agent/tools/folders/file-mounts.ts';
import * as tools from '../../../src/main/agent/tools/folders/file-tools.ts';
import { globMatcher } from '../../../src/main/agent/tools/folders/glob.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { refusal, toolCall } from './tool-call.ts';

let root: string;
let mounts: FileMounts;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'mounts-')));
  for (const name of ['docs/inner', 'out', 'data']) await mkdir(join(root, name), { recursive: true });
  const config = { docs: join(root, 'docs'), out: { path: 'out', mode: 'read_write' as const } };
  mounts = new FileMounts(mountsOf(config, { baseFolder: root }), join(root, 'data'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const list = async (args: JsonObject = {}) =>
  (await tools.listFiles(mounts).execute(args, toolCall())).content as JsonObject;
const read = async (args: JsonObject) => (await tools.readFile(mounts).execute(args, toolCall())).content as JsonObject;
const write = async (args: JsonObject) =>
  (await tools.writeFile(mounts).execute(args, toolCall())).content as JsonObject;
const search = async (args: JsonObject) =>
  (await tools.searchFiles(mounts).execute(args, toolCall())).content as { matches: JsonObject[]; incomplete?: string };
const put = (path: string, content: string | Uint8Array) => writeFile(join(root, path), content);

describe('list_files', () => {
  test('without a path shows the mounts and which may be written', async () => {
    expect(await list()).toEqual({
      mounts: [
        { name: 'docs', writable: false },
        { name: 'out', writable: true },
      ],
    });
  });

  test('shows names, kinds, sizes and times; links are told and not followed', async () => {
    await put('docs/b.txt', 'four');
    await utimes(join(root, 'docs/b.txt'), 1_790_000_000, 1_790_000_000);
    await symlink('/etc/passwd', join(root, 'docs/a-link'));
    expect((await list({ path: 'docs' }))['entries']).toEqual([
      { path: 'docs/a-link', kind: 'link' },
      { path: 'docs/b.txt', kind: 'file', size: 4, modified: '2026-09-21T14:13:20.000Z' },
      { path: 'docs/inner', kind: 'folder' },
    ]);
  });

  test('goes into folders when asked, and stops at its limit', async () => {
    await put('docs/inner/deep.txt', 'x');
    expect((await list({ path: 'docs/', recursive: true }))['entries']).toHaveLength(2);
    expect(await list({ path: 'docs', recursive: true, limit: 1 })).toMatchObject({
      truncated: true,
      entries: [{ path: 'docs/inner' }],
    });
  });

  test('labels what it gives with the mount it comes from', async () => {
    await put('docs/a', 'x');
    const results = [
      await tools.listFiles(mounts).execute({ path: 'docs' }, toolCall()),
      await tools.readFile(mounts).execute({ path: 'docs/a' }, toolCall()),
      await tools.searchFiles(mounts).execute({ path: 'docs', glob: '*' }, toolCall()),
    ];
    expect(results.map(({ taint }) => taint)).toEqual([['file:docs'], ['file:docs'], ['file:docs']]);
  });
});

describe('read_file', () => {
  test('gives a file in pieces that end between characters', async () => {
    const text = 'ä€𝄞'.repeat(50);
    await put('docs/a.txt', text);
    let whole = '';
    for (let offset: number | null = 0; offset !== null; ) {
      const piece = await read({ path: 'docs/a.txt', offset, limit: 7 });
      expect(piece['content']).not.toContain('\ufffd');
      whole += piece['content'];
      offset = piece['next'] as number | null;
    }
    expect(whole).toBe(text);
  });

  test('reads nothing beyond the end', async () => {
    await put('docs/a.txt', 'abc');
    expect(await read({ path: 'docs/a.txt', offset: 99 })).toMatchObject({ content: '', size: 3, next: null });
  });

  test('gives other content than text only when asked', async () => {
    await put('docs/a.bin', new Uint8Array([0, 255, 1]));
    expect(await read({ path: 'docs/a.bin' })).toMatchObject({ content: '', note: expect.stringContaining('base64') });
    expect(await read({ path: 'docs/a.bin', encoding: 'base64' })).toMatchObject({ content: 'AP8B', next: null });
  });

  test.each([
    ['docs/none.txt', 'PATH_NOT_FOUND', 'There is no "none.txt".'],
    ['docs/inner', 'PATH_NOT_FOUND', '"inner" is a folder, not a file.'],
    ['docs', 'PATH_NOT_FOUND', '"docs" is a mount, not a file; name a file in it.'],
    ['nowhere/a', 'PATH_NOT_ALLOWED', 'There is no mount "nowhere"; paths begin with one of docs, out.'],
  ])('says what is wrong with %s', async (path, code, message) => {
    const error = await refusal(() => read({ path }));
    expect([error.code, error.message]).toEqual([code, message]);
  });
});

describe('write_file', () => {
  test('writes whole files, makes the folders on the way and leaves nothing else behind', async () => {
    expect(await write({ path: 'out/2026/a.txt', content: 'one' })).toMatchObject({
      bytes: 3,
      created: true,
      changed: true,
    });
    expect(await write({ path: 'out/2026/a.txt', content: 'two' })).toMatchObject({ created: false, changed: true });
    expect(await readFile(join(root, 'out/2026/a.txt'), 'utf8')).toBe('two');
    expect(await readdir(join(root, 'out/2026'))).toEqual(['a.txt']);
  });

  test('the same content again changes nothing', async () => {
    await write({ path: 'out/a.txt', content: 'one' });
    const before = await stat(join(root, 'out/a.txt'));
    expect(await write({ path: 'out/a.txt', content: 'one' })).toMatchObject({ changed: false });
    expect((await stat(join(root, 'out/a.txt'))).ino).toBe(before.ino);
  });

  test('keeps the permissions of a file that is there', async () => {
    await put('out/run.sh', 'old');
    await chmod(join(root, 'out/run.sh'), 0o750);
    await write({ path: 'out/run.sh', content: 'new' });
    expect((await stat(join(root, 'out/run.sh'))).mode & 0o777).toBe(0o750);
  });

  test('writes bytes given as base64', async () => {
    await write({ path: 'out/a.bin', content: 'AP8B', encoding: 'base64' });
    expect([...(await readFile(join(root, 'out/a.bin')))]).toEqual([0, 255, 1]);
  });

  test('refuses read-only mounts, large content, folders, and files with several hard links', async () => {
    expect((await refusal(() => write({ path: 'docs/a', content: '' }))).message).toBe(
      'The mount "docs" may only be read; write to out.',
    );
    expect((await refusal(() => write({ path: 'out/a', content: 'x'.repeat(1024 * 1024 + 1) }))).code).toBe(
      'FILE_TOO_LARGE',
    );
    await mkdir(join(root, 'out/folder'));
    expect((await refusal(() => write({ path: 'out/folder', content: '' }))).code).toBe('PATH_NOT_ALLOWED');
    await put('precious', 'mine');
    await link(join(root, 'precious'), join(root, 'out/linked'));
    expect((await refusal(() => write({ path: 'out/linked', content: 'x' }))).details['reason']).toBe('hard links');
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('mine');
    expect(await readdir(join(root, 'out'))).toEqual(['folder', 'linked']);
  });
});

describe('search_files', () => {
  beforeEach(async () => {
    await put('docs/a.csv', 'id,name\n1,Ada\n2,Grace\n');
    await put('docs/inner/b.csv', 'id,name\n3,ada\n');
    await put('docs/inner/c.bin', new Uint8Array([0, 65, 100, 97]));
    await put('out/ada.txt', 'nothing');
  });

  test('finds files by name, in one mount or in all', async () => {
    expect((await search({ path: 'docs', glob: '*.csv' })).matches).toEqual([
      { path: 'docs/a.csv' },
      { path: 'docs/inner/b.csv' },
    ]);
    expect((await search({ glob: 'ADA.*' })).matches).toEqual([{ path: 'out/ada.txt' }]);
    expect((await search({ glob: 'ADA.*', case_sensitive: true })).matches).toEqual([]);
  });

  test('finds lines by text', async () => {
    expect((await search({ text: 'ada' })).matches).toEqual([
      { path: 'docs/a.csv', line: 2, text: '1,Ada' },
      { path: 'docs/inner/b.csv', line: 2, text: '3,ada' },
    ]);
    expect((await search({ text: 'ada', glob: 'inner/*', path: 'docs' })).matches).toHaveLength(1);
    expect((await search({ text: '(a+)+$' })).matches).toEqual([]);
  });

  test('says when it found more than it shows', async () => {
    expect(await search({ glob: '*', limit: 2 })).toMatchObject({
      incomplete: 'more than 2 matches',
      matches: { length: 2 },
    });
  });
});

test.each([
  ['*.csv', 'a.csv', true],
  ['*.csv', 'x/y/a.csv', true],
  ['x/*.csv', 'x/y/a.csv', false],
  ['x/**/*.csv', 'x/a.csv', true],
  ['x/**/*.csv', 'x/y/z/a.csv', true],
  ['**', 'x/y', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['{a,b}/{c,d}.txt', 'b/c.txt', true],
  ['{a,b}/{c,d}.txt', 'b/e.txt', false],
  ['a.c', 'abc', false],
  ['**/inner/**/z', 'a/inner/b/inner/z', true],
])('the pattern %s, given %s: %s', (pattern, path, expected) => {
  expect(globMatcher(pattern)(path)).toBe(expected);
});

test('a pattern made to be slow is not', async () => {
  const started = performance.now();
  expect(globMatcher(`${'*a'.repeat(100)}b`)('a'.repeat(4_000))).toBe(false);
  expect(globMatcher(`${'**/a/'.repeat(60)}b`)('a/'.repeat(1_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect((await refusal(() => globMatcher('{a,b}'.repeat(7)))).code).toBe('PATTERN_UNSAFE');
});
