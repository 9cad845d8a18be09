import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildAgent } from '../../../src/main/processes/stateless-agent.ts';
import type { ProcessConfigInput } from '../../../src/shared/config/process-config.ts';
import { caughtLater } from '../../world/caught.ts';
import { home } from '../../world/home.ts';
import { calls, says } from '../../world/model-replies.ts';
import { startModelServer } from '../../world/model-server.ts';

async function agentOf(settings: ProcessConfigInput) {
  const agent = await buildAgent(settings);
  onTestFinished(() => agent.close());
  return agent;
}

test('a stateless agent answers with a model and the tools of an MCP server, and each question is its first', async () => {
  const models = await startModelServer();
  onTestFinished(() => models.close());
  const folder = mkdtempSync(join(home(), 'notes-'));
  writeFileSync(join(folder, 'note.txt'), 'the kettle is blue');
  models.reply(({ toolAnswers, lastUserText, messages, body }) => {
    expect(messages.filter(({ role }) => role === 'user')).toHaveLength(1);
    expect(messages[0]).toEqual({ role: 'system', content: 'Look into the notes.' });
    const offered = (body['tools'] as { function: { name: string } }[]).map((tool) => tool.function.name);
    expect(offered.join()).not.toMatch(/context|emit|memory|ask_person/);
    const read = offered.find((name) => name.endsWith('read_text_file')) ?? '';
    if (toolAnswers.length === 0) return calls(read, { path: join(folder, 'note.txt') });
    return says(`${lastUserText} ${toolAnswers[0]?.includes('blue') ? 'Blue.' : 'Who knows.'}`);
  });
  const agent = await agentOf({
    model: { id: 'openai-compatible:test', baseUrl: models.url },
    instructions: 'Look into the notes.',
    servers: {
      notes: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem@2026.8.31', folder],
        startTimeout: 60,
      },
    },
  });
  expect(agent.tools).toContain('notes.read_text_file');
  expect(await agent.invoke('What colour is it?')).toBe('What colour is it? Blue.');
  expect(await agent.invoke('And now?')).toBe('And now? Blue.');
}, 60_000);

test('a script without a process computes, and is told what needs a process', async () => {
  const agent = await agentOf({
    model: 'script',
    script: `export default async function run(event, agent) {
      if (event.payload.keep) await agent.context.set('kept', 1);
      return event.payload.a + event.payload.b;
    }`,
  });
  expect(await agent.invoke({ a: 2, b: 3 })).toBe(5);
  const refused = await caughtLater(agent.invoke({ keep: true }));
  expect(refused).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringContaining('AgentProcess') });
});

test('a setting that is none is refused before anything is built', async () => {
  expect(await caughtLater(buildAgent({ model: 'script' }))).toMatchObject({ code: 'MANIFEST_INVALID' });
  expect(await caughtLater(buildAgent({ maxTurns: 0 }))).toMatchObject({ code: 'MANIFEST_INVALID' });
});
