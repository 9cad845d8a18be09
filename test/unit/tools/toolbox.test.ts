import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isOutcomeUnknown, type Tool } from '../../../src/main/agent/tool.ts';
import type { ToolSource } from '../../../src/main/agent/tools/tool-source.ts';
import { buildToolbox, type ToolboxParts } from '../../../src/main/agent/tools/toolbox.ts';
import { ProcessConfig } from '../../../src/shared/config/process-config.ts';
import { RuntimeError } from '../../../src/shared/errors.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { refusal, toolCall } from './tool-call.ts';

const config = (given: object = {}) => ProcessConfig.parse(given);
const names = (given: object = {}, parts: ToolboxParts = {}) =>
  buildToolbox(config(given), parts).tools.map(({ name }) => name);
const always = ['get_context', 'set_context', 'delete_context', 'emit_event', 'send_message'];

function tool(name: string, given: Partial<Tool> = {}): Tool {
  return {
    name,
    description: name,
    parameters: { type: 'object' },
    reach: 'local',
    execute: async () => ({ content: name }),
    ...given,
  };
}

describe('which tools a process has', () => {
  test('context, events and messages are there without a word', () => {
    expect(names()).toEqual(always);
  });

  test('files come with a mount, writing with one that may be written', () => {
    expect(names({ context: { fileMounts: { docs: '/tmp' } } })).toEqual([
      ...always,
      'list_files',
      'read_file',
      'search_files',
    ]);
    expect(names({ context: { fileMounts: { docs: { path: '/tmp', mode: 'read_write' } } } })).toContain('write_file');
  });

  test('fetching comes with a list of hosts', () => {
    expect(names({ tools: { http_fetch: true } })).toEqual(always);
    expect(names({ tools: { http_fetch: { allow_hosts: ['api.example.com'] } } })).toEqual([...always, 'http_fetch']);
  });

  test('false switches any tool off, also those made elsewhere', () => {
    expect(
      names(
        { tools: { set_context: false, search_memory: false } },
        { extra: [tool('search_memory'), tool('ask_person')] },
      ),
    ).toEqual(['get_context', 'delete_context', 'emit_event', 'send_message', 'ask_person']);
  });

  test.each([
    [{ http_fecth: { allow_hosts: [] } }, 'tools.http_fecth: there is no such tool; did you mean http_fetch?'],
    [
      { http_fetch: { allowed_hosts: [] } },
      'tools.http_fetch.allowed_hosts: there is no such setting; did you mean allow_hosts?',
    ],
    [
      { http_fetch: { allow_hosts: 'x' } },
      'tools.http_fetch.allow_hosts: Invalid input: expected array, received string.',
    ],
    [
      { read_file: { mounts: ['papers'] } },
      'tools.read_file.mounts: there is no mount "papers" in context.file_mounts.',
    ],
  ])('settings that cannot be meant are refused: %j', async (tools, message) => {
    const error = await refusal(() => buildToolbox(config({ tools, context: { fileMounts: { docs: '/tmp' } } }), {}));
    expect([error.code, error.message]).toEqual(['MANIFEST_INVALID', message]);
  });

  test('a file tool can be narrowed to some mounts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolbox-'));
    writeFileSync(join(folder, 'a'), 'x');
    try {
      const toolbox = buildToolbox(
        config({ context: { fileMounts: { docs: folder, logs: folder } }, tools: { read_file: { mounts: ['docs'] } } }),
        {},
      );
      const read = (path: string) => toolbox.resolve('read_file', { path }).execute({ path }, toolCall());
      expect((await read('docs/a')).content).toMatchObject({ content: 'x' });
      expect((await refusal(() => read('logs/a'))).code).toBe('PATH_NOT_ALLOWED');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('events and messages can be narrowed by pattern', async () => {
    const toolbox = buildToolbox(
      config({ tools: { emit_event: { types: ['orders.*'] }, send_message: { topics: ['tier1'] } } }),
      {},
    );
    const emit = (type: string) => toolbox.resolve('emit_event', { type }).execute({ type }, toolCall());
    expect((await emit('orders.new')).effects).toHaveLength(1);
    expect((await refusal(() => emit('billing.new'))).code).toBe('POLICY_REFUSED');
    const args = { topic: 'tier2', content: 1 };
    expect((await refusal(() => toolbox.resolve('send_message', args).execute(args, toolCall()))).code).toBe(
      'POLICY_REFUSED',
    );
  });

  test('variables with the prefix can be read, others cannot', async () => {
    const toolbox = buildToolbox(config(), { env: { AGENT_REGION: 'eu', HOME: '/root' } });
    const get = async (args: JsonObject) =>
      (await toolbox.resolve('get_context', args).execute(args, toolCall({ values: { a: 1 } }))).content;
    expect(await get({})).toEqual({ context: { a: 1 }, env: { AGENT_REGION: 'eu' } });
    expect(await get({ key: 'AGENT_REGION' })).toMatchObject({ exists: true, value: 'eu' });
    expect(await get({ key: 'HOME' })).toMatchObject({ exists: false });
    const open = buildToolbox(config({ context: { envPrefix: '' } }), { env: { HOME: '/root' } });
    expect((await open.resolve('get_context', {}).execute({}, toolCall())).content).toEqual({ context: {} });
  });
});

