import { describe, expect, test } from 'vitest';
import { withPrefix } from '../../../src/main/agent/tools/built-in-tools.ts';
import { openingMessages } from '../../../src/main/processes/prompts/prompt.ts';
import { handRuntime } from '../../world/hand-runtime.ts';
import { script } from '../../world/make.ts';

const event = { id: 'e', trigger: 't', type: 'manual', payload: {}, metadata: {}, at: 0, taint: [] };
const prompt = (more: object) =>
  openingMessages({
    process: 'p',
    instructions: '',
    event,
    run: 'r',
    context: new Map(),
    conversation: [],
    maxPayloadChars: 100,
    maxContextChars: 40,
    notes: [],
    ...more,
  })[0]?.content ?? '';

describe('the context in a prompt', () => {
  test('is shown as far as its allowance goes; what is left out is named', () => {
    const text = prompt({
      context: new Map<string, unknown>([
        ['short', 'value'],
        ['long', 'x'.repeat(100)],
        ['also', 1],
      ]),
    });
    expect(text).toContain('short: "value"\nalso: 1');
    expect(text).toContain('read with get_context: long]');
    expect(text).not.toContain('xxxx');
  });

  test('names the variables that can be read, without their values', () => {
    expect(prompt({ variables: ['AGENT_HOME', 'AGENT_REGION'] })).toContain('AGENT_HOME, AGENT_REGION');
    expect(prompt({})).not.toContain('Variables');
  });
});

test('an operator may write any key, within the sizes that hold for everybody', async () => {
  const { api } = await handRuntime();
  await api.createProcess({
    manifest: { version: '1.0', name: 'p', ...script(`return 1;`), context: { writable_keys: ['mine'] } } as never,
  });
  await api.setContext({ name: 'p', key: 'theirs', value: 1 });
  await expect(api.setContext({ name: 'p', key: 'big', value: 'x'.repeat(300_000) })).rejects.toMatchObject({
    code: 'CONTEXT_TOO_LARGE',
  });
  await expect(api.setContext({ name: 'p', key: '__proto__', value: 1 })).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
  for (let n = 0; n < 31; n++) await api.setContext({ name: 'p', key: `k${n}`, value: 'x'.repeat(262_000) });
  await expect(api.setContext({ name: 'p', key: 'k32', value: 'x'.repeat(262_000) })).resolves.toBeDefined();
  await expect(api.setContext({ name: 'p', key: 'k33', value: 'x'.repeat(262_000) })).rejects.toMatchObject({
    code: 'CONTEXT_TOO_LARGE',
  });
});

test('no agent reads the settings of the node itself, whatever its prefix is', () => {
  const env = { AGENT_REGION: 'eu', AGENT_RUNTIME_MODEL_API_KEY: 'secret', HOME: '/home/x' };
  expect(withPrefix(env, 'AGENT_')).toEqual({ AGENT_REGION: 'eu' });
  expect(withPrefix(env, 'AGENT_RUNTIME_')).toEqual({});
  expect(withPrefix(env, '')).toEqual({});
});
