import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileMounts } from '../../../src/main/agent/tools/folders/file-mounts.ts';
import {
  listFiles,
  readFile as readFileTool,
  searchFiles,
  writeFile as writeFileTool,
} from '../../../src/main/agent/tools/folders/file-tools.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import { refusal, toolCall } from './tool-call.ts';

let base: string;
let mounts: FileMounts;
const read = (path: string) => readFileTool(mounts).execute({ path }, toolCall());
const write = (path: string) => writeFileTool(mounts).execute({ path, content: 'owned' }, toolCall());
const outside = () => readFile(join(base, 'outside/secret.txt'), 'utf8');

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'escapes-')));
  for (const folder of [
    'box/inner',
    'box/.ssh',
    'box/sub/.gnupg',
    'box/.config/google-chrome/Default',
    'box/node-data',
    'outside',
  ]) {
    mkdirSync(join(base, folder), { recursive: true });
  }
  writeFileSync(join(base, 'outside/secret.txt'), 'secret');
  writeFileSync(join(base, 'box/plain.txt'), 'plain');
  for (const hidden of [
    '.ssh/id_ed25519',
    'sub/.gnupg/ring',
    '.config/google-chrome/Default/Cookies',
    'node-data/token',
  ]) {
    writeFileSync(join(base, 'box', hidden), 'secret');
  }
  symlinkSync('../outside/secret.txt', join(base, 'box/relative-link'));
  symlinkSync(join(base, 'outside/secret.txt'), join(base, 'box/absolute-link'));
  symlinkSync('../outside', join(base, 'box/folder-link'));
  symlinkSync('plain.txt', join(base, 'box/harmless-link'));
  symlinkSync('loop', join(base, 'box/loop'));
  symlinkSync('nowhere', join(base, 'box/dangling'));
  symlinkSync('/proc/self/root', join(base, 'box/proc-link'));
  mounts = new FileMounts([{ name: 'box', path: join(base, 'box'), isWritable: true }], join(base, 'box/node-data'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Spellings of paths that lead out of a mount, or are read differently by different systems. */
const corpus = [
  '',
  '/',
  '.',
  '..',
  '/etc/passwd',
  '//etc/passwd',
  'box/..',
  'box/../outside/secret.txt',
  'box/inner/../../outside/secret.txt',
  'box/./plain.txt',
  'box//plain.txt',
  'box/inner//../plain.txt',
  'box/...',
  'box/....//outside',
  'box/.. /outside/secret.txt',
  'box/..\\outside\\secret.txt',
  'box\\..\\outside\\secret.txt',
  '..\\outside\\secret.txt',
  '\\\\server\\share\\file',
  '\\\\?\\C:\\Windows\\win.ini',
  '\\\\.\\PhysicalDrive0',
  '//server/share/file',
  'C:\\Windows\\win.ini',
  'C:/Windows/win.ini',
  'c:plain.txt',
  'box/C:/Windows',
  'box/plain.txt:stream',
  'box/plain.txt::$DATA',
  'box/plain.txt\0.png',
  'box/\0',
  'box/pla\nin.txt',
  'box/pla\u001b[31min.txt',
  'box/plain.txt\u202etxt.exe',
  'box/.ss\u200dh/id_ed25519',
  'box/\ufeffplain.txt',
  'box/con',
  'box/CON.txt',
  'box/nul',
  'box/aux.c',
  'box/COM1',
  'box/lpt9.log',
  'box/com¹',
  'box/CONIN$',
  'box/plain.txt.',
  'box/plain.txt ',
  'box/inner./x',
  'box/e\u0301.txt',
  'box/A\u030a',
  `box/${'x'.repeat(256)}`,
  `box/${'é'.repeat(128)}`,
  `box/${'a/'.repeat(70)}x`,
  'box/.ssh/id_ed25519',
  'box/.ssh',
  'box/.SSH/id_ed25519',
  'box/sub/.gnupg/ring',
  'box/.config/google-chrome/Default/Cookies',
  'box/node-data/token',
  'box/node-data',
  'box/relative-link',
  'box/absolute-link',
  'box/folder-link/secret.txt',
  'box/folder-link',
  'box/harmless-link',
  'box/loop',
  'box/loop/x',
  'box/dangling',
  'box/proc-link/etc/passwd',
  'outside/secret.txt',
  'Box/plain.txt',
  'box%2f..%2foutside/secret.txt',
  'file:///etc/passwd',
  '~/.ssh/id_ed25519',
  'box/plain.txt/..',
  'box/plain.txt/x',
];

describe('no path leads out of a mount', () => {
  test.each(corpus)('%j is not read', async (path) => {
    expect((await refusal(() => read(path))).code).toMatch(/^PATH_/);
  });

  test.each(corpus)('%j is not written', async (path) => {
    // A name that is merely not there yet may be written; what counts is that it lands inside.
    await write(path).catch((thrown: unknown) => expect((thrown as RuntimeError).code).toMatch(/^PATH_/));
    expect(await outside()).toBe('secret');
    expect(await readFile(join(base, 'box/node-data/token'), 'utf8')).toBe('secret');
    expect(await readFile(join(base, 'box/.ssh/id_ed25519'), 'utf8')).toBe('secret');
  });

  test('denied folders are neither listed nor searched', async () => {
    const listed = await listFiles(mounts).execute({ path: 'box', recursive: true }, toolCall());
    expect(JSON.stringify(listed.content)).not.toMatch(/ssh|gnupg|google-chrome|node-data/);
    const found = await searchFiles(mounts).execute({ text: 'secret' }, toolCall());
    expect(found.content).toEqual({ matches: [] });
  });

  test('a mount that is itself a denied place shows nothing', async () => {
    for (const path of ['box/.ssh', 'box/node-data', 'box/.config/google-chrome/Default']) {
      const inside = new FileMounts(
        [{ name: 'keys', path: join(base, path), isWritable: false }],
        join(base, 'box/node-data'),
      );
      expect((await refusal(() => listFiles(inside).execute({ path: 'keys' }, toolCall()))).code).toBe(
        'PATH_NOT_ALLOWED',
      );
    }
    const machine = new FileMounts([{ name: 'all', path: '/', isWritable: false }]);
    expect(
      (await refusal(() => readFileTool(machine).execute({ path: 'all/proc/self/environ' }, toolCall()))).code,
    ).toBe('PATH_NOT_ALLOWED');
  });

  test('pipes, sockets and devices are not opened, and a pipe does not hold the call', async () => {
    execFileSync('mkfifo', [join(base, 'box/pipe')]);
    const server = createServer().listen(join(base, 'box/socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const devices = new FileMounts([{ name: 'dev', path: '/dev', isWritable: true }]);
    try {
      for (const path of ['box/pipe', 'box/socket']) {
        expect((await refusal(() => read(path))).details['reason']).toBe('not a file');
        expect((await refusal(() => write(path))).details['reason']).toBe('not a file');
      }
      expect((await refusal(() => readFileTool(devices).execute({ path: 'dev/zero' }, toolCall()))).code).toBe(
        'PATH_NOT_ALLOWED',
      );
    } finally {
      server.close();
    }
  });

  test('the refusals tell nothing of where the mount lies', async () => {
    for (const path of ['box/folder-link/secret.txt', 'box/none', 'box/.ssh/id_ed25519', 'box/loop']) {
      expect((await refusal(() => read(path))).message).not.toContain(base);
    }
  });
});

/** Swaps a folder and a file for links to the outside and back, as fast as it can, from another thread. */
const swapper = `
  const { parentPort, workerData: base } = require('node:worker_threads');
  const fs = require('node:fs');
  const box = base + '/race';
  // The writer makes a missing folder anew, so that the place may be taken.
  function move(from, to) {
    for (;;) {
      try { return fs.renameSync(box + '/' + from, box + '/' + to); }
      catch { try { fs.rmSync(box + '/' + to, { recursive: true, force: true }); } catch {} }
    }
  }
  let going = true;
  parentPort.on('message', () => { going = false; });
  let swaps = 0;
  (function again() {
    for (let i = 0; i < 200; i++) {
      for (const name of ['folder', 'file']) {
        move(name, 'real-' + name);
        move('link-' + name, name);
        move(name, 'link-' + name);
        move('real-' + name, name);
        swaps++;
      }
    }
    if (going) setImmediate(again); else parentPort.postMessage(swaps);
  })();
`;

test('a link swapped in between look and use leads nowhere', async () => {
  mkdirSync(join(base, 'race/folder'), { recursive: true });
  writeFileSync(join(base, 'race/folder/secret.txt'), 'inside');
  writeFileSync(join(base, 'race/file'), 'inside');
  symlinkSync('../outside', join(base, 'race/link-folder'));
  symlinkSync('../outside/secret.txt', join(base, 'race/link-file'));
  const racing = new FileMounts([{ name: 'race', path: join(base, 'race'), isWritable: true }]);
  const worker = new Worker(swapper, { eval: true, workerData: base });
  const seen = { inside: 0, refused: 0 };
  const deadline = performance.now() + 2_500;
  while (performance.now() < deadline) {
    for (const path of ['race/folder/secret.txt', 'race/file']) {
      try {
        const { content } = await readFileTool(racing).execute({ path }, toolCall());
        expect(content).toMatchObject({ content: 'inside' });
        seen.inside++;
      } catch (thrown) {
        if (!(thrown instanceof RuntimeError)) throw thrown;
        expect(['PATH_SYMLINK', 'PATH_NOT_FOUND']).toContain(thrown.code);
        seen.refused++;
      }
    }
    await writeFileTool(racing)
      .execute({ path: 'race/folder/written.txt', content: String(performance.now()) }, toolCall())
      .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(RuntimeError));
  }
  const swaps = new Promise<number>((resolve) => worker.once('message', resolve));
  worker.postMessage('stop');
  expect(await swaps).toBeGreaterThan(1_000);
  await worker.terminate();
  expect(seen.inside).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(50);
  expect(await outside()).toBe('secret');
  expect(await readFile(join(base, 'outside/written.txt'), 'utf8').catch(() => 'nothing')).toBe('nothing');
});