describe('resolving a call', () => {
  const toolbox = buildToolbox(config({ tools: { http_fetch: { allow_hosts: ['a.example'] } } }), {
    extra: [
      tool('with_union', {
        parameters: { type: 'object', properties: { at: { anyOf: [{ type: 'string' }, { type: 'integer' }] } } },
      }),
    ],
  });
  const flaw = async (name: string, args: Json) => (await refusal(() => toolbox.resolve(name, args))).message;

  test('an unknown tool is answered with the five nearest', async () => {
    const error = await refusal(() => toolbox.resolve('set_contxt', {}));
    expect([error.code, error.message]).toEqual([
      'TOOL_UNKNOWN',
      'There is no tool "set_contxt"; near it: set_context, get_context, delete_context, emit_event, send_message.',
    ]);
  });

  test.each<[string, Json, string]>([
    ['set_context', {}, '"key" is missing; "value" is missing'],
    ['set_context', { key: 5, value: 1 }, '"key" must be a string'],
    ['set_context', { key: '', value: 1 }, '"key" must have at least 1 characters'],
    ['set_context', { key: 'a', value: 1, ttl: 3 }, 'there is no "ttl"; known: key, value'],
    ['set_context', 'key=a', 'the arguments must be an object'],
    ['set_context', [1], 'the arguments must be an object'],
    [
      'http_fetch',
      { url: 'x', method: 'BREW' },
      '"method" must be one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"',
    ],
    ['http_fetch', { url: 'x', headers: { a: 1 } }, '"headers.a" must be a string'],
    ['with_union', { at: true }, '"at" must be string; "at" must be integer; "at" must match a schema in anyOf'],
    [
      'set_context',
      { key: 'a', value: 'x'.repeat(5_000_000) },
      'together they take more than 2097152 characters as JSON',
    ],
  ])('%s with %j says what is wrong', async (name, args, text) => {
    expect(await flaw(name, args)).toBe(`The arguments for ${name} are not accepted: ${text}.`);
  });

  test('no arguments are an empty object', () => {
    expect(toolbox.resolve('get_context', null).name).toBe('get_context');
  });

  test('a schema that nobody can read does not keep the tool from being used', () => {
    const odd = buildToolbox(config(), {
      extra: [tool('odd', { parameters: { type: 'object', $ref: 'https://nowhere.example/schema' } })],
    });
    expect(odd.resolve('odd', { any: 1 }).name).toBe('odd');
  });

  test('a pattern made to be slow does not hold up the runtime', () => {
    const slow = {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^(a+)+$' }, b: { type: 'string', pattern: 'a*a*a*a*b' } },
    };
    const toolboxOfStrangers = buildToolbox(config(), { extra: [tool('slow', { parameters: slow })] });
    const started = performance.now();
    toolboxOfStrangers.resolve('slow', { a: `${'a'.repeat(40)}!`, b: 'a'.repeat(2_000) });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a harmless pattern is held', async () => {
    const parameters = { type: 'object', properties: { id: { type: 'string', pattern: '^[A-Z]{2}-\\d+$' } } };
    const strict = buildToolbox(config(), { extra: [tool('strict', { parameters })] });
    strict.resolve('strict', { id: 'AB-12' });
    expect((await refusal(() => strict.resolve('strict', { id: 'ab' }))).code).toBe('TOOL_ARGS_INVALID');
  });
});

