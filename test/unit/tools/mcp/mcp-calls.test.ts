import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isOutcomeUnknown } from '../../../../src/main/agent/tool.ts';
import type { Toolbox } from '../../../../src/main/agent/tools/toolbox.ts';
import { RuntimeError } from '../../../../src/shared/errors.ts';
import { until } from '../../../world/until.ts';
import { refusal, toolCall } from '../tool-call.ts';
import { McpBench, use } from './mcp-bench.ts';

let bench: McpBench;
let box: Toolbox;
beforeEach(async () => {
  bench = await McpBench.open();
  box = bench.toolbox({ faulty: bench.faulty() });
});
afterEach(() => bench[Symbol.asyncDispose]());
const ready = () => box.ready(new AbortController().signal);

describe('a server on stdio', () => {
  test('is started by the first need, and its tools have its name in front', async () => {
    expect((await bench.pool.status()).length).toBe(0);
    expect(await ready()).toEqual([]);
    expect(box.tools.map(({ name }) => name)).toContain('faulty.echo');
    const [status] = await bench.pool.status();
    expect(status).toMatchObject({
      state: 'ready',
      names: ['faulty'],
      users: ['watcher'],
      starts: 1,
      server: { name: 'faulty', version: '0.1' },
    });
    expect(status?.pid).toBeGreaterThan(1);
    expect(status?.memoryBytes).toBeGreaterThan(10_000_000);
    expect(status?.shown).toContain('faulty-server.mjs');
  });

  test('answers calls, checked against its own schema, and what it says is marked', async () => {
    await ready();
    expect(await use(box, 'faulty.echo', { text: 'hello' })).toEqual({ content: 'hello', taint: ['mcp:faulty'] });
    expect((await refusal(() => use(box, 'faulty.echo', { text: 5 }))).code).toBe('TOOL_ARGS_INVALID');
  });

  test('can be called before anybody asked for its tools', async () => {
    expect((await use(box, 'faulty.echo', { text: 'hello' })).content).toBe('hello');
    expect((await refusal(() => use(box, 'faulty.nothing'))).code).toBe('TOOL_UNKNOWN');
  });

  test('gets the key of the call', async () => {
    expect((await use(box, 'faulty.meta')).content).toMatchObject({ meta: { 'agent-runtime/callKey': 'key-1' } });
  });

  test('tells errors of its own as results, refusals as refusals', async () => {
    expect(await use(box, 'faulty.fail')).toMatchObject({ content: 'it did not work', isError: true });
    const error = await refusal(() => use(box, 'faulty.refuse'));
    expect([error.code, error.message, isOutcomeUnknown(error)]).toEqual([
      'TOOL_FAILED',
      'Server "faulty" refused the call: no such thing',
      false,
    ]);
  });

  test('tells of pictures and does not carry them', async () => {
    expect((await use(box, 'faulty.image')).content).toEqual([
      { type: 'text', text: 'see' },
      { type: 'image', mimeType: 'image/png', bytes: 3 },
    ]);
    expect((await use(box, 'faulty.odd-shape')).content).toBe('');
  });

  test('tells of its progress, which renews its time', async () => {
    const impatient = bench.toolbox({ faulty: bench.faulty([], { timeout: '300ms' }) });
    const told: unknown[] = [];
    const result = await use(
      impatient,
      'faulty.slow',
      {},
      toolCall({ onProgress: (progress) => void told.push(progress) }),
    );
    expect(result.content).toBe('finished');
    expect(told.slice(0, 2)).toEqual([
      { done: 1, total: 4, message: 'part 1' },
      { done: 2, total: 4, message: 'part 2' },
    ]);
  });

  test('sees nothing of our environment but what it is given', async () => {
    const secretive = bench.toolbox(
      { faulty: bench.faulty([], { env: { SECRET: 'secret://token' } }) },
      {
        reveal: async (text) => text.replace('secret://token', 's3cr3t'),
      },
    );
    process.env['AGENT_PRIVATE'] = 'x';
    const { names, secret } = (await use(secretive, 'faulty.environment')).content as {
      names: string[];
      secret: string;
    };
    delete process.env['AGENT_PRIVATE'];
    expect(names.filter((name) => !['PATH', 'HOME', 'LANG', 'SECRET', 'AGENT_RUNTIME_SERVER'].includes(name))).toEqual(
      [],
    );
    expect(secret).toBe('s3cr3t');
    expect(JSON.stringify(await bench.pool.status())).not.toContain('s3cr3t');
  });

  test('is told when a call is cancelled, and serves the next', async () => {
    await ready();
    const cancel = new AbortController();
    const pending = refusal(() => use(box, 'faulty.hang', {}, toolCall({ signal: cancel.signal })));
    await until(async () => (await bench.pool.status())[0]?.callsInFlight === 1);
    cancel.abort(new RuntimeError('RUN_CANCELLED', 'The run was stopped.'));
    const error = await pending;
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['RUN_CANCELLED', true]);
    await until(async () => (await bench.effects()).some((line) => line.startsWith('cancelled')));
    expect((await use(box, 'faulty.echo', { text: 'on' })).content).toBe('on');
  });
});

