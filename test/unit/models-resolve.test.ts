import { describe, expect, test } from 'vitest';
import { connectModel } from '../../src/main/agent/models/connect-model.ts';
import type { Environment } from '../../src/main/agent/models/environment.ts';
import { costOf, estimateTokens, priceOf, pricesDate } from '../../src/main/agent/models/prices.ts';
import { providers } from '../../src/main/agent/models/providers.ts';
import { parseModelId, resolveModel } from '../../src/main/agent/models/resolve-model.ts';
import { startModelServer } from '../world/model-server.ts';
import { question } from '../world/question.ts';

describe('a model id', () => {
  test.each([
    ['openai:gpt-5-mini', 'openai', 'gpt-5-mini'],
    ['ollama:llama3.2:3b', 'ollama', 'llama3.2:3b'],
    ['openrouter:meta-llama/llama-3:free', 'openrouter', 'meta-llama/llama-3:free'],
    ['openai-compatible:@cf/meta/llama', 'openai-compatible', '@cf/meta/llama'],
  ])('%s is provider and name', (id, provider, name) => {
    expect(parseModelId(id)).toMatchObject({ name, provider: { name: provider } });
  });

  test.each(['gpt-5-mini', 'opnai:gpt-5', 'openai:', ':x', '', 'toString:x'])(
    '"%s" is refused with what would be accepted',
    (id) => {
      expect(() => connectModel(id)).toThrow(
        expect.objectContaining({
          code: 'MODEL_UNKNOWN',
          message: expect.stringContaining('openai:gpt-5-mini'),
          details: expect.objectContaining({ accepted: [...providers.keys()] }),
        }),
      );
    },
  );
});

describe('the address', () => {
  const at = (id: string, env: Environment = {}, baseUrl?: string) =>
    resolveModel(id, { ...(baseUrl === undefined ? {} : { baseUrl }), apiKey: 'k' }, env).baseUrl;

  test('of every provider is known, or named by a variable', () => {
    const env = {
      AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com/',
      AGENT_RUNTIME_MODEL_BASE_URL: 'http://box:1/v1',
    };
    for (const name of providers.keys()) expect(at(`${name}:m`, env)).toMatch(/^https?:\/\/[^/]+\/.*[^/]$/);
    expect(at('azure:m', env)).toBe('https://mine.openai.azure.com/openai/v1');
    expect(at('gemini:m')).toBe('https://generativelanguage.googleapis.com/v1beta/openai');
  });

  test('is that of the settings, then of the environment, then of the table', () => {
    const env = { OPENAI_BASE_URL: 'http://two/v1', AGENT_RUNTIME_MODEL_BASE_URL: 'http://one/v1' };
    expect(at('openai:m', env, 'http://zero/v1')).toBe('http://zero/v1');
    expect(at('openai:m', env)).toBe('http://one/v1');
    expect(at('openai:m', { OPENAI_BASE_URL: 'http://two/v1' })).toBe('http://two/v1');
    expect(at('openai:m')).toBe('https://api.openai.com/v1');
    expect(at('groq:m', env)).toBe('https://api.groq.com/openai/v1');
    expect(at('openai-compatible:m', env)).toBe('http://one/v1');
  });

  test.each([
    ['0.0.0.0', 'http://127.0.0.1:11434/v1'],
    ['nas', 'http://nas:11434/v1'],
    ['nas:9999', 'http://nas:9999/v1'],
    ['https://nas/', 'https://nas/v1'],
  ])('of Ollama follows OLLAMA_HOST=%s', (host, url) => expect(at('ollama:m', { OLLAMA_HOST: host })).toBe(url));

  test('gets its /v1 when it has no path, and loses slashes at its end', () => {
    expect(at('openai:m', {}, 'http://nas:8000')).toBe('http://nas:8000/v1');
    expect(at('openai:m', {}, 'http://nas:8000/api/')).toBe('http://nas:8000/api');
    expect(at('azure:m', {}, 'https://x/openai?api-version=2025')).toBe('https://x/openai?api-version=2025');
  });

  test.each(['not a url', 'ftp://x/v1', 'file:///etc/passwd', 'http://user:pass@host/v1'])(
    '%s is refused',
    (baseUrl) => {
      expect(() => at('openai:m', {}, baseUrl)).toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
    },
  );

  test('that nobody gave is asked for by name', () => {
    expect(() => at('openai-compatible:m')).toThrow(/AGENT_RUNTIME_MODEL_BASE_URL/);
    expect(() => at('azure:m')).toThrow(/AZURE_OPENAI_ENDPOINT/);
  });
});

