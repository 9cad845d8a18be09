import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patiently } from '../../../src/main/cli/patience.ts';
import type { Terminal } from '../../../src/main/cli/terminal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function terminal(isTty: boolean) {
  const said: string[] = [];
  const err = (text: string) => void said.push(text);
  return { said, terminal: { isTty, err, now: Date.now } as unknown as Terminal };
}

test('long work is told of, less and less in a hurry, until it is done', async () => {
  const { said, terminal: person } = terminal(true);
  const work = Promise.withResolvers<string>();
  const waiting = patiently(person, 'backup', work.promise);
  await vi.advanceTimersByTimeAsync(1_900);
  expect(said).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_200);
  expect(said).toEqual(['backup … 2 s', 'backup … 12 s', 'backup … 22 s']);
  work.resolve('done');
  expect(await waiting).toBe('done');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toHaveLength(3);
});

test('a program that reads the output hears nothing of it, and a failure comes through', async () => {
  const { said, terminal: program } = terminal(false);
  const work = Promise.withResolvers<string>();
  const waiting = patiently(program, 'backup', work.promise);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toEqual([]);
  work.reject(new Error('full'));
  await expect(waiting).rejects.toThrow('full');
});
