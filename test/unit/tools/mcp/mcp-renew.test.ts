import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/shared/json.ts';
import { until } from '../../../world/until.ts';
import { refusal } from '../tool-call.ts';
import { McpBench, use } from './mcp-bench.ts';

const signal = () => AbortSignal.timeout(20_000);
let bench: McpBench;
let token: string;
beforeEach(async () => {
  bench = await McpBench.open();
  token = 'first-value';
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
  expect(bench.left()).toEqual([]);
});

const reveal = async (text: string) => text.replace('secret://token', token);
const keyed = (modes: string[] = []) => bench.faulty(modes, { env: { SECRET: 'secret://token' } });
const seen = async (box: ReturnType<McpBench['toolbox']>) =>
  ((await use(box, 's.environment')).content as JsonObject)['secret'];

test('a server that holds the old value of a secret is replaced; a call under way ends where it began', async () => {
  const box = bench.toolbox({ s: keyed(), other: bench.faulty(['n2']) }, { reveal });
  await box.ready(signal());
  expect(await seen(box)).toBe('first-value');
  const slow = use(box, 's.slow');
  await until(async () => (await bench.pool.status()).some(({ callsInFlight }) => callsInFlight > 0));
  token = 'second-value';
  expect(await box.renew('another', signal())).toEqual([]);
  expect(await box.renew('token', signal())).toEqual([{ server: 's', error: null }]);
  expect(box.tools.map(({ name }) => name)).toContain('s.echo');
  expect(await seen(box)).toBe('second-value');
  expect((await slow).content).toBe('finished');
  await until(() => bench.left().length === 2);
  expect(await bench.pool.status()).toHaveLength(2);
  expect(await box.renew('token', signal())).toEqual([]);
});

test('one that is not running is left alone and starts with the newest value', async () => {
  const box = bench.toolbox({ s: keyed() }, { reveal });
  token = 'second-value';
  expect(await box.renew('token', signal())).toEqual([]);
  expect(await seen(box)).toBe('second-value');
});

test('one that cannot be given the new value is told, keeps nothing of the old one, and comes back with the next', async () => {
  let gone = false;
  const box = bench.toolbox(
    { s: keyed() },
    {
      reveal: async (text) => {
        if (gone && text.includes('secret://')) throw new Error('there is no such secret');
        return reveal(text);
      },
    },
  );
  await box.ready(signal());
  gone = true;
  expect(await box.renew('token', signal())).toMatchObject([
    { server: 's', error: { message: expect.stringContaining('no such secret') } },
  ]);
  await until(() => bench.left().length === 0);
  await expect(use(box, 's.environment')).rejects.toThrow('no such secret');
  [gone, token] = [false, 'third-value'];
  expect(await seen(box)).toBe('third-value');
});

test('a toolbox that was closed in the middle leaves no server behind', async () => {
  const box = bench.toolbox({ s: keyed() }, { reveal });
  await box.ready(signal());
  token = 'second-value';
  const renewing = box.renew('token', signal());
  box.close();
  await renewing;
  await until(() => bench.left().length === 0);
  expect((await refusal(() => use(box, 's.echo', { text: 'x' }))).code).toBe('NODE_CLOSING');
});
