import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readListedTool } from '../../../../src/main/agent/tools/mcp/listed-tool.ts';
import type { Toolbox } from '../../../../src/main/agent/tools/toolbox.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { McpBench, use } from './mcp-bench.ts';

let bench: McpBench;
beforeEach(async () => {
  bench = await McpBench.open();
});
afterEach(() => bench[Symbol.asyncDispose]());
const open = async (...given: Parameters<McpBench['toolbox']>): Promise<Toolbox> => {
  const box = bench.toolbox(...given);
  await box.ready(new AbortController().signal);
  return box;
};
const reachOf = (box: Toolbox, name: string) => box.tools.find((tool) => tool.name === name)?.reach;

describe('what a server says of its tools', () => {
  test('counts only when it is trusted', async () => {
    const doubted = await open({ a: bench.faulty() });
    expect(['a.echo', 'a.put', 'a.effect'].map((name) => reachOf(doubted, name))).toEqual(['other', 'other', 'other']);
    const trusted = await open({ a: bench.faulty([], { trust: true }) });
    expect(['a.echo', 'a.put', 'a.effect'].map((name) => reachOf(trusted, name))).toEqual([
      'readOnly',
      'idempotent',
      'other',
    ]);
  });

  test('is cleaned of what nobody sees, cut, and flagged', async () => {
    const box = await open({ odd: bench.faulty(['odd-tools']) });
    expect(box.tools.map(({ name }) => name).slice(5)).toEqual(['odd.sneaky', 'odd.long', 'odd.ok']);
    const [sneaky, long] = box.tools.slice(5);
    expect(sneaky?.description).toBe('Reads a file.');
    expect(sneaky?.parameters).toMatchObject({ properties: { a: { description: 'xy' } } });
    expect(Buffer.byteLength(long?.description ?? '')).toBe(2_048 + '…'.length * 3);
    const [status] = await bench.pool.status();
    expect(status?.tools.map(({ flags }) => flags)).toEqual([
      ['invisible characters were removed'],
      ['a description was cut at 2 KB'],
      [],
    ]);
    expect(status?.refusedTools).toEqual([
      'the name "bad name"',
      'a second tool named ok',
      'a tool without a name',
      'the arguments of listed-wrong',
      'the arguments of large',
    ]);
  });

  test.each([
    'a\u0000b',
    'a\u001b[31m',
    'a\u200bb',
    'a\u202eb',
    'a\u2066b',
    'a\ufeffb',
    'a\u{e0041}b',
    'a\u00adb',
    'a\u3164b',
  ])('%j is never shown as it is', (description) => {
    const read = readListedTool({ name: 'x', description, inputSchema: {} });
    expect('flags' in read && read.flags).toEqual(['invisible characters were removed']);
  });

  test('line breaks, tabs, accents and other scripts are left alone', () => {
    const description = 'Größe\n\tвес, 重さ, وزن';
    expect(readListedTool({ name: 'x', description, inputSchema: {} })).toMatchObject({ description, flags: [] });
  });
});

describe('a tool that changes', () => {
  test('after it was first seen is refused, is no longer offered, and others go on', async () => {
    const box = await open({ a: bench.faulty() });
    expect((await use(box, 'a.effect')).content).toBe('done');
    const early = box.resolve('a.effect', {});
    await use(box, 'a.change-effect');
    await until(() => box.tools.every(({ name }) => name !== 'a.effect'));
    const error = await refusal(() => box.resolve('a.effect', {}));
    expect([error.code, error.message]).toEqual([
      'TOOL_CHANGED',
      'The tool "a.effect" is no longer as it was approved; it can be used once it is approved again.',
    ]);
    expect((await refusal(() => early.execute({}, toolCall()))).code).toBe('TOOL_CHANGED');
    expect(await bench.effects()).toEqual(['effect']);
    expect((await use(box, 'a.echo', { text: 'fine' })).content).toBe('fine');
  });

  test('is told with its hashes, so that it can be approved again', async () => {
    const told: Record<string, string>[] = [];
    const box = await open({ a: bench.faulty() }, { onTools: (_server, hashes) => void told.push(hashes) });
    await use(box, 'a.change-effect');
    await until(() => box.tools.every(({ name }) => name !== 'a.effect') && told.length === 2);
    expect(told[1]?.['effect']).not.toBe(told[0]?.['effect']);
    expect(told[1]?.['echo']).toBe(told[0]?.['echo']);
    const again = await open({ a: bench.faulty() }, { approved: { a: told[1] ?? {} } });
    expect((await use(again, 'a.effect')).content).toBe('done');
  });

  test('between two starts of the node is refused too', async () => {
    const box = await open({ a: bench.faulty() }, { approved: { a: { effect: 'the hash of long ago', echo: '' } } });
    expect((await refusal(() => use(box, 'a.effect'))).code).toBe('TOOL_CHANGED');
    expect(box.tools).toHaveLength(5);
  });

  test('the settings may name all that is approved; what is new is refused', async () => {
    const hashes: Record<string, string> = {};
    await open({ a: bench.faulty() }, { onTools: (_server, seen) => void Object.assign(hashes, seen) });
    const { echo = '', 'add-tool': addTool = '' } = hashes;
    const box = await open({ a: bench.faulty([], { toolHashes: { echo, 'add-tool': addTool } }) });
    expect(box.tools.map(({ name }) => name).slice(5)).toEqual(['a.echo', 'a.add-tool']);
    await use(box, 'a.add-tool');
    await until(async () => (await bench.pool.status())[0]?.tools.some(({ name }) => name === 'added'));
    expect((await refusal(() => use(box, 'a.added'))).message).toContain('is new since the server was approved');
  });

  test('a tool that comes later is there for who approved none by name', async () => {
    const box = await open({ a: bench.faulty() });
    await use(box, 'a.add-tool');
    await until(() => box.tools.some(({ name }) => name === 'a.added'));
    expect((await use(box, 'a.added')).content).toBe('new');
  });

  test('a server that cries change five hundred times is asked a few times', async () => {
    const box = await open({ a: bench.faulty() });
    await use(box, 'a.many-changes');
    await use(box, 'a.echo', { text: 'x' });
    const asked = (await readFile(bench.ledger, 'utf8')).split('\n').filter((line) => line === 'list').length;
    expect(asked).toBeLessThan(50);
  });
});
