import { describe, expect, test } from 'vitest';
import { allowances } from '../../src/renderer/agent/open-mode-facts.ts';
import { builtInTools } from '../../src/renderer/design/built-in-tools.ts';
import { asText, editText, readText } from '../../src/renderer/design/manifest-text.ts';
import { speaksOf } from '../../src/renderer/memory/search-all.ts';
import { editsFor, mountsOf, permissionOf } from '../../src/renderer/tools/permissions.ts';
import type { JsonObject } from '../../src/shared/json.ts';

const tool = (name: string) => {
  const found = builtInTools.find((known) => known.name === name);
  if (!found) expect.fail(`there is no tool ${name}`);
  return found;
};
const writes = { context: { file_mounts: { out: { path: '/data', mode: 'read_write' } } } };
const reads = { context: { file_mounts: { out: '/data' } } };

describe('a permission that is changed', () => {
  test.each<[JsonObject, string, 'allowed' | 'asks' | 'never']>([
    [{}, 'set_context', 'never'],
    [{}, 'set_context', 'asks'],
    [{ tools: { set_context: false } }, 'set_context', 'allowed'],
    [{ tools: { set_context: false } }, 'set_context', 'asks'],
    [{ approvals: { tools: ['set_context', 'write_*'] } }, 'set_context', 'allowed'],
    [{ approvals: { tools: ['set_context'] } }, 'set_context', 'allowed'],
    [{ ...writes, approvals: { tools: ['write_*'] } }, 'write_file', 'allowed'],
    [{}, 'browser', 'allowed'],
    [{ config: { tools: { set_context: false } } }, 'emit_event', 'asks'],
    [reads, 'read_file', 'never'],
  ])('with %j: %s becomes %s', (manifest, name, wanted) => {
    const edits = editsFor(manifest, tool(name), wanted);
    if (typeof edits === 'string') expect.fail(edits);
    const read = readText(editText(asText({ name: 'a', ...manifest }), edits));
    if (!read.ok) expect.fail(read.message);
    expect(permissionOf(read.value, tool(name))).toBe(wanted);
  });

  test.each<[JsonObject, string, RegExp]>([
    [{}, 'read_file', /no folder/],
    [reads, 'write_file', /may write into/],
    [{}, 'http_fetch', /hosts/],
  ])('with %j: %s says why it is not done here', (manifest, name, why) => {
    expect(editsFor(manifest, tool(name), 'allowed')).toMatch(why);
  });

  test('cannot ask where approvals are switched off', () => {
    expect(editsFor({ approvals: { enabled: false } }, tool('set_context'), 'asks')).toMatch(/switched off/);
  });
});

describe('what an agent may use', () => {
  test.each<[JsonObject, string, string]>([
    [{}, 'set_context', 'allowed'],
    [{ tools: { set_context: false } }, 'set_context', 'never'],
    [{}, 'http_fetch', 'never'],
    [{ tools: { http_fetch: { allow_hosts: ['a'] } } }, 'http_fetch', 'allowed'],
    [{}, 'read_file', 'never'],
    [reads, 'read_file', 'allowed'],
    [reads, 'write_file', 'never'],
    [writes, 'write_file', 'allowed'],
    [{ ...writes, approvals: { tools: ['write_*'] } }, 'write_file', 'asks'],
    [{ ...writes, approvals: { enabled: false, tools: ['*'] } }, 'write_file', 'allowed'],
  ])('with %j: %s is %s', (manifest, name, permission) => {
    expect(permissionOf(manifest, tool(name))).toBe(permission);
  });

  test('a folder may be read unless the manifest says more', () => {
    expect(mountsOf(reads)).toEqual([{ name: 'out', path: '/data', mode: 'read_only' }]);
    expect(mountsOf(writes)).toEqual([{ name: 'out', path: '/data', mode: 'read_write' }]);
  });
});

test('an agent that is not in open mode may change nothing about itself', () => {
  expect(allowances({ open_mode: { allow_process_spawn: true } }).some(({ isAllowed }) => isAllowed)).toBe(false);
  const open = allowances({ execution_mode: 'open', open_mode: { allow_tool_creation: false } });
  expect(open.filter(({ isAllowed }) => !isAllowed).map(({ text }) => text)).toEqual([
    'create tools',
    'create other agents',
  ]);
});

test('a search finds values in which every word is, in the key or the value', () => {
  const value = { key: 'baselines', value: { 'orders.csv': 1204 } };
  expect(speaksOf(value, 'orders base')).toBe(true);
  expect(speaksOf(value, 'orders missing')).toBe(false);
});
