import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type ChildOptions, type ChildProcessHandle, nodeChild } from '../../src/main/lib/child.ts';
import { until } from '../world/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-runtime-child-'));
const children: ChildProcessHandle[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let modules = 0;
function start(code: string, options: ChildOptions = {}, onStderr?: (text: string) => void) {
  const module = join(folder, `${++modules}.mjs`);
  writeFileSync(module, code);
  const child = nodeChild(onStderr)(module, options);
  children.push(child);
  const heard: unknown[] = [];
  child.onMessage((message) => heard.push(message));
  const ended = new Promise<number | null>((resolve) => child.onExit(resolve));
  return { child, heard, ended };
}

test('messages go both ways as they are', async () => {
  const { child, heard } = start(`process.on('message', (message) => process.send(message))`);
  const sent = ['text', { deep: [1, null, new Date(5)] }, new Uint8Array([1, 2]), 'é😀\n\t'.repeat(50_000)];
  for (const message of sent) child.send(message);
  await until(() => heard.length === sent.length);
  expect(heard).toEqual(sent);
});

test('a child gets its arguments, flags and folder, and of the environment only what it is given', async () => {
  const { heard } = start(
    `process.send([process.argv.slice(2), process.execArgv, process.cwd(), Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL'))])`,
    { args: ['a', 'b'], execArgv: ['--no-warnings'], env: { ONLY: '1' }, cwd: folder },
  );
  await until(() => heard.length === 1);
  expect(heard[0]).toEqual([['a', 'b'], ['--no-warnings'], folder, ['ONLY']]);
  const bare = start(`process.send(process.env.PATH ?? 'none')`);
  await until(() => bare.heard.length === 1);
  expect(bare.heard).toEqual(['none']);
});

test('the end of a child is told once, with its code', async () => {
  expect(await start('process.exit(3)').ended).toBe(3);
  expect(await start('throw new Error("at the start")').ended).toBe(1);
  const stuck = start(`process.send('here'); for (;;) {}`);
  await until(() => stuck.heard.length === 1);
  stuck.child.kill();
  expect(await stuck.ended).toBeNull();
});

test('one that cannot be started ends at once', async () => {
  const { child, ended } = start('', { cwd: join(folder, 'no-such-folder') });
  expect(await ended).not.toBe(0);
  child.send('anything');
  child.kill();
});

test('what is sent to a child that has ended is dropped', async () => {
  const { child, ended } = start('process.exit(0)');
  await ended;
  child.send('too late');
  let again: number | null | undefined;
  child.onExit((code) => {
    again = code;
  });
  await until(() => again !== undefined);
  expect(again).toBe(0);
});

test('stderr is kept up to 64 KiB, and a child that says more is not held up', async () => {
  let text = '';
  const { heard } = start(`process.stderr.write('x'.repeat(1e6), () => process.send('done'))`, {}, (part) => {
    text += part;
  });
  await until(() => heard.length === 1);
  expect(text).toHaveLength(64 * 1024);
});