describe('the key', () => {
  const keyOf = (id: string, env: Environment, settings: { baseUrl?: string; apiKey?: string } = {}) =>
    resolveModel(id, settings, env).apiKey;

  test("is that of the settings, else of the provider's variables", () => {
    expect(keyOf('gemini:m', { GOOGLE_API_KEY: 'google' })).toBe('google');
    expect(keyOf('gemini:m', { GOOGLE_API_KEY: 'google', GEMINI_API_KEY: ' gemini\n' })).toBe('gemini');
    expect(keyOf('gemini:m', { GEMINI_API_KEY: 'gemini' }, { apiKey: 'own' })).toBe('own');
  });

  test('that is missing is asked for by name', () => {
    expect(() => keyOf('anthropic:m', {})).toThrow(
      expect.objectContaining({ code: 'MODEL_KEY_MISSING', message: expect.stringContaining('ANTHROPIC_API_KEY') }),
    );
    expect(() => keyOf('anthropic:m', { ANTHROPIC_API_KEY: '  ' })).toThrow(
      expect.objectContaining({ code: 'MODEL_KEY_MISSING' }),
    );
  });

  test('with a line end in its middle is refused without being told', () => {
    const thrown = () => keyOf('openai:m', {}, { apiKey: 'half\nhalf' });
    expect(thrown).toThrow(
      expect.objectContaining({ code: 'MODEL_KEY_MISSING', message: expect.not.stringContaining('half') }),
    );
  });

  test('is not needed on this machine, nor by local providers', () => {
    expect(keyOf('ollama:m', {})).toBeNull();
    expect(keyOf('openai:m', { OPENAI_BASE_URL: 'http://localhost:1/v1' })).toBeNull();
    expect(keyOf('openai:m', {}, { baseUrl: 'http://[::1]:1/v1' })).toBeNull();
  });

  test('of the environment goes only where table or environment point, never to a base_url of a manifest', () => {
    const env = { OPENAI_API_KEY: 'secret', OPENAI_BASE_URL: 'https://gateway/v1' };
    expect(keyOf('openai:m', env)).toBe('secret');
    expect(
      keyOf('openai:m', { ...env, AGENT_RUNTIME_MODEL_BASE_URL: 'http://x/v1', AGENT_RUNTIME_MODEL_API_KEY: 'ours' }),
    ).toBe('ours');
    expect(keyOf('openai:m', env, { baseUrl: 'https://evil.example/v1' })).toBeNull();
    expect(keyOf('openai:m', env, { baseUrl: 'http://127.0.0.1:1/v1' })).toBeNull();
    expect(keyOf('openai:m', { OPENAI_API_KEY: 'secret' }, { baseUrl: 'https://api.openai.com/v1' })).toBe('secret');
  });

  test('is looked up at each call, so one set later is used', async () => {
    const server = await startModelServer({ apiKey: 'new' });
    const env: Environment = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'old' };
    const model = connectModel('openai:m', { env, maxRetries: 0 });
    await expect(model.ask(question('x'))).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    env['OPENAI_API_KEY'] = 'new';
    expect((await model.ask(question('x'))).text).toBe('echo: x');
    await server.close();
  });
});

describe('prices', () => {
  test('are dated, and sane', () => {
    expect(pricesDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    for (const id of [
      'openai:gpt-5-mini',
      'anthropic:claude-sonnet-4-5',
      'gemini:gemini-2.5-flash',
      'deepseek:deepseek-chat',
    ]) {
      const price = priceOf(id);
      expect(price?.output).toBeGreaterThan(price?.input ?? 0);
      expect(price?.cached).toBeLessThan(price?.input ?? 0);
    }
  });

  test('of dated, resold and deployed names are those of the model', () => {
    const price = priceOf('openai:gpt-5-mini');
    for (const id of ['openai:gpt-5-mini-2025-08-07', 'openrouter:openai/gpt-5-mini', 'azure:gpt-5-mini'])
      expect(priceOf(id)).toEqual(price);
    expect(priceOf('openrouter:google/gemini-2.5-flash')).toEqual(priceOf('gemini:gemini-2.5-flash'));
    expect(priceOf('anthropic:claude-sonnet-4-5-20250929')).toEqual(priceOf('anthropic:claude-sonnet-4-5'));
  });

  test("are null when nobody knows them, and the user's own come first", () => {
    expect(priceOf('openai:nobody-knows')).toBeNull();
    expect(priceOf('openai:constructor')).toBeNull();
    expect(priceOf('openai:gpt-5-mini', { 'openai:gpt-5-mini': { input: 1, output: 2 } })).toEqual({
      input: 1,
      output: 2,
    });
  });

  test('count cached input apart, to the billionth of a dollar', () => {
    const usage = { inputTokens: 3, outputTokens: 1, cachedTokens: 1, estimated: false };
    expect(costOf(usage, { input: 0.1, cached: 0.01, output: 0.3 })).toBe(0.00000051);
    expect(costOf(usage, { input: 0.1, output: 0.3 })).toBe(0.0000006);
    expect(costOf(usage, null)).toBeNull();
  });

  test('tokens are estimated by their bytes', () => {
    expect([estimateTokens(''), estimateTokens('abcde'), estimateTokens('世界世界')]).toEqual([0, 2, 3]);
  });
});
