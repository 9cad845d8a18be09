import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { literalSecrets } from '../../../src/main/governance/secrets/literal-secrets.ts';
import { parseManifest } from '../../../src/main/runtime/manifests/manifest.ts';
import { script, wake } from '../../world/make.ts';
import { says } from '../../world/model-replies.ts';
import { drained, settled } from '../../world/outcomes.ts';
import { until } from '../../world/until.ts';
import { createWorld, fileSandbox } from '../../world/world.ts';

const sandbox = fileSandbox();
const hmac = 'a-shared-secret-of-forty-letters-or-more-1';

const written = (baseUrl: string) => `# What it is for
name: watcher
model: # thinks here
  api_key: sk-live-0123456789abcdef # from the console
  id: openai-compatible:test
  base_url: ${baseUrl}
models:
  - id: ollama:qwen3
    api_key: ollama
  - { id: 'openai:gpt-5-mini', api_key: '\${OTHER_KEY:-none}' }
instructions: Watch.
triggers:
  - type: webhook
    webhook_path: /deploys
    signature_scheme: generic
    hmac_secret: ${hmac} # shared with the sender
servers:
  tickets:
    url: https://tickets.example.com/mcp
    headers: { Authorization: Bearer tok-0123456789, X-Team: blue }
  files:
    command: node
    args: [server.js, --api-key, arg-key-13579, --verbose]
    env: { API_TOKEN: file-token-99887766, LEVEL: debug }
secrets:
  secrets:
    pager: pager-key-5544332211
`;

describe('keys that stand in a manifest', () => {
  test('move into the vault, wherever they stand; comments, order and everything else stay', async () => {
    await using world = await createWorld({ journal: 'sqlite' });
    const model = await world.model();
    model.reply(says('ok'));
    const text = written(model.url);
    const path = join(world.folder, 'watcher.agent');
    writeFileSync(path, text);
    const runtime = await world.runtime();
    const { process } = await runtime.loadManifest(path);
    const shown = String(process.snapshot.definition?.text);
    expect(shown).toBe(
      text
        .replace('sk-live-0123456789abcdef', 'secret://model_api_key')
        .replace(hmac, 'secret://deploys_secret')
        .replace('Bearer tok-0123456789', 'secret://tickets_Authorization')
        .replace('file-token-99887766', 'secret://files_API_TOKEN')
        .replace('arg-key-13579', 'secret://files_api-key')
        .replace('pager-key-5544332211', 'secret://pager'),
    );
    expect((await (await world.client()).listSecrets({ name: 'watcher' })).items.map(({ name }) => name)).toEqual([
      'deploys_secret',
      'files_API_TOKEN',
      'files_api-key',
      'model_api_key',
      'pager',
      'tickets_Authorization',
    ]);
    expect(JSON.stringify(await world.journal.read('watcher'))).not.toContain('sk-live');
    expect((await runtime.loadManifest(path)).change).toBe('unchanged');
  });

  test('are put in where they are used', async () => {
    await using world = await createWorld();
    const model = await world.model();
    model.reply(says('ok'));
    const runtime = await world.runtime();
    const client = await world.client();
    const manifest = {
      name: 'p',
      model: { id: 'openai-compatible:test', base_url: model.url, api_key: 'sk-live-0123456789abcdef' },
      instructions: 'Say ok.',
    };
    await client.createProcess({ manifest, start: true });
    const process = runtime.get('p');
    await client.addTrigger({
      name: 'p',
      trigger: { type: 'webhook', webhook_path: '/in', signature_scheme: 'github', hmac_secret: hmac },
    });
    await wake(process);
    await drained(process);
    expect(model.chats[0]?.headers['authorization']).toBe('Bearer sk-live-0123456789abcdef');
    const body = Buffer.from('{"n":1}');
    const signature = `sha256=${createHmac('sha256', hmac).update(body).digest('hex')}`;
    const request = {
      method: 'POST',
      path: '/in',
      query: {},
      headers: { 'x-hub-signature-256': signature, 'content-type': 'application/json', 'x-github-delivery': 'd1' },
      body,
      remoteAddress: '127.0.0.1',
    };
    const { status } = await process.receiver('/in').receive(request as never);
    expect(status).toBe(202);
    await until(() => process.snapshot.counts.done === 2);
  });

  test('are not there for the agent, unless it is given them under secrets', async () => {
    await using world = await createWorld({ sandbox });
    const body = `try { return await agent.tool('put', { what: 'secret://' + event.payload }) } catch (e) { return e.message }`;
    const process = await world.started('p', {
      ...script(body),
      models: [{ id: 'openai:gpt-5-mini', apiKey: 'sk-live-0123456789abcdef' }],
      memory: { provider: 'in_memory', apiKey: 'memory-key-778899' },
      secrets: { secrets: { mine: 'a-key-of-the-agent' } },
    });
    for (const name of ['model_2_api_key', 'memory_api_key', 'mine']) await wake(process, name);
    await drained(process);
    expect(world.ledger.done('put')).toEqual(['a-key-of-the-agent']);
    expect((await settled(world, process))[0]?.output).toContain('is not for its agent');
  });

  test('that come from a variable stay a variable, and are taken out of what is kept', async () => {
    await using world = await createWorld({ sandbox, env: { THE_KEY: 'a-key-from-the-environment' } });
    const process = await world.started('p', {
      ...script(`return 'it is ' + event.payload`),
      memory: { provider: 'in_memory', apiKey: '${THE_KEY}' },
    });
    await wake(process, 'a-key-from-the-environment');
    await drained(process);
    const journal = JSON.stringify(await world.journal.read('p'));
    expect(journal).toContain('${THE_KEY}');
    expect(journal).not.toContain('a-key-from-the-environment');
  });

  test('never take a name that stands for another secret of the manifest', () => {
    const found = literalSecrets({
      name: 'p',
      model: { id: 'openai:x', api_key: 'the-new-key-123' },
      models: [{ id: 'openai:y', api_key: 'secret://model_api_key' }],
      memory: { api_key: 'a-declared-value' },
      secrets: { secrets: { known: 'a-declared-value' } },
    });
    expect(found.map(({ name, value }) => [name, value])).toEqual([
      ['known', 'a-declared-value'],
      ['model_api_key_2', 'the-new-key-123'],
      ['known', 'a-declared-value'],
    ]);
  });

  test('a weak secret of a webhook is refused before it is moved', () => {
    const manifest = { name: 'p', ...script('return 1'), triggers: [{ type: 'webhook', hmac_secret: 'short' }] };
    expect(() => parseManifest(manifest)).toThrow(/24/);
  });
});
