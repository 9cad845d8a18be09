import { describe, expect, test } from 'vitest';
import { asText, type Edit, editText, readText } from '../../src/renderer/design/manifest-text.ts';
import { type AgentSettings, serverGroups } from '../../src/renderer/tools/known-tools.ts';
import {
  callWords,
  followEdits,
  hasOwnRule,
  serverEdits,
  serverPermission,
  toolEdits,
  toolPermission,
} from '../../src/renderer/tools/server-permissions.ts';
import type { Permission } from '../../src/renderer/tools/tool-rules.ts';
import { ApprovalsConfig } from '../../src/shared/config/governance-config.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { asksFor, isOff } from '../../src/shared/tool-rules.ts';
import type { ToolServerView } from '../../src/shared/views/catalogue-views.ts';

const shop = { servers: { shop: { url: 'http://127.0.0.1:1' } } };

/** The manifest after a change, by way of its text as the window does it. */
function changed(manifest: JsonObject, edits: Edit[] | string): JsonObject {
  if (typeof edits === 'string') expect.fail(edits);
  const read = readText(editText(asText(manifest), edits));
  if (!read.ok) expect.fail(read.message);
  return read.value;
}

describe('a tool of a server', () => {
  test.each<[JsonObject, Permission, JsonObject]>([
    [shop, 'never', { tools: { 'shop.buy': false } }],
    [shop, 'asks', { approvals: { tools: ['shop.buy'] } }],
    [{ ...shop, approvals: { tools: ['shop.buy'] } }, 'allowed', {}],
    [{ ...shop, approvals: { tools: ['shop.*'] } }, 'allowed', { approvals: { tools: ['shop.*', '!shop.buy'] } }],
    [{ ...shop, approvals: { tools: ['shop.*', '!shop.buy'] } }, 'asks', { approvals: { tools: ['shop.*'] } }],
    [{ ...shop, tools: { shop: false } }, 'allowed', { tools: { shop: false, 'shop.buy': true } }],
    [{ ...shop, tools: { 'shop.*': false, 'shop.buy': true } }, 'never', { tools: { 'shop.*': false } }],
    [{ ...shop, config: { tools: { 'shop.buy': false } } }, 'allowed', {}],
  ])('with %j becomes %s by the fewest words', (manifest, wanted, expected) => {
    const after = changed(manifest, toolEdits(manifest, 'shop.buy', wanted));
    expect(toolPermission(after, 'shop.buy')).toBe(wanted);
    const { servers: _servers, config: _config, ...rest } = after;
    expect(rest).toEqual(expected);
  });

  test('follows its server again, and says while it does not', () => {
    const manifest = { ...shop, tools: { 'shop.buy': true, shop: false }, approvals: { tools: ['!shop.buy'] } };
    expect(hasOwnRule(manifest, 'shop.buy')).toBe(true);
    const after = changed(manifest, followEdits(manifest, 'shop.buy'));
    expect(hasOwnRule(after, 'shop.buy')).toBe(false);
    expect(toolPermission(after, 'shop.buy')).toBe('never');
  });

  test('asks about nothing where approvals are switched off, and says so', () => {
    const manifest = { ...shop, approvals: { enabled: false, tools: ['shop.*'] } };
    expect(toolPermission(manifest, 'shop.buy')).toBe('allowed');
    expect(toolEdits(manifest, 'shop.buy', 'asks')).toMatch(/switched off/);
  });
});

test('whatever is changed in whatever order: it becomes so, and nothing else changes', () => {
  const tools = ['shop.buy', 'shop.look', 'shop.sell', 'other.buy'];
  const choices: Permission[] = ['allowed', 'asks', 'never'];
  let drawn = 7;
  const draw = (below: number) => {
    drawn = (drawn * 48_271) % 2_147_483_647;
    return drawn % below;
  };
  let manifest: JsonObject = { servers: { shop: {}, other: {} } };
  for (let times = 0; times < 400; times++) {
    const wanted = choices[draw(3)] ?? 'asks';
    const [tool = ''] = tools.slice(draw(tools.length));
    const all = draw(3) === 0;
    const own = tools.filter((name) => hasOwnRule(manifest, name));
    const before = new Map(tools.map((name) => [name, toolPermission(manifest, name)]));
    manifest = changed(manifest, all ? serverEdits(manifest, 'shop', wanted) : toolEdits(manifest, tool, wanted));
    if (all) expect(serverPermission(manifest, 'shop')).toBe(wanted);
    else expect(toolPermission(manifest, tool)).toBe(wanted);
    const mayChange = (name: string) => (all ? name.startsWith('shop.') && !own.includes(name) : name === tool);
    for (const name of tools)
      if (!mayChange(name)) expect(toolPermission(manifest, name), `${name} after ${times}`).toBe(before.get(name));
      else expect(toolPermission(manifest, name)).toBe(wanted);
    // What the node reads of it says the same.
    const { tools: asked } = ApprovalsConfig.parse(manifest['approvals'] ?? {});
    for (const name of tools) {
      const switches = (manifest['tools'] ?? {}) as JsonObject;
      const now = isOff(switches, name) ? 'never' : asksFor(asked)(name) ? 'asks' : 'allowed';
      expect(toolPermission(manifest, name)).toBe(now);
    }
  }
});

test('what a call may do counts by the server only where it is trusted, and by the manifest otherwise', () => {
  const reads = { readOnly: true, idempotent: null };
  const trusted = { servers: { shop: { trust: true } } };
  expect(callWords(trusted, 'shop.look', reads)).toEqual({ class: 'only reads', inDoubt: 'made again' });
  expect(callWords(shop, 'shop.look', reads)).toEqual({ class: 'may change something', inDoubt: 'you are asked' });
  const policies = {
    ...shop,
    tool_policies: { 'shop.*': { in_doubt: 'repeat' }, 'shop.buy': { verify: { tool: 'shop.look' } } },
  };
  expect(callWords(policies, 'shop.look', reads)).toEqual({ class: 'may be repeated', inDoubt: 'made again' });
  expect(callWords(policies, 'shop.buy', reads).inDoubt).toBe('looked up with shop.look first, else you are asked');
});

test('tools are grouped by the name agents use, with those that only a manifest speaks of', () => {
  const agent = (name: string, manifest: JsonObject): AgentSettings => ({ name, version: 1, text: '', manifest });
  const tool = (name: string, awaitsApprovalOf: string[] = []) => ({ name, awaitsApprovalOf });
  const server = (uses: [string, string][], tools: unknown[]) =>
    ({ uses: uses.map(([process, name]) => ({ process, name })), tools }) as unknown as ToolServerView;
  const groups = serverGroups(
    [
      agent('a', {
        ...shop,
        tools: { 'shop.gone': false, shopping: true },
        approvals: { tools: ['!shop.buy', 'shop.*'] },
      }),
      agent('b', { servers: { shop: {}, mail: {} } }),
    ],
    [
      server(
        [
          ['a', 'shop'],
          ['b', 'mail'],
        ],
        [tool('look'), tool('buy', ['a', 'b'])],
      ),
    ],
  );
  expect(groups.map(({ name, agents }) => [name, agents])).toEqual([
    ['mail', ['b']],
    ['shop', ['a', 'b']],
  ]);
  expect(groups[1]?.tools.map(({ name, listed, waitsFor }) => [name, listed !== null, waitsFor])).toEqual([
    ['shop.buy', true, ['a']],
    ['shop.gone', false, []],
    ['shop.look', true, []],
  ]);
});