describe('executing a call', () => {
  const run = async (execute: Tool['execute'], reach: Tool['reach'] = 'local') => {
    const toolbox = buildToolbox(config(), { extra: [tool('made', { execute, reach })] });
    return await toolbox.resolve('made', {}).execute({}, toolCall());
  };

  test('a result above 1 MB is cut, not refused', async () => {
    const long = (await run(async () => ({ content: 'x'.repeat(3_000_000), taint: ['web:a'] }))) as {
      content: string;
      taint: string[];
    };
    expect(long.content).toHaveLength(1_048_576 + '… [cut: 1048576 of 3000000 characters]'.length);
    expect(long.taint).toEqual(['web:a']);
    const list = await run(async () => ({ content: Array.from({ length: 300_000 }, (_, index) => index) }));
    expect(list.content).toMatch(/^\[0,1,2.*cut: 1048576 of/);
  });

  test('a result nested too deep is not kept', async () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as Json;
    expect((await run(async () => ({ content: deep }))).content).toBe('[nested too deep to be kept]');
  });

  test('what a tool throws has a code, and may have happened where the tool reaches out', async () => {
    const fail = () => Promise.reject(new TypeError('of undefined'));
    const failed = await refusal(() => run(fail));
    expect([failed.code, failed.message, isOutcomeUnknown(failed)]).toEqual([
      'TOOL_FAILED',
      'made failed: of undefined',
      false,
    ]);
    expect(isOutcomeUnknown(await refusal(() => run(fail, 'other')))).toBe(true);
    const own = new RuntimeError('POLICY_REFUSED', 'no');
    expect(await refusal(() => run(() => Promise.reject(own), 'other'))).toBe(own);
  });
});

describe('tools of a source', () => {
  class Source implements ToolSource {
    readonly name = 'files';
    tools: Tool[] | undefined;
    asked = 0;
    broken = false;
    async refresh() {
      this.asked++;
      if (this.broken) throw new RuntimeError('MCP_UNAVAILABLE', 'it ended at once');
      this.tools = ['read', 'write'].map((name) =>
        tool(`files.${name}`, { parameters: { type: 'object', required: ['path'] } }),
      );
    }
    refusal(name: string) {
      return name === 'files.changed' ? new RuntimeError('TOOL_CHANGED', 'changed') : undefined;
    }
    close() {}
  }

  test('are there once it has been asked', async () => {
    const toolbox = buildToolbox(config(), { sources: [new Source()] });
    expect(toolbox.tools).toHaveLength(5);
    expect(await toolbox.ready(new AbortController().signal)).toEqual([]);
    expect(toolbox.tools.map(({ name }) => name).slice(5)).toEqual(['files.read', 'files.write']);
    expect((await refusal(() => toolbox.resolve('files.read', {}))).message).toContain('path');
    expect((await refusal(() => toolbox.resolve('files.raed', {}))).message).toContain('files.read');
  });

  test('can be called before it has been asked', async () => {
    const source = new Source();
    const toolbox = buildToolbox(config(), { sources: [source] });
    const late = toolbox.resolve('files.read', { path: 'a' });
    expect([source.asked, late.reach]).toEqual([0, 'other']);
    expect((await late.execute({ path: 'a' }, toolCall())).content).toBe('files.read');
    expect((await refusal(() => late.execute({}, toolCall()))).code).toBe('TOOL_ARGS_INVALID');
  });

  test('are missing, with the reason, when it cannot be asked', async () => {
    const source = Object.assign(new Source(), { broken: true });
    const toolbox = buildToolbox(config(), { sources: [source] });
    const [problem] = await toolbox.ready(new AbortController().signal);
    expect([problem?.source, problem?.error.code]).toEqual(['files', 'MCP_UNAVAILABLE']);
    expect(toolbox.tools).toHaveLength(5);
  });

  test('can be switched off one by one or all together', async () => {
    const offered = async (tools: object) => {
      const toolbox = buildToolbox(config({ tools }), { sources: [new Source()] });
      await toolbox.ready(new AbortController().signal);
      return toolbox.tools.map(({ name }) => name).slice(5);
    };
    expect(await offered({ 'files.write': false })).toEqual(['files.read']);
    expect(await offered({ 'files.*': false, 'files.read': true })).toEqual(['files.read']);
    expect(await offered({ files: false })).toEqual([]);
  });

  test('are refused when they are no longer what was approved', async () => {
    const toolbox = buildToolbox(config(), { sources: [new Source()] });
    expect((await refusal(() => toolbox.resolve('files.changed', {}))).code).toBe('TOOL_CHANGED');
  });
});