describe('a server that fails', () => {
  test('in the middle of a call leaves open whether it happened, and is started again', async () => {
    for (const [tool, effects] of [
      ['faulty.die-before', []],
      ['faulty.die-after', ['die-after']],
    ] as const) {
      const error = await refusal(() => use(box, tool));
      expect([error.code, isOutcomeUnknown(error)]).toEqual(['MCP_UNAVAILABLE', true]);
      expect(await bench.effects()).toEqual(effects);
    }
    expect((await use(box, 'faulty.echo', { text: 'back' })).content).toBe('back');
    expect((await bench.pool.status())[0]?.starts).toBe(3);
  });

  test('by hanging is left at the deadline of the call', async () => {
    const impatient = bench.toolbox({ faulty: bench.faulty([], { timeout: '100ms' }) });
    const error = await refusal(() => use(impatient, 'faulty.hang'));
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['MCP_TIMEOUT', true]);
  });

  test('by a line of 50 MB is ended, without filling our memory', async () => {
    const before = process.memoryUsage().rss;
    const error = await refusal(() => use(box, 'faulty.huge-line'));
    expect([error.code, isOutcomeUnknown(error)]).toEqual(['MCP_PROTOCOL_ERROR', true]);
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
  });

  test('by stray lines, foreign ids and answers twice is still understood', async () => {
    expect((await use(box, 'faulty.stray')).content).toBe('still here');
    expect((await use(box, 'faulty.wrong-id')).content).toBe('yours');
    expect((await use(box, 'faulty.twice')).content).toBe('first');
    expect((await use(box, 'faulty.echo', { text: 'in order' })).content).toBe('in order');
    expect((await bench.pool.status())[0]?.log).toContain('no message on stdout: debug');
  });

  test('by an answer of 3 MB has it cut', async () => {
    const { content } = await use(box, 'faulty.big');
    expect((content as string).endsWith('[cut: 1048576 of 3000000 characters]')).toBe(true);
  });

  test('by greeting on stdout is understood all the same', async () => {
    const polite = bench.toolbox({ polite: bench.faulty(['greets']) });
    expect((await use(polite, 'polite.echo', { text: 'hello' })).content).toBe('hello');
  });

  test.each([
    ['exit-at-start', 'MCP_UNAVAILABLE', 'no configuration found'],
    ['silent', 'MCP_TIMEOUT', 'was not ready within 1.5 s'],
    ['garbage', 'MCP_PROTOCOL_ERROR', 'does not speak MCP on stdout'],
  ])('at its start by %s is told as what it is', async (mode, code, words) => {
    const broken = bench.toolbox({ broken: bench.faulty([mode], { startTimeout: '1500ms' }) });
    const [problem] = await broken.ready(new AbortController().signal);
    expect([problem?.source, problem?.error.code]).toEqual(['broken', code]);
    expect(problem?.error.message).toContain(words);
    expect((await bench.pool.status())[0]).toMatchObject({ state: 'failed', lastError: { code } });
    await until(() => bench.left().length === 0);
  });

  test.each([
    [{ command: 'no-such-program-anywhere' }, 'could not be started'],
    [{ command: 'npx', args: ['-y', '@scope/server'] }, 'write @scope/server@1.2.3'],
    [{ command: 'npx', args: ['-y', '@scope/server@latest', '/data'] }, 'write @scope/server@1.2.3'],
    [{ command: 'npx', args: ['--package=tools', 'run-it'] }, 'write tools@1.2.3'],
    [{ command: '/usr/bin/uvx', args: ['mcp-server-git'] }, 'write mcp-server-git==1.2.3'],
    [{ command: 'npm', args: ['exec', '--', 'server'] }, 'write server@1.2.3'],
  ])('to be startable is refused with what would be right: %j', async (given, words) => {
    const refused = bench.toolbox({ refused: bench.faulty([], { args: [], ...given }) });
    const [problem] = await refused.ready(new AbortController().signal);
    expect([problem?.error.code, problem?.error.message.includes(words)]).toEqual(['MCP_COMMAND_REFUSED', true]);
  });
});
