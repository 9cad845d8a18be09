import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** A program with much that lived for a while, which then does nothing, or goes on without a pause. */
const program = (isBusy: boolean, held: number) => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { tidyWhenIdle } from ${JSON.stringify(new URL('../../../src/main/compose/idle-memory.ts', import.meta.url).href)};
  const room = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  for (let round = 0; round < 40; round++) Array.from({ length: 100_000 }, (_, n) => ({ n }));
  globalThis.held = Array.from({ length: ${held} }, (_, n) => ({ text: 'held ' + n }));
  const before = room();
  tidyWhenIdle();
  const begun = performance.now();
  const looks = setInterval(() => {
    if (${isBusy}) for (const until = performance.now() + 90; performance.now() < until; );
    if (room() >= before / 4 && performance.now() - begun < ${isBusy ? 3_000 : 20_000}) return;
    clearInterval(looks);
    console.log(JSON.stringify({ before, after: room() }));
  }, 100);
`;

function roomOf(isBusy: boolean, held = 0): { before: number; after: number } {
  const args = ['--input-type=module', '-e', program(isBusy, held)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr.replace(/^.*Warning.*$/gm, '').trim()).toBe('');
  return JSON.parse(stdout) as { before: number; after: number };
}

test('a program that has nothing to do gives back the room that its work took', () => {
  const { before, after } = roomOf(false);
  expect(before).toBeGreaterThan(8_000_000);
  expect(after).toBeLessThan(before / 4);
});

test('so does one that holds much, as a node with a thousand agents does after its start', () => {
  const { before, after } = roomOf(false, 1_300_000);
  expect(before).toBeGreaterThan(8_000_000);
  expect(after).toBeLessThan(before / 4);
});

test('one that works is not held up for it', () => {
  const { before, after } = roomOf(true);
  expect(after).toBe(before);
});
