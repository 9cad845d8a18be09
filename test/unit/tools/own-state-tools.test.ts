import { describe, expect, test } from 'vitest';
import { checkContextTotal, checkContextWrite, contextTools } from '../../../src/main/agent/tools/context-tools.ts';
import { checkEventType, messagingTools } from '../../../src/main/agent/tools/messaging-tools.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { refusal, toolCall } from './tool-call.ts';

const tools = [...contextTools({ writableKeys: [] }), ...messagingTools()];
const named = (name: string) => tools.find((tool) => tool.name === name)!;
const use = (name: string, args: JsonObject, call = toolCall()) => named(name).execute(args, call);

describe('context tools', () => {
  test('a value that was set is an effect, not a write', async () => {
    const result = await use('set_context', { key: 'seen', value: { orders: [1, 2] } });
    expect(result.effects).toEqual([{ type: 'context.set', key: 'seen', value: { orders: [1, 2] } }]);
  });

  test('reading shows what the run sees, and says which keys there are when one is missing', async () => {
    const call = toolCall({ values: { total: 3, gone: null } });
    expect((await use('get_context', {}, call)).content).toEqual({ context: { total: 3, gone: null } });
    expect((await use('get_context', { key: 'gone' }, call)).content).toEqual({
      key: 'gone',
      exists: true,
      value: null,
    });
    expect((await use('get_context', { key: 'sum' }, call)).content).toMatchObject({
      exists: false,
      keys: ['total', 'gone'],
    });
  });

  test('a context too large to show at once is answered as keys with sizes', async () => {
    const call = toolCall({ values: { big: 'x'.repeat(70_000), small: 1 } });
    expect((await use('get_context', {}, call)).content).toMatchObject({
      keys: [
        { key: 'big', bytes: 70_002 },
        { key: 'small', bytes: 1 },
      ],
    });
  });

  test('deleting a key that is not there changes nothing', async () => {
    expect((await use('delete_context', { key: 'sum' })).effects).toBeUndefined();
    const there = await use('delete_context', { key: 'sum' }, toolCall({ values: { sum: 1 } }));
    expect(there.effects).toEqual([{ type: 'context.delete', key: 'sum' }]);
  });

  test('only writable keys may be set or deleted, and the refusal names them', async () => {
    const [, set, remove] = contextTools({ writableKeys: ['notes', 'plan'] });
    for (const act of [
      () => set!.execute({ key: 'limits', value: 1 }, toolCall()),
      () => remove!.execute({ key: 'limits' }, toolCall({ values: { limits: 1 } })),
    ]) {
      const error = await refusal(act);
      expect(error.code).toBe('CONTEXT_KEY_NOT_WRITABLE');
      expect(error.message).toContain('notes, plan');
    }
    expect((await set!.execute({ key: 'notes', value: 1 }, toolCall())).effects).toHaveLength(1);
  });

  test.each([
    ['a key of 257 bytes', 'é'.repeat(128) + 'x', 1, 'CONTEXT_TOO_LARGE'],
    ['a value above 256 KB', 'k', 'x'.repeat(256 * 1024), 'CONTEXT_TOO_LARGE'],
    ['an empty key', '', 1, 'REQUEST_INVALID'],
    ['a key that plain objects swallow', '__proto__', 1, 'REQUEST_INVALID'],
    ['a key with a control character', 'a\u0000b', 1, 'REQUEST_INVALID'],
  ])('%s is refused', async (_, key, value, code) => {
    expect((await refusal(() => checkContextWrite(key, value, []))).code).toBe(code);
  });

  test('keys and values at their limits are taken', () => {
    checkContextWrite('k'.repeat(256), 'x'.repeat(256 * 1024 - 2), []);
  });

  test('the whole context stays under 8 MB, and replacing a value counts it once', async () => {
    const chunk = 'x'.repeat(255 * 1024);
    const context = new Map(Array.from({ length: 32 }, (_, index) => [`k${index}`, chunk] as const));
    expect((await refusal(() => checkContextTotal(context, 'one-more', chunk))).code).toBe('CONTEXT_TOO_LARGE');
    checkContextTotal(context, 'k3', chunk);
  });
});

describe('messaging tools', () => {
  test('events and messages are effects that leave when the run settles', async () => {
    expect((await use('emit_event', { type: 'orders.created', data: { id: 7 } })).effects).toEqual([
      { type: 'emit', eventType: 'orders.created', data: { id: 7 } },
    ]);
    expect((await use('send_message', { topic: 'support.tier1', content: 'hello', to: 'triage' })).effects).toEqual([
      { type: 'send', topic: 'support.tier1', content: 'hello', to: 'triage' },
    ]);
  });

  test.each(['', '.', 'a..b', '.a', 'a.', 'orders.*', 'orders.>', '*', 'a b', 'ä.b', 'a/b', 'a\nb', 'x'.repeat(201)])(
    '%j is no event type',
    async (type) => {
      expect((await refusal(() => checkEventType(type))).code).toBe('REQUEST_INVALID');
    },
  );

  test('wildcards are refused with the reason', async () => {
    expect((await refusal(() => checkEventType('orders.*'))).message).toContain('wildcards are for listening');
  });

  test.each(['a', 'orders.created', 'A-1.b_2.c', 'x'.repeat(200)])('%j is an event type', (type) => {
    checkEventType(type);
  });

  test('more than 256 KB is not carried', async () => {
    const data = 'x'.repeat(256 * 1024);
    expect((await refusal(() => use('emit_event', { type: 'a', data }))).code).toBe('BODY_TOO_LARGE');
    expect((await refusal(() => use('send_message', { topic: 'a', content: data }))).code).toBe('BODY_TOO_LARGE');
  });
});
